#include "server/net/utf8.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace switchboard::net {
namespace {

using Octet = unsigned char;

std::uint64_t load(const Octet* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

constexpr std::uint64_t high_bits = 0x8080808080808080;

// Two code points of three octets, and two octets that do not matter: the shape of most Chinese text.
constexpr auto two_of_three_mask =
    std::bit_cast<std::uint64_t>(std::array<Octet, 8>{0xF0, 0xC0, 0xC0, 0xF0, 0xC0, 0xC0, 0, 0});
constexpr auto two_of_three =
    std::bit_cast<std::uint64_t>(std::array<Octet, 8>{0xE0, 0x80, 0x80, 0xE0, 0x80, 0x80, 0, 0});

// After E0 and ED not every continuation octet may follow; the fast path leaves them to the table below.
bool is_plain_lead_of_three(Octet lead) noexcept {
  return lead != 0xE0 && lead != 0xED;
}

// Skips what can be judged by whole words; stops where one octet must be looked at.
const Octet* skip_common(const Octet* at, const Octet* end) noexcept {
  while (end - at >= 8) {
    const std::uint64_t word = load(at);
    if ((word & high_bits) == 0) {
      at += 8;
    } else if ((word & two_of_three_mask) == two_of_three && is_plain_lead_of_three(at[0]) &&
               is_plain_lead_of_three(at[3])) {
      at += 6;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

bool Utf8Checker::feed(std::string_view piece) noexcept {
  const Octet* at = reinterpret_cast<const Octet*>(piece.data());
  const Octet* const end = at + piece.size();
  while (at != end) {
    if (missing_ != 0) {
      if (*at < low_ || *at > high_) return false;
      ++at;
      --missing_;
      low_ = 0x80;
      high_ = 0xBF;
      continue;
    }
    at = skip_common(at, end);
    if (at == end) break;
    const Octet lead = *at++;
    if (lead < 0x80) continue;
    // RFC 3629 section 4, the table of well-formed sequences.
    if (lead < 0xC2 || lead > 0xF4) return false;
    missing_ = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (lead == 0xE0) low_ = 0xA0;
    if (lead == 0xED) high_ = 0x9F;
    if (lead == 0xF0) low_ = 0x90;
    if (lead == 0xF4) high_ = 0x8F;
  }
  return true;
}

bool is_utf8(std::string_view text) noexcept {
  Utf8Checker checker;
  return checker.feed(text) && checker.complete();
}

}  // namespace switchboard::net
