// Octets into the frame parser. What it finds must not depend on how the stream was cut, must respect the
// limits, and every text must be UTF-8. The first octet chooses the role and the size of the pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "server/net/frame.hpp"

namespace {

using switchboard::net::FrameLimits;
using switchboard::net::FrameParser;
using switchboard::net::is_utf8;
using switchboard::net::Parsed;
using switchboard::net::Role;

struct Found {
  Parsed::Kind kind;
  std::uint16_t code;
  std::string payload;
  friend bool operator==(const Found&, const Found&) = default;
};

constexpr FrameLimits limits{.message_octets_max = 1'000, .message_fragments_max = 8};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Found& found) {
  require(found.payload.size() <= limits.message_octets_max);
  if (found.kind == Parsed::Kind::text || found.kind == Parsed::Kind::close) require(is_utf8(found.payload));
}

std::vector<Found> parse(Role role, std::string octets, std::size_t piece) {
  FrameParser parser(role, limits);
  std::vector<Found> all;
  for (std::size_t begin = 0; begin < octets.size(); begin += piece) {
    // A copy of its own, so that the sanitizer sees a read beyond the piece.
    std::string given = octets.substr(begin, piece);
    for (std::span<char> left(given); !left.empty();) {
      const Parsed parsed = parser.next(left);
      require(parsed.consumed > 0 && parsed.consumed <= left.size());
      left = left.subspan(parsed.consumed);
      if (parsed.kind == Parsed::Kind::need_more) continue;
      all.push_back({parsed.kind, parsed.code, std::string(parsed.payload)});
      if (parsed.kind == Parsed::Kind::error) return all;
      check(all.back());
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Role role = (data[0] & 1) == 0 ? Role::server : Role::client;
  const std::size_t piece = 1 + (data[0] >> 1);
  const std::string octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(parse(role, octets, piece) == parse(role, octets, octets.size() + 1));
  return 0;
}
