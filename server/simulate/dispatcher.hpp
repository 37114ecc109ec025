// The side of a simulation that decides. It learns what a live router learns, never patience or handling
// times of those who wait.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "router/policy.hpp"
#include "router/router.hpp"
#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

// Visitors are named by their index in Trace::arrivals.
struct Placement {
  std::uint32_t visitor = 0;
  std::uint32_t agent = 0;
};
using Placements = std::vector<Placement>;

class Dispatcher {
 public:
  virtual ~Dispatcher() = default;

  // Each appends to `out` who is given to whom now; the chat begins at once.
  virtual void agent_on(const Shift& shift, Millis now, Placements& out) = 0;
  virtual void agent_off(std::uint32_t agent, Millis now, Placements& out) = 0;
  virtual void arrived(std::uint32_t visitor, Millis now, Placements& out) = 0;
  virtual void chat_ended(std::uint32_t visitor, std::uint32_t agent, Millis now, Placements& out) = 0;
  virtual void left(std::uint32_t visitor, Millis now, Placements& out) = 0;
  // When it wants to be asked next, and that moment.
  virtual std::optional<Millis> deadline() const { return std::nullopt; }
  virtual void timer(Millis, Placements&) {}
  // What it tells somebody who waits about how long that will take; empty: nothing.
  virtual std::optional<router::Eta> quote(std::uint32_t) const { return std::nullopt; }
};

// The production router with this policy. The policy's skills, personas and tiers are made to fit the trace.
std::unique_ptr<Dispatcher> router_dispatcher(const Trace& trace, router::Policy policy);
// The policy the above begins with: defaults, in the trace's shape.
router::Policy policy_for(const Trace& trace);

// Peers' rules: all FIFO, blind to persona, VIP and last agent, every level open. "fcfs_alis",
// "least_loaded", "random" (among the able, from the seed), "round_robin" (the next able one in roster
// order). Null: unknown name.
std::unique_ptr<Dispatcher> peer_dispatcher(std::string_view name, const Trace& trace, std::uint64_t seed);

}  // namespace switchboard::simulate
