#include "tests/sim/plan.hpp"

#include <stdexcept>

#include "tests/sim/random.hpp"

namespace switchboard::sim {

Plan rush(std::uint64_t seed) {
  Plan plan;
  plan.seed = seed;
  return plan;
}

Plan storm(std::uint64_t seed) {
  Plan plan;
  plan.seed = seed;
  plan.troubled = 15 * minute;
  plan.fault_every = 5 * second;
  plan.clock_every = 90 * second;
  return plan;
}

Plan day(std::uint64_t seed) {
  Random random(~seed);
  Plan plan;
  plan.seed = seed;
  plan.troubled = 24 * 60 * minute;
  plan.fault_every = random.between(5, 30) * minute;
  plan.fault_length = 20;
  plan.clock_every = random.between(1, 6) * 60 * minute;
  plan.gateways = random.chance(0.2) ? 1 : 2;
  plan.shops_most = 1;
  plan.times = {.park_after_ms = random.between(20, 1'200) * 1'000,
                .accept_within_s = random.between(10, 60),
                .lost_grace_s = random.between(15, 600)};
  plan.habits = {.shopper_every_least = 4 * minute,
                 .shopper_every_most = 20 * minute,
                 .slowness = random.between(3, 20),
                 .patience = random.between(5, 90) * minute,
                 .falls_silent = 0.02,
                 .silent_most = 4 * 60 * minute,
                 .chat_most = 3 * 60 * minute,
                 .break_most = 3 * 60 * minute,
                 .away_most = 30 * minute};
  plan.habits.open_for = random.between(8 * 60, 16 * 60) * minute;
  plan.habits.opened_before = random.between(0, plan.habits.open_for);
  auto& config = plan.config;
  config.node.desk_beat_interval_ms = random.between(1'000, 10'000);
  config.node.desk_takeover_ms = config.node.desk_beat_interval_ms * random.between(3, 6);
  config.node.reconcile_interval_ms = random.between(5'000, 60'000);
  config.redis.ping_interval_ms = random.between(5'000, 30'000);
  config.session.ping_interval_ms = random.between(20'000, 60'000);
  config.session.silence_max_ms = 2 * config.session.ping_interval_ms + 5'000;
  config.record.write_interval_ms = random.between(250, 2'000);
  return plan;
}

Plan plan_of(const std::string& kind, std::uint64_t seed) {
  if (kind == "rush") return rush(seed);
  if (kind == "storm") return storm(seed);
  if (kind == "day") return day(seed);
  throw std::invalid_argument("no such kind of hours: " + kind);
}

}  // namespace switchboard::sim
