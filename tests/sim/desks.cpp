#include "tests/sim/desks.hpp"

#include "tests/sim/world.hpp"

namespace switchboard::sim {

// Called as FCALL name 1 "{shop}:" epoch ...; the lease as FCALL sb1_lease 1 "{shop}:" holder seen.
void Desks::changed(const std::string& from, const Words& call) {
  const std::string& name = call.at(1);
  if (name == "sb1_lease") gateways_[call.at(4)] = from;
  if (!is_of_desk(name)) return;
  const auto* lease = world_.redis.data().find<Hash>(call.at(3) + "rl");
  const auto field = [&](const char* which) {
    return lease && lease->contains(which) ? lease->find(which)->second : std::string();
  };
  if (field("ep") != call.at(4))
    world_.fail("fence", from + " did " + name + " under epoch " + call.at(4) + ", and it is " + field("ep"));
  const auto holder = field("ho");
  if (!holder.empty() && gateways_[holder] != from)
    world_.fail("one-desk", from + " did " + name + ", and " + holder + " leads");
}

}  // namespace switchboard::sim
