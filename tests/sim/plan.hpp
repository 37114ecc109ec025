// What one run plays: which hours of which shop, drawn from the seed within the bounds of their kind.
#pragma once

#include <cstdint>
#include <string>

#include "server/config.hpp"
#include "tests/sim/redis.hpp"

namespace switchboard::sim {

// What people take their time with.
struct Habits {
  Micros shopper_every_least =
      20 * second;  // the mean time between two shoppers of a shop is drawn from here
  Micros shopper_every_most = 90 * second;
  std::int64_t slowness = 1;       // everybody thinks so many times longer
  Micros patience = 5 * minute;    // mean, of who waits
  double falls_silent = 0;         // chance that a shopper leaves an answer without one,
  Micros silent_most = 0;          // for so long at most, before she goes on
  Micros chat_most = 90 * second;  // an agent closes after so long at most
  Micros break_most = 3 * minute;
  Micros away_most = 60 * second;  // an agent who vanishes without a word
  // The shop is open for so long of every 24 hours, and the run begins so long after it has opened. At night
  // nobody comes and the agents are gone; whoever still waits, waits for the morning.
  Micros open_for = 24 * 60 * minute;
  Micros opened_before = 0;
};

// What the shop file says.
struct ShopTimes {
  std::int64_t park_after_ms = 20'000;
  std::int64_t accept_within_s = 10;
  std::int64_t lost_grace_s = 15;
};

struct Plan {
  std::uint64_t seed = 1;
  RedisSettings redis;
  Config config;  // of every gateway
  std::size_t gateways = 3;
  std::size_t shops_most = 2;
  ShopTimes times;
  Habits habits;
  Micros troubled = 60 * minute;     // how long people come and faults strike
  Micros fault_every = 60 * second;  // the mean time between faults; 0: none
  Micros clock_every = 20 * minute;  // the mean time between steps of somebody's time of day; 0: none
  std::int64_t fault_length = 1;     // some last up to so many times longer
  // Added to every agent's capacity in the shop file, so that the router allows what Redis must refuse.
  std::uint32_t capacity_in_shop_file = 0;
  bool verbose = false;
  std::string watched;  // see Timeline::show

  bool is_open(Micros at) const { return (at + habits.opened_before) % (24 * 60 * minute) < habits.open_for; }
};

// A busy shop with three gateways; a fault every minute. An hour.
Plan rush(std::uint64_t seed);
// The same with a fault every five seconds, so that most find others at work. A quarter of an hour.
Plan storm(std::uint64_t seed);
// A small shop from morning to morning: long silences, breaks of hours, gateways down for long, other
// settings. A day.
Plan day(std::uint64_t seed);

// The kind by its name; throws std::invalid_argument.
Plan plan_of(const std::string& kind, std::uint64_t seed);

}  // namespace switchboard::sim
