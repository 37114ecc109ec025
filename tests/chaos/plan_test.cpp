// The plan of faults: the same for the same seed, within its time, never two at one place.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bench/chaos/nemesis.hpp"

namespace switchboard::chaos {
namespace {

using namespace std::chrono_literals;

TEST(Plan, is_drawn_from_the_seed_alone) {
  const auto told = [](std::uint64_t seed) {
    std::string all;
    for (const auto& fault : plan_faults(seed, 60s, 3, {})) all += describe(fault) + "\n";
    return all;
  };
  EXPECT_EQ(told(1), told(1));
  EXPECT_NE(told(1), told(2));
}

TEST(Plan, heals_within_its_time_and_leaves_a_place_alone_until_it_is_healed) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto plan = plan_faults(seed, 30s, 2, {});
    EXPECT_FALSE(plan.empty());
    for (std::size_t i = 0; i < plan.size(); ++i) {
      EXPECT_LE(plan[i].at + plan[i].length, 30s);
      for (std::size_t j = 0; j < i; ++j) {
        const bool apart =
            plan[j].at + plan[j].length <= plan[i].at || plan[i].at + plan[i].length <= plan[j].at;
        if (apart) continue;
        EXPECT_FALSE(plan[i].kind->of_redis && plan[j].kind->of_redis)
            << describe(plan[i]) << describe(plan[j]);
        if (!plan[i].kind->of_redis && !plan[j].kind->of_redis) {
          EXPECT_NE(plan[i].gateway, plan[j].gateway) << describe(plan[i]) << describe(plan[j]);
        }
      }
    }
  }
}

TEST(Plan, comes_to_every_kind_of_fault_and_keeps_to_those_that_are_named) {
  std::set<std::string_view> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed)
    for (const auto& fault : plan_faults(seed, 60s, 3, {})) seen.insert(fault.kind->name);
  EXPECT_EQ(seen.size(),
            static_cast<std::size_t>(std::ranges::count(fault_kinds(), Drawn::always, &FaultKind::drawn)));
  for (const auto& fault : plan_faults(1, 60s, 3, {"kill-redis", "slow-fsync"}))
    EXPECT_TRUE(fault.kind->name == "kill-redis" || fault.kind->name == "slow-fsync");
}

}  // namespace
}  // namespace switchboard::chaos
