#include "server/simulate/resample.hpp"

#include <algorithm>

#include "server/simulate/dice.hpp"
#include "server/simulate/slices.hpp"

namespace switchboard::simulate {

Trace resample(const Trace& trace, std::uint64_t seed) {
  Trace day = trace;
  day.seed = static_cast<std::int64_t>(seed);
  day.arrivals.clear();
  Dice dice(seed);
  auto from = trace.arrivals.begin();
  while (from != trace.arrivals.end()) {
    const Millis start = from->t_ms / kHalfHour * kHalfHour;
    const auto to = std::find_if(from, trace.arrivals.end(),
                                 [&](const Arrival& a) { return a.t_ms >= start + kHalfHour; });
    const auto n = static_cast<double>(to - from);
    for (double at = dice.exponential(1 / n); at < 1; at += dice.exponential(1 / n)) {
      Arrival a = from[static_cast<std::ptrdiff_t>(dice.uniform() * n)];
      a.id = static_cast<std::int64_t>(day.arrivals.size());
      a.t_ms = start + static_cast<Millis>(at * static_cast<double>(kHalfHour));
      day.arrivals.push_back(std::move(a));
    }
    from = to;
  }
  return day;
}

}  // namespace switchboard::simulate
