// Bytes as events into the router, sensible or not: whatever comes, its counters equal a recount, nobody is
// over capacity by an offer, no deadline stays in the past, and a second router that is told the same in the lines
// of the record says the same. The line that the bytes themselves may be is read, too.
#include <cstdlib>
#include <string>

#include "router/event_line.hpp"
#include "tests/fuzz/router_events.hpp"

namespace {

using namespace switchboard::router;  // NOLINT

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto read = event_from_line(text)) require(to_line(*read) == text);
  Bytes bytes(data, size);
  EventWriter writer(bytes);
  Router router(writer.policy());
  Router twin = router;
  Millis now = 0;
  while (!bytes.done()) {
    now += 250 * bytes.next(60);
    const std::uint32_t kind = bytes.next(16);
    const Event event = kind < 4 ? Event(Tick{}) : kind == 4 ? writer.remembered(now) : writer.event(now);
    std::string said;
    for (const Decision& d : router.handle(event, now)) {
      if (const auto* offer = std::get_if<Offer>(&d)) {
        const std::optional<AgentView> agent = router.agent(offer->agent);
        require(agent && agent->used_units <= agent->capacity_units);
      }
      said += to_line(d) + "\n";
    }
    std::string again;
    const std::optional<Event> read = event_from_line(to_line(event));
    require(read.has_value());
    for (const Decision& d : twin.handle(*read, now)) again += to_line(d) + "\n";
    require(said == again);
    require(router.self_check().empty());
    if (std::holds_alternative<Tick>(event))
      require(!router.next_deadline() || *router.next_deadline() > now);
  }
  return 0;
}
