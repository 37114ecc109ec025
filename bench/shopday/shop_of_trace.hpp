// The shop that a trace is about, as a shop file would say it.
#pragma once

#include <string>

#include "bench/shopday/trace.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::shopday {

// Skills, personas, tiers and agents of the trace. Every length of the routing policy is divided by `speed`,
// so that a day played faster is decided as at its own pace; what is measured in whole seconds of real people
// (the time to accept an offer, the grace for a lost agent) stays.
shop::Shop shop_of_trace(const Trace&, const std::string& id, double speed);

}  // namespace switchboard::shopday
