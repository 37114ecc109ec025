// 2.2, 2.4 and 2.6: a visitor for an agent, by score.
#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

// Fills the only agent, lets visitors come, frees him: who gets him?
struct BusyShop : Shop {
  explicit BusyShop(const Policy& policy = two_skills(), const AgentOptions& o = {}) : Shop(policy) {
    AgentOptions both = o;
    both.skills = {{kPresale, 0}, {kAftersale, 0}};
    agent(0, both);
    chat(1000, {.wish = {}});
  }
  void at(Millis t, std::uint64_t id,
          const VisitorOptions& o = {SkillId(0), {}, 0, std::nullopt, std::nullopt}) {
    now = t;
    visitor(id, o);
  }
  std::uint64_t next(Millis t) {
    now = t;
    end(order.back());
    accept(order.back());
    return order.back();
  }
};

TEST(Rule_2_2, the_longest_waiting_first) {
  BusyShop shop;
  shop.at(1'000, 1);
  shop.at(2'000, 2, {.skill = kAftersale});
  EXPECT_EQ(shop.next(3'000), 1u);
  EXPECT_EQ(shop.next(4'000), 2u);
}

TEST(Rule_2_2, of_equal_scores_the_earlier_entry_then_the_smaller_number) {
  BusyShop shop;
  shop.at(1'000, 9, {.skill = kAftersale});
  shop.at(1'000, 7);
  EXPECT_EQ(shop.next(3'000), 7u);
  EXPECT_EQ(shop.next(4'000), 9u);
  BusyShop other;
  other.at(1'000, 1);
  other.at(31'000, 2, {.tier = 1});  // head start 30 s, rate 1500
  other.at(31'000, 3);
  EXPECT_EQ(other.next(31'000), 2u);  // 30 s at rate 1500 against 30 s at 1000
}

TEST(Rule_2_2, a_tier_counts_as_a_head_start_and_a_faster_clock) {
  BusyShop shop;
  shop.at(0, 1);
  shop.at(50'000, 2, {.tier = 2});
  EXPECT_EQ(shop.next(60'000), 2u);  // (10 + 60) * 2 against 60
  BusyShop late;
  late.at(0, 1);
  late.at(200'000, 2, {.tier = 2});
  EXPECT_EQ(late.next(200'000), 1u);  // (0 + 60) * 2 against 200
}

TEST(Rule_2_2, a_skill_with_half_the_target_counts_twice) {
  Policy policy = two_skills();
  policy.target_ms = {30'000, 15'000};
  BusyShop shop(policy);
  shop.at(0, 1);
  shop.at(60'000, 2, {.skill = kAftersale});
  EXPECT_EQ(shop.next(100'000), 1u);
  BusyShop longer(policy);
  longer.at(0, 1);
  longer.at(60'000, 2, {.skill = kAftersale});
  EXPECT_EQ(longer.next(130'000), 2u);
}

TEST(Rule_2_2, the_wanted_persona_is_worth_thirty_seconds) {
  for (const Millis later : {29'999, 30'001}) {
    BusyShop shop(two_skills(), {.persona = kFresh});
    shop.at(1'000, 1);
    shop.at(1'000 + later, 2, {.wish = prefer(kFresh)});
    EXPECT_EQ(shop.next(100'000), later < 30'000 ? 2u : 1u);
  }
}

TEST(Rule_2_2, the_last_agent_is_worth_sixty_seconds) {
  for (const Millis later : {59'999, 60'001}) {
    BusyShop shop;
    shop.at(1'000, 1);
    shop.at(1'000 + later, 2, {.last = AgentId(0)});
    EXPECT_EQ(shop.next(100'000), later < 60'000 ? 2u : 1u);
  }
}

TEST(Rule_2_4, who_knows_him_is_seen_behind_the_head_of_her_class) {
  BusyShop shop;
  shop.at(1'000, 1);
  shop.at(2'000, 2);
  shop.at(3'000, 3, {.last = AgentId(0)});
  EXPECT_EQ(shop.next(4'000), 3u);
  EXPECT_EQ(shop.next(5'000), 1u);
}

TEST(Rule_2_4, a_raised_capacity_is_filled_at_once) {
  BusyShop shop;
  shop.at(1'000, 1);
  shop.at(2'000, 2);
  shop.at(3'000, 3);
  shop.tell(AgentConfigured{AgentId(0), {{kPresale, 0}}, std::nullopt, 3, std::nullopt, std::nullopt});
  EXPECT_EQ(shop.order, (std::vector<std::uint64_t>{1000, 1, 2}));
}

TEST(Rule_2_4, a_level_that_is_not_yet_open_is_not_served) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0, {.skills = {{kPresale, 1}}});
  shop.chat(1, {.entered_at = -60'000});
  shop.visitor(2);
  shop.now = 9'000;
  shop.end(1);
  EXPECT_TRUE(shop.waits(2));
  shop.until(10'000);
  EXPECT_EQ(shop.with(2), 0);
}

TEST(Rule_2_4, an_agent_just_come_on_takes_one_of_the_queue_a_second) {
  Policy policy = two_skills();
  policy.ramp_ms = 1'000;
  Shop shop(policy);
  for (std::uint64_t id = 1; id <= 3; ++id) shop.visitor(id);
  shop.now = 5'000;
  shop.agent(0, {.capacity = 9});
  EXPECT_EQ(shop.order.size(), 1u);
  shop.visitor(4);
  EXPECT_EQ(shop.order.size(), 1u);
  shop.until(6'000);
  EXPECT_EQ(shop.order.size(), 2u);
  shop.until(7'999);
  EXPECT_EQ(shop.order.size(), 3u);
  shop.until(9'000);
  EXPECT_EQ(shop.order, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  shop.visitor(5);  // the ramp is over when nobody is left
  shop.visitor(6);
  EXPECT_EQ(shop.with(5), 0);
  EXPECT_EQ(shop.with(6), 0);
}

TEST(Rule_2_4, the_ramp_is_over_when_he_has_been_full) {
  Policy policy = two_skills();
  policy.ramp_ms = 1'000;
  Shop shop(policy);
  for (std::uint64_t id = 1; id <= 4; ++id) shop.visitor(id);
  shop.agent(0, {.capacity = 2});
  shop.until(1'000);
  ASSERT_EQ(shop.order.size(), 2u);
  shop.end(1);
  shop.end(2);
  EXPECT_EQ(shop.order, (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST(Rule_2_4, the_ramp_is_for_whoever_comes_on_by_a_new_shift_or_a_line_that_is_back) {
  Policy policy = two_skills();
  policy.ramp_ms = 1'000;
  Shop shop(policy);
  shop.agent(0, {.capacity = 9, .shift_end = 5'000});  // nobody waits: no ramp any more
  shop.until(10'000);
  for (std::uint64_t id = 1; id <= 4; ++id) shop.visitor(id);
  shop.tell(AgentConfigured{AgentId(0), {{kPresale, 0}}, std::nullopt, 9, 90'000, std::nullopt});
  EXPECT_EQ(shop.order.size(), 1u);
  shop.until(20'000);
  ASSERT_EQ(shop.order.size(), 4u);
  shop.line(0, AgentLine::lost);  // they wait again, as nobody else is there
  shop.order.clear();
  shop.now = 30'000;
  shop.line(0, AgentLine::live);
  EXPECT_EQ(shop.order.size(), 1u);
}

TEST(Rule_2_6, within_a_class_nobody_is_overtaken) {
  Policy policy = two_skills();
  BusyShop shop(policy, {.persona = kFresh});
  for (std::uint64_t id = 1; id <= 200; ++id) {
    shop.at(static_cast<Millis>(id * 137 % 5'000 + id * 500), id,
            {.skill = SkillId(id % 2),
             .wish = id % 3 == 0 ? prefer(kFresh) : Wish{},
             .tier = static_cast<int>(id % 5 == 0)});
  }
  std::map<std::tuple<bool, bool, bool>, Millis> last;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t id = shop.next(200'000 + i * 1'000);
    const Millis entered = shop.router.conversation(ConversationId(id))->entered_at;
    Millis& before = last[{id % 2 == 0, id % 3 == 0, id % 5 == 0}];
    EXPECT_GE(entered, before);
    before = entered;
  }
}

TEST(Rule_2_6, twice_the_rate_passes_only_who_has_waited_less_than_twice_as_long) {
  BusyShop shop;
  shop.at(0, 1);
  shop.at(300'000, 2, {.tier = 2});
  EXPECT_EQ(shop.next(480'000), 1u);  // 480 against (180 + 60) * 2: equal, the earlier first
}

}  // namespace
}  // namespace switchboard::router
