// Octets as a shop file, and as a time zone file. A shop that is read can be written, and reads the same
// again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/shop/opening.hpp"
#include "server/shop/shop.hpp"

namespace {

using namespace switchboard::shop;  // NOLINT

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0) {
    (void)TimeZone::parse(octets);
    return 0;
  }
  const auto shop = parse_shop(octets);
  if (!shop) {
    require(!shop.error().empty());
    return 0;
  }
  const auto again = parse_shop(export_shop(*shop));
  require(again && *again == *shop);
  return 0;
}
