// Octets as the line of an event, as a record in Redis may hold it: what is understood is written the same
// way again.
#include "router/event_line.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace switchboard::router;  // NOLINT
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto event = event_from_line(line);
  if (event && to_line(*event) != line) std::abort();
  return 0;
}
