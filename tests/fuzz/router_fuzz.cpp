// Bytes as events into the router, sensible or not: whatever comes, its counters equal a recount, nobody is
// over capacity by an offer, no deadline stays in the past, and a second router given the same says the same.
#include <cstdlib>
#include <string>

#include "tests/fuzz/router_events.hpp"

namespace {

using namespace switchboard::router;  // NOLINT

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  EventWriter writer(bytes);
  Router router(writer.policy());
  Router twin = router;
  Millis now = 0;
  while (!bytes.done()) {
    now += 250 * bytes.next(60);
    const Event event = bytes.next(4) == 0 ? Event(Tick{}) : writer.event(now);
    std::string said;
    for (const Decision& d : router.handle(event, now)) {
      if (const auto* offer = std::get_if<Offer>(&d)) {
        const std::optional<AgentView> agent = router.agent(offer->agent);
        require(agent && agent->used_units <= agent->capacity_units);
      }
      said += to_line(d) + "\n";
    }
    std::string again;
    for (const Decision& d : twin.handle(event, now)) again += to_line(d) + "\n";
    require(said == again);
    require(router.self_check().empty());
    if (std::holds_alternative<Tick>(event))
      require(!router.next_deadline() || *router.next_deadline() > now);
  }
  return 0;
}
