// shopday: a day of a shop from a trace, with simulated visitors and agents, and a checker behind it.
#pragma once

#include "bench/modes/outcome.hpp"
#include "bench/shopday/day.hpp"

namespace switchboard::bench {

struct ShopdayOptions {
  CommonOptions common;
  std::string trace;
  double speed = 60;
  double until_s = 0;             // > 0: only so much of the trace, in trace seconds
  bool compare_simulate = false;  // also play the trace on the simulator's virtual clock
  shopday::DaySetting day;
};

Outcome run_shopday(const ShopdayOptions&);

}  // namespace switchboard::bench
