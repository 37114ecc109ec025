// The part of a report that shows what the router costs: plots and tables, no scripts, nothing to fetch.
#pragma once

#include <string>

#include "bench/router/measure.hpp"

namespace switchboard::bench {

std::string router_sections(const RouterCost&);

}  // namespace switchboard::bench
