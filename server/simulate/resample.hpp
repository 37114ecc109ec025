#pragma once

#include <cstdint>

#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

// Another day like this one. In every half hour that had n visitors a Poisson number of mean n comes, at
// moments spread evenly over it; each is a copy of one of the n, drawn with equal chances: skill, persona,
// tier, patience, handling time and last agent belong together and are those of somebody real. So a day keeps
// its shape and its mixture, and varies as days of the same expectation do; that one Monday is busier than
// the next as a whole is not in it. The same seed gives the same day. Shifts are the trace's.
Trace resample(const Trace& trace, std::uint64_t seed);

}  // namespace switchboard::simulate
