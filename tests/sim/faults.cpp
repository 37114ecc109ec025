#include "tests/sim/faults.hpp"

#include <array>

namespace switchboard::sim {

Faults::Faults(World& world) : world_(world), random_(world.random.branch()), clocks_(world.plan.seed) {}

void Faults::start() {
  active_ = true;
  schedule();
  if (world_.plan.clock_every > 0) set_clocks();
}

void Faults::set_clocks() {
  world_.timeline.after(clocks_.exponential(world_.plan.clock_every), [this] {
    if (!active_) return;
    clock_set();
    set_clocks();
  });
}

void Faults::schedule() {
  world_.timeline.after(random_.exponential(world_.plan.fault_every), [this] {
    if (!active_) return;
    strike();
    schedule();
  });
}

void Faults::strike() {
  static constexpr std::array kinds = {
      &Faults::gateway_killed,      &Faults::gateway_paused, &Faults::gateway_drained,
      &Faults::gateway_partitioned, &Faults::redis_killed,   &Faults::redis_paused,
      &Faults::redis_slow,          &Faults::redis_refuses,  &Faults::redis_line_cut,
      &Faults::redis_line_cut,
  };
  ++count_;
  (this->*kinds[random_.below(kinds.size())])();
}

Node& Faults::some_gateway() {
  return *world_.gateways[random_.below(world_.gateways.size())];
}

Micros Faults::lasts(Micros least, Micros most) {
  const auto time = random_.between(least, most);
  const auto longer = world_.plan.fault_length;
  return longer > 1 && random_.chance(0.3) ? time * random_.between(1, longer) : time;
}

void Faults::undo_after(Micros time, std::string what, std::function<void()> undo) {
  ++world_.counts[what];
  world_.note("fault: " + what + " for " + std::to_string(time / ms) + " ms");
  world_.timeline.after(time, [this, undo = std::move(undo), what = std::move(what)] {
    if (!active_) return;
    world_.note("healed: " + what);
    undo();
  });
}

void Faults::gateway_killed() {
  Node& node = some_gateway();
  node.kill();
  undo_after(lasts(200 * ms, 30 * second), node.name() + " killed", [&node] { node.start(); });
}

void Faults::gateway_paused() {
  Node& node = some_gateway();
  node.pause();
  undo_after(random_.chance(0.5) ? lasts(50 * ms, 3 * second) : lasts(3 * second, 60 * second),
             node.name() + " stopped", [&node] { node.resume(); });
}

void Faults::gateway_drained() {
  Node& node = some_gateway();
  node.drain(5'000);
  undo_after(lasts(15 * second, 40 * second), node.name() + " drained", [&node] { node.start(); });
}

void Faults::gateway_partitioned() {
  Node& node = some_gateway();
  node.partition(true);
  undo_after(lasts(500 * ms, 40 * second), node.name() + " cut off from Redis",
             [&node] { node.partition(false); });
}

void Faults::redis_killed() {
  world_.redis.crash();
  if (random_.chance(0.1)) world_.redis.lose_functions();
  undo_after(lasts(50 * ms, 8 * second), "Redis killed",
             [this] { world_.redis.start(random_.between(0, 2 * second)); });
}

void Faults::redis_paused() {
  world_.redis.pause();
  undo_after(lasts(100 * ms, 30 * second), "Redis stopped", [this] { world_.redis.resume(); });
}

void Faults::redis_slow() {
  world_.redis.set_fsync_time({20 * ms, random_.between(50 * ms, 3 * second)});
  undo_after(lasts(second, 20 * second), "fsync slow",
             [this] { world_.redis.set_fsync_time(world_.plan.redis.fsync_time); });
}

void Faults::redis_refuses() {
  static const std::array<std::string, 3> errors = {
      "OOM command not allowed when used memory > 'maxmemory'.",
      "MISCONF Errors writing to the AOF file: No space left on device",
      "READONLY You can't write against a read only replica.",
  };
  world_.redis.refuse_writes(errors[random_.below(errors.size())]);
  undo_after(lasts(500 * ms, 10 * second), "Redis refuses writes",
             [this] { world_.redis.refuse_writes(""); });
}

void Faults::redis_line_cut() {
  static const std::array<std::string, 3> names = {"switchboard-store", "switchboard-subscriber", ""};
  const auto& name = names[random_.below(names.size())];
  if (world_.redis.cut(name, random_.next())) ++world_.counts["connection to Redis cut"];
  world_.note("fault: a connection to Redis is cut");
}

// By an operator or by NTP, forward or back. A gateway goes by its own clock and that of Redis, and needs one
// of them: in one run it is that of Redis that is set, in another those of gateways.
void Faults::clock_set() {
  const auto far = clocks_.chance(0.5) ? 10 * second : 60 * minute;
  const auto off = clocks_.between(-far, far);
  std::string name = "Redis";
  if (clock_of_redis_) {
    world_.redis.set_clock(off);
  } else {
    Node& node = *world_.gateways[clocks_.below(world_.gateways.size())];
    node.set_clock(off);
    name = node.name();
  }
  ++count_;
  ++world_.counts["clock of " + name + " set"];
  world_.note("fault: the clock of " + name + " is off by " + std::to_string(off / ms) + " ms");
}

void Faults::heal_all() {
  active_ = false;
  world_.note("all is healed");
  world_.redis.refuse_writes("");
  world_.redis.set_fsync_time(world_.plan.redis.fsync_time);
  world_.redis.resume();
  world_.redis.start(0);
  for (const auto& gateway : world_.gateways) {
    gateway->start();
    gateway->resume();
    gateway->partition(false);
  }
}

}  // namespace switchboard::sim
