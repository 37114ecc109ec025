// Frames made octet by octet, so that tests can also make those that a correct encoder would never send.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/net/frame.hpp"

namespace switchboard::net::testing {

inline constexpr std::array<unsigned char, 4> test_mask{0x37, 0xFA, 0x21,
                                                        0x3D};  // of the example in section 5.7

inline constexpr unsigned char final_bit = 0x80;

// Which length form to use: the shortest, or one that is longer than need be.
enum class LengthForm { shortest, in_two, in_eight };

// A frame with this first octet (FIN, RSV and opcode), masked or not.
inline std::string raw_frame(unsigned char first, std::string_view payload, bool masked = true,
                             LengthForm form = LengthForm::shortest) {
  const std::uint64_t size = payload.size();
  if (form == LengthForm::shortest && size >= 126)
    form = size <= 0xFFFF ? LengthForm::in_two : LengthForm::in_eight;
  const int octets = form == LengthForm::shortest ? 0 : form == LengthForm::in_two ? 2 : 8;
  std::string out(1, static_cast<char>(first));
  const unsigned char length = octets == 0 ? static_cast<unsigned char>(size) : octets == 2 ? 126 : 127;
  out.push_back(static_cast<char>((masked ? 0x80 : 0) | length));
  for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<char>(size >> (8 * i)));
  if (masked) out.append(reinterpret_cast<const char*>(test_mask.data()), test_mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(masked ? static_cast<char>(payload[i] ^ static_cast<char>(test_mask[i % 4])) : payload[i]);
  }
  return out;
}

inline std::string client_frame(Opcode opcode, std::string_view payload, bool final = true) {
  return raw_frame(static_cast<unsigned char>((final ? final_bit : 0) | static_cast<unsigned char>(opcode)),
                   payload);
}

// Only a header that declares `length` octets of payload, in eight octets.
inline std::string header_declaring(unsigned char first, std::uint64_t length) {
  std::string out(1, static_cast<char>(first));
  out.push_back(static_cast<char>(0x80 | 127));
  for (int i = 7; i >= 0; --i) out.push_back(static_cast<char>(length >> (8 * i)));
  out.append(reinterpret_cast<const char*>(test_mask.data()), test_mask.size());
  return out;
}

inline std::string close_payload(std::uint16_t code, std::string_view reason = {}) {
  std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return out.append(reason);
}

}  // namespace switchboard::net::testing
