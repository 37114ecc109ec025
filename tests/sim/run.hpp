// One simulated shop's hours from a seed: warm, troubled, healed, finished, judged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/sim/redis.hpp"

namespace switchboard::sim {

struct Plan {
  std::uint64_t seed = 1;
  RedisSettings redis;
  Micros troubled = 60 * minute;     // how long people come and faults strike
  Micros fault_every = 60 * second;  // the mean time between faults; 0: none
  // Added to every agent's capacity in the shop file, so that the router allows what Redis must refuse.
  std::uint32_t capacity_in_shop_file = 0;
  bool verbose = false;
  std::string watched;  // see Timeline::show
};

struct Outcome {
  std::vector<std::string> failures;  // empty: every promise was kept
  std::uint64_t trace = 0;            // the same for two runs of one plan
  Micros simulated = 0;
  std::uint64_t faults = 0;
  std::uint64_t redis_commands = 0;
  std::map<std::string, std::uint64_t> counts;
};

Outcome run(const Plan&);

}  // namespace switchboard::sim
