// RFC 6455 frames without I/O: octets in, messages and control frames out; and headers of frames to send.
// Nothing here knows a socket, a clock or a thread; a FrameParser is used by one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/net/utf8.hpp"

namespace switchboard::net {

// RFC 6455 section 11.8.
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

// Which end of the connection we are: a server takes masked frames only, a client unmasked ones only
// (section 5.1).
enum class Role : std::uint8_t { server, client };

// Close codes of RFC 6455 section 7.4.1 and its registry, and our own (4000-4499: come back, 4500-4999: do
// not).
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t no_code = 1005;   // never sent: the peer's Close carried no code
inline constexpr std::uint16_t abnormal = 1006;  // never sent: TCP ended without a Close
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t policy = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t restarting = 1012;
inline constexpr std::uint16_t try_later = 1013;
inline constexpr std::uint16_t no_heartbeat = 4001;
inline constexpr std::uint16_t too_slow = 4002;
inline constexpr std::uint16_t too_many_messages = 4003;
}  // namespace close_code

// Whether an endpoint may put `code` into a Close frame: 1000-1003, 1007-1014, 3000-4999 (section 7.4).
[[nodiscard]] bool is_sendable_close_code(std::uint16_t code) noexcept;

inline constexpr std::size_t control_payload_octets_max = 125;  // section 5.5
inline constexpr std::size_t close_reason_octets_max = control_payload_octets_max - 2;

struct FrameLimits {
  std::size_t message_octets_max = 64 * 1024;  // payload of a whole message, all its fragments together
  std::size_t message_fragments_max = 64;      // frames of one message
};

// What the parser found next.
struct Parsed {
  enum class Kind : std::uint8_t {
    need_more,  // everything given is consumed and nothing is complete yet
    text,       // a whole message, valid UTF-8
    binary,     // a whole message
    ping,
    pong,
    close,
    error,  // the peer broke the protocol or a limit: fail the connection with `code`; the parser is of no
            // more use
  };
  Kind kind = Kind::need_more;
  std::uint16_t code =
      0;  // close: the peer's code, close_code::no_code if it sent none. error: 1002, 1007, 1008, 1009
  std::size_t consumed = 0;  // octets at the front of the input that are done with
  std::string_view
      payload;  // message, ping, pong: the payload; close: the reason; error: what was wrong (a literal)
};

// Takes a byte stream apart. Each call consumes input up to and including the first complete thing in it. A
// message that lies whole and unfragmented in the input is handed out as a view of that input (unmasked in
// place, not copied); only what arrives in pieces is collected here, and memory grows with octets that came,
// never with a length that a header promises. An idle parser owns no memory.
class FrameParser {
 public:
  explicit FrameParser(Role role, const FrameLimits& limits = {}) noexcept : limits_(limits), role_(role) {}

  // The next thing in `input`, whose payload octets are unmasked in place. The returned payload is valid
  // until the next call or until the input's memory changes, whichever comes first. With an empty input:
  // need_more. Limits: a declared length over message_octets_max is refused at the header (1009), too many
  // fragments with 1008.
  [[nodiscard]] Parsed next(std::span<char> input);

  // Whether a frame or a fragmented message has begun and is not complete; its owner should bound how long
  // that lasts.
  [[nodiscard]] bool mid_message() const noexcept {
    return header_size_ != 0 || in_payload_ || fragments_ != 0;
  }

 private:
  bool take_header(std::span<char>& input);
  void check_first_two();
  void check_length();
  void begin_payload();
  bool take_payload(std::span<char>& input, std::string_view& payload);
  Parsed complete_frame(std::string_view payload);
  void complete_message(Parsed& found);
  void complete_close(Parsed& found);
  void refuse(std::uint16_t code, std::string_view what);
  Parsed refused(std::size_t given) const;
  void release_delivered();
  bool is_control() const noexcept { return (opcode_ & 0x8) != 0; }

  FrameLimits limits_;
  std::string collected_;  // the message so far, then the payload so far of a control frame within it
  std::size_t message_octets_ = 0;  // payload of the unfinished message so far
  std::uint64_t payload_left_ = 0;  // octets of the current frame that have not come yet
  std::string_view refusal_;
  std::uint32_t fragments_ = 0;  // frames of the unfinished message; 0: no message has begun
  std::uint16_t refusal_code_ = 0;
  std::array<unsigned char, 4> mask_{};
  std::array<unsigned char, 14> header_{};  // the next frame's header as far as it has come
  std::uint8_t header_size_ = 0;
  std::uint8_t mask_at_ = 0;  // which mask octet the next payload octet takes
  std::uint8_t opcode_ = 0;   // of the current frame
  std::uint8_t message_opcode_ = 0;
  Role role_;
  bool final_ = false;
  bool in_payload_ = false;         // the header is complete, the payload is not
  bool payload_begun_ = false;      // some of the current frame's payload is in collected_
  bool message_delivered_ = false;  // the last call handed out a message; collected_ is not needed any more
  bool control_delivered_ = false;  // the last call handed out the control payload at the end of collected_
  Utf8Checker utf8_;
};

// The header of a frame to send.
struct FrameHeader {
  std::array<unsigned char, 10> octets;
  std::uint8_t size;

  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(octets.data()), size}; }
};

// Header of an unmasked frame (a server's), with the shortest length form (section 5.2).
[[nodiscard]] FrameHeader encode_header(Opcode opcode, std::size_t payload_octets,
                                        bool final = true) noexcept;

// Appends a whole masked frame (a client's) to `out`. The mask must be unpredictable to whoever chose the
// payload (section 5.3), which is the caller's duty; tests and benches may use any.
void append_client_frame(std::string& out, Opcode opcode, std::string_view payload,
                         std::array<unsigned char, 4> mask, bool final = true);

// Payload of a Close frame: the code, then the reason cut to close_reason_octets_max at a code point's
// boundary.
[[nodiscard]] std::string encode_close_payload(std::uint16_t code, std::string_view reason);

// Masks or unmasks in place (section 5.3). `at` is the position of octets[0] within its payload, modulo 4.
void apply_mask(std::span<char> octets, std::array<unsigned char, 4> mask, std::size_t at = 0) noexcept;

}  // namespace switchboard::net
