// One simulated shop's hours from a seed: warm, troubled, healed, finished, judged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/sim/plan.hpp"

namespace switchboard::sim {

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
