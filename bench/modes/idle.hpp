// Visitors who have signed in and say nothing; what each costs in memory, and how fast they come in.
#pragma once

#include "bench/modes/crowd.hpp"

namespace switchboard::bench {

Outcome run_idle(const CrowdOptions&);

}  // namespace switchboard::bench
