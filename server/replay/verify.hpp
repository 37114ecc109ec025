// The proof of R6 on what really happened: the events of a record through the same router give the decisions
// that stand beside them, octet for octet.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "router/router.hpp"
#include "server/record/reader.hpp"
#include "server/replay/window.hpp"

namespace switchboard::replay {

struct Difference {
  std::size_t line = 0;  // of the event, in the record's text
  std::string event;
  std::string recorded;  // the decision as it stands there; empty: none stands there
  std::string replayed;  // as the router made it now; empty: it made none
};

struct Verdict {
  std::uint64_t events = 0;
  std::uint64_t decisions = 0;  // compared
  std::uint64_t lead_in = 0;    // events before the part that was asked for, not compared
  std::uint64_t refused = 0;    // events that the router did not take; they are replayed like the others
  std::optional<Difference> difference;  // the first one
};

// Called with each step, also those that lead to the part that was asked for, the router after it, and what
// it decided.
using Watch = std::function<void(const record::Chapter&, const record::Step&, const router::Router&,
                                 std::span<const router::Decision>)>;

// Stops at the first difference. The last event of a chapter without an end may lack the end of its
// decisions: they were cut off with it.
Verdict verify(const record::Record&, const Watch& watch = {}, router::Millis since = kFromTheBeginning);

}  // namespace switchboard::replay
