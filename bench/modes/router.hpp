// router: the routing engine alone, without sockets or a server: what an event costs by size of shop, at the
// worst moments, and beside another shop's crowd.
#pragma once

#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

struct RouterOptions {
  int turns = 20'000;  // per measured point; each is three events and more
};

Outcome run_router(const RouterOptions&);

}  // namespace switchboard::bench
