#include "router/policy.hpp"

#include <gtest/gtest.h>

namespace switchboard::router {
namespace {

TEST(Policy, defaults_are_within_bounds) {
  EXPECT_EQ(bounded(Policy{}), Policy{});
}

TEST(Policy, every_value_is_brought_into_its_bounds) {
  Policy wild;
  wild.target_ms.assign(100, 0);
  wild.tiers = {{-5, -5}, {INT64_MAX, INT32_MAX}};
  wild.overflow_ms.clear();
  wild.persona_count = 255;
  wild.sticky_hold_ms = -1;
  wild.park_units = 99;
  const Policy p = bounded(wild);
  EXPECT_EQ(p.target_ms.size(), kSkillsMax);
  EXPECT_EQ(p.target_ms[0], 1'000);
  EXPECT_EQ(p.tiers[0], (TierPolicy{0, 1}));
  EXPECT_EQ(p.tiers[1], (TierPolicy{3'600'000, 10'000}));
  EXPECT_EQ(p.overflow_ms, std::vector<Millis>{0});
  EXPECT_EQ(p.persona_count, kPersonasMax);
  EXPECT_EQ(p.sticky_hold_ms, 0);
  EXPECT_EQ(p.park_units, kUnitsPerChat);
}

TEST(Policy, parameters_are_set_by_name) {
  Policy p;
  EXPECT_TRUE(set_parameter(p, "persona_hold", 5'000));
  EXPECT_EQ(p.persona_hold_ms, 5'000);
  EXPECT_TRUE(set_parameter(p, "sticky_over_persona", 0));
  EXPECT_FALSE(p.sticky_over_persona);
  EXPECT_TRUE(set_parameter(p, "head1", 7'000));
  EXPECT_EQ(p.tiers[1].head_start_ms, 7'000);
  EXPECT_TRUE(set_parameter(p, "rate2", 3'000));
  EXPECT_EQ(p.tiers[2].rate_pm, 3'000);
  EXPECT_TRUE(set_parameter(p, "overflow1", 0));
  EXPECT_EQ(p.overflow_ms[1], 0);
  EXPECT_TRUE(set_parameter(p, "target0", 10'000));
  EXPECT_TRUE(set_parameter(p, "target", 15'000));
  EXPECT_EQ(p.target_ms[0], 15'000);
  for (const char* unknown :
       {"", "hold", "head", "head9", "target1", "overflow8", "rate1x", "persona_hold_ms"}) {
    EXPECT_FALSE(set_parameter(p, unknown, 1)) << unknown;
  }
}

}  // namespace
}  // namespace switchboard::router
