// UTF-8 as RFC 3629 section 4 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace switchboard::net {

// Checks a text that arrives in pieces, cut anywhere. Fails at the first octet that cannot be part of a valid
// text, so a bad message can be refused before it is complete (RFC 6455 section 8.1). Two octets of state and
// no allocation.
class Utf8Checker {
 public:
  // The next piece. False when the text so far cannot be continued to a valid one; the checker must then be
  // reset.
  [[nodiscard]] bool feed(std::string_view piece) noexcept;

  // Whether the text may end here, that is, not inside a code point. An empty last piece changes nothing
  // about it.
  [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }

  void reset() noexcept { *this = {}; }

 private:
  std::uint8_t missing_ = 0;  // continuation octets still owed by the code point that was cut
  std::uint8_t low_ =
      0x80;  // bounds of the next continuation octet; narrower than 80..BF after E0, ED, F0, F4
  std::uint8_t high_ = 0xBF;
};

// Whether `text` is complete and valid.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace switchboard::net
