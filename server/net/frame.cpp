#include "server/net/frame.hpp"

#include <algorithm>
#include <cstring>

namespace switchboard::net {
namespace {

constexpr unsigned char final_bit = 0x80;
constexpr unsigned char reserved_bits = 0x70;
constexpr unsigned char opcode_bits = 0x0F;
constexpr unsigned char masked_bit = 0x80;
constexpr unsigned char length_bits = 0x7F;
constexpr unsigned char length_in_two = 126;    // the length follows in two octets
constexpr unsigned char length_in_eight = 127;  // the length follows in eight octets

std::size_t length_octets(unsigned char second) noexcept {
  const unsigned char length = second & length_bits;
  return length == length_in_two ? 2 : length == length_in_eight ? 8 : 0;
}

bool is_known(std::uint8_t opcode) noexcept {
  return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

std::uint16_t read_code(std::string_view payload) noexcept {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

}  // namespace

bool is_sendable_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// --- taking apart ---

Parsed FrameParser::next(std::span<char> input) {
  const std::size_t given = input.size();
  release_delivered();
  Parsed found;
  while (found.kind == Parsed::Kind::need_more) {
    if (!in_payload_ && refusal_code_ == 0 && !take_header(input)) break;
    if (refusal_code_ != 0) return refused(given);
    std::string_view payload;
    if (!take_payload(input, payload)) break;
    found = complete_frame(payload);
  }
  if (refusal_code_ != 0) return refused(given);
  found.consumed = given - input.size();
  return found;
}

// Collects the header of the next frame and checks each part of it as soon as it is there. True: complete.
bool FrameParser::take_header(std::span<char>& input) {
  std::size_t needed = 2;
  for (;;) {
    if (header_size_ >= 2) needed = 2 + length_octets(header_[1]) + ((header_[1] & masked_bit) != 0 ? 4 : 0);
    if (header_size_ == needed) break;
    if (input.empty()) return false;
    // The first two octets decide how many more there are.
    const std::size_t wanted = header_size_ < 2 ? 2 : needed;
    const std::size_t count = std::min(wanted - header_size_, input.size());
    std::memcpy(header_.data() + header_size_, input.data(), count);
    input = input.subspan(count);
    const bool was_short = header_size_ < 2;
    header_size_ = static_cast<std::uint8_t>(header_size_ + count);
    if (was_short && header_size_ >= 2) check_first_two();
    if (refusal_code_ != 0) return true;
  }
  check_length();
  if (refusal_code_ != 0) return true;
  begin_payload();
  return true;
}

// RFC 6455 section 5.2, and 5.4 for what may follow what.
void FrameParser::check_first_two() {
  const std::uint8_t opcode = header_[0] & opcode_bits;
  const bool final = (header_[0] & final_bit) != 0;
  const bool masked = (header_[1] & masked_bit) != 0;
  if ((header_[0] & reserved_bits) != 0) return refuse(close_code::protocol_error, "reserved bit set");
  if (!is_known(opcode)) return refuse(close_code::protocol_error, "reserved opcode");
  if (masked != (role_ == Role::server)) {
    return refuse(close_code::protocol_error, masked ? "masked frame from a server" : "unmasked frame");
  }
  if ((opcode & 0x8) != 0) {
    if (!final) return refuse(close_code::protocol_error, "fragmented control frame");
    if ((header_[1] & length_bits) > control_payload_octets_max) {
      return refuse(close_code::protocol_error, "control frame too long");
    }
    return;
  }
  const bool continues = opcode == static_cast<std::uint8_t>(Opcode::continuation);
  if (continues && fragments_ == 0) return refuse(close_code::protocol_error, "continuation of nothing");
  if (!continues && fragments_ != 0) return refuse(close_code::protocol_error, "message within a message");
  if (fragments_ >= limits_.message_fragments_max) return refuse(close_code::policy, "too many fragments");
}

// The length is judged before a single octet of payload is taken (RFC 6455 section 10.4).
void FrameParser::check_length() {
  const std::size_t octets = length_octets(header_[1]);
  std::uint64_t length = octets == 0 ? header_[1] & length_bits : 0;
  for (std::size_t i = 0; i < octets; ++i) length = length << 8 | header_[2 + i];
  if (octets == 8 && (length >> 63) != 0) return refuse(close_code::protocol_error, "length out of range");
  if ((octets == 2 && length < length_in_two) || (octets == 8 && length <= 0xFFFF)) {
    return refuse(close_code::protocol_error, "length not in the shortest form");
  }
  const bool control = (header_[0] & 0x8) != 0;
  if (!control && length > limits_.message_octets_max - message_octets_) {
    return refuse(close_code::too_big, "message too big");
  }
  payload_left_ = length;
}

void FrameParser::begin_payload() {
  final_ = (header_[0] & final_bit) != 0;
  opcode_ = header_[0] & opcode_bits;
  if ((header_[1] & masked_bit) != 0) std::memcpy(mask_.data(), header_.data() + header_size_ - 4, 4);
  mask_at_ = 0;
  header_size_ = 0;
  in_payload_ = true;
  payload_begun_ = false;
  if (is_control()) return;
  if (opcode_ != static_cast<std::uint8_t>(Opcode::continuation)) message_opcode_ = opcode_;
  ++fragments_;
}

// Takes what there is of the current frame's payload. True: the frame is complete and `payload` is what to
// hand out of it: the frame's payload if it stands for itself, else the whole message so far.
bool FrameParser::take_payload(std::span<char>& input, std::string_view& payload) {
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, input.size()));
  const std::span<char> octets = input.first(count);
  input = input.subspan(count);
  payload_left_ -= count;
  if (role_ == Role::server) {
    apply_mask(octets, mask_, mask_at_);
    mask_at_ = static_cast<std::uint8_t>((mask_at_ + count) & 3);
  }
  payload = {octets.data(), octets.size()};
  const bool text = !is_control() && message_opcode_ == static_cast<std::uint8_t>(Opcode::text);
  if (text && !utf8_.feed(payload)) {
    refuse(close_code::invalid_payload, "text is not UTF-8");
    return false;
  }
  const bool complete = payload_left_ == 0;
  const bool stands_alone = is_control() || (final_ && fragments_ == 1);
  if (complete && !payload_begun_ && stands_alone) return true;
  collected_.append(payload);
  payload_begun_ = true;
  if (!is_control()) message_octets_ += count;
  payload = collected_;
  if (is_control()) payload.remove_prefix(message_octets_);
  return complete;
}

Parsed FrameParser::complete_frame(std::string_view payload) {
  in_payload_ = false;
  Parsed found;
  found.payload = payload;
  switch (static_cast<Opcode>(opcode_)) {
    case Opcode::ping:
      found.kind = Parsed::Kind::ping;
      break;
    case Opcode::pong:
      found.kind = Parsed::Kind::pong;
      break;
    case Opcode::close:
      complete_close(found);
      break;
    default:
      if (final_) {
        complete_message(found);
      } else {
        found.payload = {};
      }
  }
  control_delivered_ = is_control() && payload_begun_;
  return found;
}

void FrameParser::complete_message(Parsed& found) {
  const bool text = message_opcode_ == static_cast<std::uint8_t>(Opcode::text);
  // Also reached by an empty last fragment: a text must not end within a code point (RFC 6455 section 8.1).
  if (text && !utf8_.complete()) return refuse(close_code::invalid_payload, "text ends within a code point");
  found.kind = text ? Parsed::Kind::text : Parsed::Kind::binary;
  fragments_ = 0;
  message_octets_ = 0;
  message_delivered_ = true;
}

// RFC 6455 section 5.5.1.
void FrameParser::complete_close(Parsed& found) {
  const std::string_view payload = found.payload;
  found.kind = Parsed::Kind::close;
  found.code = close_code::no_code;
  found.payload = {};
  if (payload.empty()) return;
  if (payload.size() == 1) return refuse(close_code::protocol_error, "close code cut in half");
  found.code = read_code(payload);
  found.payload = payload.substr(2);
  if (!is_sendable_close_code(found.code))
    return refuse(close_code::protocol_error, "close code not allowed");
  if (!is_utf8(found.payload)) return refuse(close_code::invalid_payload, "close reason is not UTF-8");
}

void FrameParser::refuse(std::uint16_t code, std::string_view what) {
  refusal_code_ = code;
  refusal_ = what;
}

Parsed FrameParser::refused(std::size_t given) const {
  return {.kind = Parsed::Kind::error, .code = refusal_code_, .consumed = given, .payload = refusal_};
}

// Lets go of what the last call handed out. A string that has grown is given back whole: an idle parser owns
// nothing.
void FrameParser::release_delivered() {
  if (message_delivered_) {
    if (!collected_.empty()) std::string().swap(collected_);
    message_delivered_ = false;
  } else if (control_delivered_) {
    collected_.resize(message_octets_);
  }
  control_delivered_ = false;
}

// --- putting together ---

namespace {

// The first octets of a frame, up to the mask. Returns how many.
std::size_t write_header(unsigned char* to, Opcode opcode, std::size_t octets, bool final,
                         bool masked) noexcept {
  to[0] = static_cast<unsigned char>((final ? final_bit : 0) | static_cast<unsigned char>(opcode));
  const unsigned char mask_flag = masked ? masked_bit : 0;
  if (octets < length_in_two) {
    to[1] = static_cast<unsigned char>(mask_flag | octets);
    return 2;
  }
  const std::size_t count = octets <= 0xFFFF ? 2 : 8;
  to[1] = mask_flag | (count == 2 ? length_in_two : length_in_eight);
  for (std::size_t i = 0; i < count; ++i) {
    to[2 + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(octets) >> (8 * (count - 1 - i)));
  }
  return 2 + count;
}

}  // namespace

FrameHeader encode_header(Opcode opcode, std::size_t payload_octets, bool final) noexcept {
  FrameHeader header;
  header.size =
      static_cast<std::uint8_t>(write_header(header.octets.data(), opcode, payload_octets, final, false));
  return header;
}

void append_client_frame(std::string& out, Opcode opcode, std::string_view payload,
                         std::array<unsigned char, 4> mask, bool final) {
  std::array<unsigned char, 14> header;
  const std::size_t size = write_header(header.data(), opcode, payload.size(), final, true);
  out.append(reinterpret_cast<const char*>(header.data()), size);
  out.append(reinterpret_cast<const char*>(mask.data()), mask.size());
  const std::size_t begin = out.size();
  out.append(payload);
  apply_mask(std::span(out).subspan(begin), mask);
}

std::string encode_close_payload(std::uint16_t code, std::string_view reason) {
  if (reason.size() > close_reason_octets_max) {
    std::size_t size = close_reason_octets_max;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0) == 0x80) --size;
    reason = reason.substr(0, size);
  }
  std::string payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code & 0xFF));
  payload.append(reason);
  return payload;
}

void apply_mask(std::span<char> octets, std::array<unsigned char, 4> mask, std::size_t at) noexcept {
  std::array<unsigned char, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(at + i) & 3];
  std::uint64_t pattern;
  std::memcpy(&pattern, turned.data(), sizeof pattern);

  char* to = octets.data();
  std::size_t left = octets.size();
  for (; left >= sizeof pattern; left -= sizeof pattern, to += sizeof pattern) {
    std::uint64_t word;
    std::memcpy(&word, to, sizeof word);
    word ^= pattern;
    std::memcpy(to, &word, sizeof word);
  }
  for (std::size_t i = 0; i < left; ++i) to[i] = static_cast<char>(to[i] ^ turned[i]);
}

}  // namespace switchboard::net
