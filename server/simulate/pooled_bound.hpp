#pragma once

#include <vector>

#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

// The mean queue in seconds (everybody, served or not) of one pool of all places that never idles: first come
// first served, every place may take anybody, the n-th chat to start takes the n-th handling time. No routing
// rule can be expected to do better on the same trace. A free place whose shift ends soonest is taken first.
double pooled_queue_mean_s(const Trace& trace);
// The same pool, by visitor: how long each waited, as Trace::arrivals.
std::vector<Millis> pooled_waits(const Trace& trace);

}  // namespace switchboard::simulate
