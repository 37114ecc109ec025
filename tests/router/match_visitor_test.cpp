// 2.3 and 2.7: an agent for a visitor.
#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

std::vector<SkillLevel> presale(int level) {
  return {{kPresale, static_cast<std::uint8_t>(level)}};
}

TEST(Rule_2_3_1, her_last_agent_gets_her_though_others_are_less_busy) {
  Shop shop;
  shop.agent(0, {.capacity = 3});
  shop.agent(1, {.capacity = 3});
  shop.chat(1);
  ASSERT_EQ(shop.with(1), 0);
  shop.visitor(2, {.last = AgentId(0)});
  EXPECT_EQ(shop.with(2), 0);
  EXPECT_EQ(shop.decided<Offer>()->rule, Rule::last_agent);
}

TEST(Rule_2_3_1, her_last_agent_gets_her_whatever_his_level) {
  Shop shop;
  shop.agent(0, {.capacity = 4});
  shop.agent(1, {.skills = presale(2), .capacity = 4});
  shop.visitor(1, {.last = AgentId(1)});
  EXPECT_EQ(shop.with(1), 1);
}

TEST(Rule_2_3_1, a_last_agent_counts_only_on_duty_and_with_the_skill) {
  Shop shop;
  shop.agent(0);
  shop.agent(1, {.skills = {{kAftersale, 0}}});
  shop.agent(2);
  shop.status(2, AgentStatus::on_break);
  shop.visitor(1, {.last = AgentId(1)});
  EXPECT_EQ(shop.with(1), 0);
  shop.visitor(2, {.last = AgentId(2)});
  EXPECT_TRUE(shop.waits(2));
  shop.visitor(3, {.last = AgentId(77)});  // nobody knows him
  EXPECT_TRUE(shop.waits(3));
}

TEST(Rule_2_3_1, a_last_agent_who_has_lost_the_skill_counts_no_more) {
  Shop shop;
  shop.agent(0, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .capacity = 4});
  shop.agent(1, {.skills = {{kAftersale, 0}}});
  shop.visitor(1, {.skill = kAftersale, .last = AgentId(0)});
  EXPECT_EQ(shop.with(1), 0);
  shop.agent(0, {.skills = {{kPresale, 0}}, .capacity = 4});
  shop.visitor(2, {.skill = kAftersale, .last = AgentId(0)});
  EXPECT_EQ(shop.with(2), 1);
  shop.visitor(3, {.skill = kAftersale, .last = AgentId(0)});
  EXPECT_TRUE(shop.waits(3));
  EXPECT_FALSE(shop.held(3));
}

TEST(Rule_2_3_1, a_last_agent_does_not_count_against_a_strict_wish) {
  Shop shop;
  shop.agent(0, {.persona = kBold, .capacity = 4});
  shop.agent(1, {.persona = kFresh, .capacity = 4});
  shop.visitor(1, {.wish = strict(kFresh), .last = AgentId(0)});
  EXPECT_EQ(shop.with(1), 1);
}

TEST(Rule_2_3_1, a_last_agent_counts_against_a_preference_only_if_the_shop_says_so) {
  for (const bool over : {true, false}) {
    Policy policy = two_skills();
    policy.sticky_over_persona = over;
    Shop shop(policy);
    shop.agent(0, {.persona = kBold, .capacity = 4});
    shop.agent(1, {.persona = kFresh, .capacity = 4});
    shop.visitor(1, {.wish = prefer(kFresh), .last = AgentId(0)});
    EXPECT_EQ(shop.with(1), over ? 0 : 1);
  }
}

