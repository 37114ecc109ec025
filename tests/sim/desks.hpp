// One desk leads a shop (R1): what a desk commits counts only under the epoch of the lease that is, and only
// by the gateway that holds it.
#pragma once

#include <map>
#include <string>

#include "tests/sim/redis.hpp"

namespace switchboard::sim {

class World;

class Desks {
 public:
  explicit Desks(World& world) : world_(world) {}

  // `from` called a function that changed something.
  void changed(const std::string& from, const Words& call);

 private:
  World& world_;
  std::map<std::string, std::string> gateways_;  // by the name under which each held a lease
};

}  // namespace switchboard::sim
