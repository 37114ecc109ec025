// What no router may do, judged by the trace alone: who was offered to whom, along the event stream.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/check/history.hpp"
#include "bench/shopday/trace.hpp"

namespace switchboard::shopday {

// An offer is unlawful if its agent has not the skill, is not of the persona about which the visitor is
// strict, has had this visitor or others beyond his places, or is not on shift. `shift_slack_ms` of the trace
// is allowed at the ends of a shift: a stamp of the store is behind the agent's own clock.
struct Clockwork {
  std::int64_t began_ms = 0;  // the trace's first moment, by the store's clock
  double speed = 1;
  std::int64_t shift_slack_ms = 0;
};

// `visits`: by conversation. One sentence per unlawful offer.
std::vector<std::string> unlawful_offers(const std::vector<check::Transition>& stream, const Trace& trace,
                                         const std::unordered_map<std::string, const Arrival*>& visits,
                                         const Clockwork& clock);

}  // namespace switchboard::shopday
