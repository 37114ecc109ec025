// The same day on the simulator's virtual clock, beside what was measured (G12).
#pragma once

#include <string>

#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

// Adds simulated_queue_mean_s, simulated_persona_match_pct, ... and how far the measured figures of the
// outcome are from them. Beside the mean wait its lowest and highest over ten days like this one, each
// arrival moved by up to a second: a live run cannot be held to more than the day itself says. `until_s` > 0:
// only so much of the trace.
void compare_simulated(const std::string& trace_folder, double until_s, Outcome& outcome);

}  // namespace switchboard::bench
