// Visitors with an open conversation each, all cut off at once; how long until everybody is back, with
// nothing lost of what they wrote meanwhile.
#pragma once

#include "bench/modes/crowd.hpp"

namespace switchboard::bench {

Outcome run_storm(const CrowdOptions&);

}  // namespace switchboard::bench
