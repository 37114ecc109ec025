// idle: visitors who have signed in and say nothing; what each costs in memory, and how fast they come in.
// storm: the same, with an open conversation each, all cut off at once; how long until everybody is back,
// with nothing lost of what they wrote meanwhile.
#pragma once

#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

struct CrowdOptions {
  CommonOptions common;
  int connections = 1'000;
  int connecting_at_once = 200;  // in hand while the crowd comes in
};

Outcome run_idle(const CrowdOptions&);
Outcome run_storm(const CrowdOptions&);

}  // namespace switchboard::bench
