// What goes wrong, and when: drawn from the seed. Every fault heals by itself or by heal_all().
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace switchboard::sim {

class Faults {
 public:
  explicit Faults(World&);

  void start();
  // No more, and everything as it should be: Redis and all gateways run, everybody reaches everybody.
  void heal_all();
  std::uint64_t count() const { return count_; }

 private:
  void schedule();
  void set_clocks();
  void strike();
  Node& some_gateway();
  // How long: as a rule between these, now and then up to Plan::fault_length times longer.
  Micros lasts(Micros least, Micros most);
  void undo_after(Micros time, std::string what, std::function<void()> undo);

  void gateway_killed();
  void gateway_paused();
  void gateway_drained();
  void gateway_partitioned();
  void redis_killed();
  void redis_paused();
  void redis_slow();
  void redis_refuses();
  void redis_line_cut();
  void clock_set();

  World& world_;
  Random random_;
  Random clocks_;
  const bool clock_of_redis_ = clocks_.chance(0.5);
  std::uint64_t count_ = 0;
  bool active_ = false;
};

}  // namespace switchboard::sim
