#pragma once

#include <cstdint>

#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

inline constexpr int kDayHours = 15;

// A made-up day of a shop, 09:00 to 24:00 or its first `hours` hours (1 .. kDayHours), from a seed: arrivals
// as a Poisson stream over a daily curve, chats log-normal, patience a mixture of exponentials, personas and
// tiers as shops report them, a quarter returning to an agent they know. `scale` 1 is a small shop: two
// skills, about a thousand visitors a day; from scale 3 there are four skills. The same arguments give the
// same trace.
Trace generate_trace(std::uint64_t seed, double scale, int hours = kDayHours);

}  // namespace switchboard::simulate