TEST(Rule_2_3_1, she_is_held_for_a_full_last_agent_while_that_is_worth_it_and_no_longer) {
  Policy policy = two_skills();
  policy.handling_start_ms = 30'000;  // one slot: free in 30 s on the average, the hold's length
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.agent(1);
  shop.visitor(2, {.last = AgentId(0)});
  EXPECT_TRUE(shop.waits(2));
  EXPECT_TRUE(shop.held(2));
  shop.visitor(3);  // who wants anybody may pass her
  EXPECT_EQ(shop.with(3), 1);
  shop.leave(3);
  shop.until(29'999);
  EXPECT_TRUE(shop.waits(2));
  shop.until(30'000);
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_3_1, a_hold_that_is_not_worth_it_is_not_begun) {
  Policy policy = two_skills();
  policy.handling_start_ms = 30'001;
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.agent(1);
  shop.visitor(2, {.last = AgentId(0)});
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_3_1, the_end_of_a_hold_comes_by_itself_whatever_the_overflow_steps) {
  Policy policy = two_skills();
  policy.handling_start_ms = 25'000;
  policy.sticky_hold_ms = 25'000;
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.agent(1);
  shop.visitor(2, {.last = AgentId(0)});
  ASSERT_TRUE(shop.held(2));
  shop.until(25'000);
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_3_2, a_backup_takes_her_at_once_when_enough_of_him_is_free) {
  Shop shop;
  shop.agent(0, {.skills = presale(1), .capacity = 10});
  for (std::uint64_t id = 1; id <= 8; ++id) shop.visitor(id);
  EXPECT_FALSE(shop.waits(8));  // with 7 of 10 taken, 300 per mille were free
  shop.visitor(9);
  EXPECT_TRUE(shop.waits(9));
}

TEST(Rule_2_3_2, levels_open_one_by_one_as_she_waits) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0, {.skills = presale(1)});
  shop.agent(1, {.skills = presale(2)});
  shop.visitor(1);
  shop.visitor(2);
  shop.until(9'999);
  EXPECT_TRUE(shop.waits(1));
  shop.until(10'000);
  EXPECT_EQ(shop.with(1), 0);
  EXPECT_TRUE(shop.waits(2));
  shop.until(29'999);
  EXPECT_TRUE(shop.waits(2));
  shop.until(30'000);
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_3_2, the_wanted_persona_opens_every_level) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0, {.skills = presale(2), .persona = kFresh});
  shop.visitor(1, {.wish = prefer(kFresh)});
  EXPECT_EQ(shop.with(1), 0);
}

TEST(Rule_2_3_3, the_wanted_persona_goes_before_a_better_agent) {
  Shop shop;
  shop.agent(0, {.persona = kBold, .capacity = 4});
  shop.agent(1, {.skills = presale(1), .persona = kFresh, .capacity = 4});
  shop.visitor(1, {.wish = prefer(kFresh)});
  EXPECT_EQ(shop.with(1), 1);
  EXPECT_EQ(shop.decided<Offer>()->rule, Rule::wanted_persona);
}

TEST(Rule_2_3_3, strict_waits_for_ever) {
  Shop shop;
  shop.agent(0, {.persona = kBold});
  shop.visitor(1, {.wish = strict(kFresh)});
  shop.until(10'000'000);
  EXPECT_TRUE(shop.waits(1));
  shop.agent(1, {.persona = kFresh});
  EXPECT_EQ(shop.with(1), 1);
}

// A shop in which one busy place of the wanted persona makes a hold of 20 s worth it.
struct HoldingShop : Shop {
  static Policy policy() {
    Policy p = two_skills();
    p.handling_start_ms = 20'000;
    return p;
  }
  HoldingShop() : Shop(policy()) {
    agent(0, {.persona = kFresh});
    chat(1, {.wish = strict(kFresh)});
    agent(1, {.persona = kBold, .capacity = 4});
  }
};

TEST(Rule_2_3_3, prefer_waits_for_the_persona_while_it_is_worth_it_then_takes_the_best_of_all) {
  HoldingShop shop;
  shop.visitor(2, {.wish = prefer(kFresh)});
  EXPECT_TRUE(shop.held(2));
  shop.until(19'999);
  EXPECT_TRUE(shop.waits(2));
  shop.until(20'000);
  EXPECT_EQ(shop.with(2), 1);
  EXPECT_EQ(shop.decided<Offer>()->rule, Rule::best_agent);
}

TEST(Rule_2_3_3, the_persona_that_becomes_free_in_time_gets_her) {
  HoldingShop shop;
  shop.visitor(2, {.wish = prefer(kFresh)});
  shop.until(5'000);
  shop.end(1);
  EXPECT_EQ(shop.with(2), 0);
}

TEST(Rule_2_3_3, nobody_of_her_class_passes_one_who_is_held) {
  HoldingShop shop;
  shop.visitor(2, {.wish = prefer(kFresh)});
  shop.now = 1'000;
  shop.visitor(3, {.wish = prefer(kFresh)});  // for her alone, second in line, the hold is not worth it
  EXPECT_TRUE(shop.waits(3));
  shop.visitor(4, {.wish = prefer(kFresh), .tier = 1});  // another class
  EXPECT_EQ(shop.with(4), 1);
  shop.leave(2);
  EXPECT_TRUE(shop.held(3));  // now she is first
  shop.until(21'000);
  EXPECT_EQ(shop.with(3), 1);
}

TEST(Rule_2_3_3, who_waited_behind_a_held_one_goes_when_that_one_is_served) {
  HoldingShop shop;
  shop.visitor(2, {.wish = prefer(kFresh)});
  shop.visitor(3, {.wish = prefer(kFresh)});
  shop.visitor(4, {.wish = prefer(kFresh)});
  shop.until(20'000);
  EXPECT_EQ(shop.with(2), 1);
  EXPECT_EQ(shop.with(3), 1);
  EXPECT_EQ(shop.with(4), 1);
}

// --- 2.3.4, key by key: whoever is better by an earlier key wins against all later ones

TEST(Rule_2_3_4, first_key_his_shift_ends_within_taper) {
  Policy policy = two_skills();
  policy.taper_ms = 600'000;
  policy.overflow_idle_pm = 0;
  Shop shop(policy);
  shop.agent(0, {.capacity = 4});
  shop.agent(1, {.skills = presale(1), .capacity = 4, .shift_end = 600'000});
  shop.visitor(1);
  EXPECT_EQ(shop.with(1), 1);
}

TEST(Rule_2_3_4, taper_begins_by_itself) {
  Policy policy = two_skills();
  policy.taper_ms = 600'000;
  Shop shop(policy);
  shop.agent(0, {.capacity = 4});
  shop.agent(1, {.capacity = 4, .shift_end = 700'000});
  shop.visitor(1);
  EXPECT_EQ(shop.with(1), 0);
  shop.leave(1);
  shop.until(100'000);
  shop.visitor(2);
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_3_4, second_key_level) {
  Shop shop;
  shop.agent(0, {.skills = presale(1), .capacity = 4});
  shop.agent(1, {.capacity = 4});
  shop.chat(1);
  EXPECT_EQ(shop.with(1), 1);
  shop.chat(2);
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_3_4, third_key_load_share_not_load) {
  Shop shop;
  shop.agent(0, {.capacity = 2});
  shop.agent(1, {.capacity = 12});
  shop.chat(1);
  EXPECT_EQ(shop.with(1), 0);
  for (std::uint64_t id = 2; id <= 6; ++id) {
    shop.chat(id);
    EXPECT_EQ(shop.with(id), 1) << id;
  }
}

TEST(Rule_2_3_4, fourth_key_demand_for_his_persona) {
  Shop shop;
  shop.agent(2, {.persona = kFresh});
  shop.chat(9);
  shop.agent(0, {.persona = kFresh, .capacity = 2});
  shop.visitor(1, {.wish = strict(kFresh)});
  shop.refuse(1);  // she waits for somebody fresh, and not for agent 0
  ASSERT_TRUE(shop.waits(1));
  shop.agent(1, {.persona = kBold, .capacity = 2, .last_offer = 5'000});
  shop.now = 6'000;
  shop.visitor(2);
  EXPECT_EQ(shop.with(2), 1);  // though agent 0 has had no offer for longer
  EXPECT_EQ(std::get<AgentChoice>(shop.decided<Offer>()->record.why).runner_up->demand_pm, 500);
}

TEST(Rule_2_3_4, fifth_key_the_longest_without_an_offer) {
  Shop shop;
  shop.agent(0, {.capacity = 2, .last_offer = -1'000});
  shop.agent(1, {.capacity = 2, .last_offer = -3'000});
  shop.agent(2, {.capacity = 2, .last_offer = -2'000});
  shop.visitor(1);
  EXPECT_EQ(shop.with(1), 1);
  shop.visitor(2);
  EXPECT_EQ(shop.with(2), 2);
  shop.agent(3, {.capacity = 2});  // never yet: longest of all
  shop.visitor(3);
  EXPECT_EQ(shop.with(3), 3);
}

TEST(Rule_2_3_4, last_key_the_place_in_the_roster) {
  Shop shop;
  shop.agent(2);
  shop.agent(0);
  shop.agent(1);
  shop.visitor(1);
  shop.visitor(2);
  shop.visitor(3);
  EXPECT_EQ(shop.with(1), 0);
  EXPECT_EQ(shop.with(2), 1);
  EXPECT_EQ(shop.with(3), 2);
}

TEST(Rule_2_7, one_deadline_for_the_head_of_a_class_whatever_its_length) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  EXPECT_FALSE(shop.router.next_deadline());
  for (std::uint64_t id = 1; id <= 100; ++id) {
    shop.now = static_cast<Millis>(10 * id);
    shop.visitor(id);
  }
  EXPECT_EQ(shop.router.next_deadline(), 10'010);
  shop.until(10'010);
  EXPECT_EQ(shop.router.next_deadline(), 30'010);
  shop.until(30'010);
  EXPECT_FALSE(shop.router.next_deadline());
}

TEST(Rule_2_7, who_becomes_the_head_gets_her_own_deadline) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.visitor(1);
  shop.until(40'000);  // all steps of hers are over
  shop.visitor(2);
  shop.leave(1);
  shop.agent(0, {.skills = presale(1)});
  EXPECT_TRUE(shop.waits(2));
  shop.until(50'000);
  EXPECT_EQ(shop.with(2), 0);
}

TEST(Rule_2_7, deadlines_that_were_slept_through_fire_before_the_next_event) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0, {.skills = presale(1)});
  shop.visitor(1);
  shop.now = 50'000;
  shop.visitor(2);
  EXPECT_EQ(shop.order, std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace switchboard::router
