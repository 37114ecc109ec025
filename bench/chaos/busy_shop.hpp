// A made-up trace for chaos: a shop that is always busy, with short chats, where everybody counts.
#pragma once

#include <chrono>
#include <cstdint>

#include "bench/shopday/trace.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::chaos {

struct BusySetting {
  std::chrono::milliseconds length{20'000};  // in which visitors come, real time
  double visitors_per_s = 3;
  int agents = 10;
};

// How many times faster than its trace the day is played; the policy's holds are that much shorter.
inline constexpr double busy_speed = 20;

// From the seed alone.
shopday::Trace busy_trace(std::uint64_t seed, const BusySetting&);
// Its shop, with an agent's grace and the time for an offer as short as they may be.
shop::Shop busy_shop(const shopday::Trace&, const std::string& id);

}  // namespace switchboard::chaos
