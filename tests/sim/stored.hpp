// What the simulated Redis holds at the end, as the judge wants to see it.
#pragma once

#include <set>
#include <string>

#include "tests/sim/world.hpp"

namespace switchboard::sim {

// Adds the logs and the event stream of a shop to its history, and judges who wrote when: an agent's message
// stands only where the log says that it is she whom the visitor talks to (R1).
void read_back(World&, const std::string& shop, check::History&);

// Whether a conversation is open in any shop, be it one that nobody here has heard of: asked for over a line
// that broke.
bool anything_is_open(const World&);

// Conversations ("{shop}:id") that wait while an agent who may serve them is available, live and has a free
// place.
std::set<std::string> who_waits_beside_a_free_agent(const World&);

// Agents ("shop/id") whose line is live.
std::set<std::string> who_is_live(const World&);

}  // namespace switchboard::sim
