// Restarts, changed policies, wishes that change, and input that makes no sense.
#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

TEST(Rebuild, R3_nothing_is_decided_until_started_and_then_as_if_all_had_stood_there) {
  Shop live;
  live.agent(0, {.capacity = 2});
  live.chat(1);
  live.chat(2);
  for (std::uint64_t id = 3; id <= 6; ++id) {
    live.now += 1'000;
    live.visitor(id, {.tier = static_cast<int>(id % 2)});
  }

  Shop again(two_skills(), Shop::Holding{});
  again.now = 60'000;
  again.tell(VisitorArrived{ConversationId(6), again.visit({.entered_at = 4'000})});
  again.tell(VisitorArrived{ConversationId(5), again.visit({.tier = 1, .entered_at = 3'000})});
  again.agent(0, {.capacity = 2});
  again.tell(AssignmentRestored{ConversationId(1), AgentId(0), AssignmentState::active,
                                again.visit({.entered_at = 0}), 0});
  again.tell(AssignmentRestored{ConversationId(2), AgentId(0), AssignmentState::offered,
                                again.visit({.entered_at = 0}), 0});
  again.tell(VisitorArrived{ConversationId(3), again.visit({.tier = 1, .entered_at = 1'000})});
  again.tell(VisitorArrived{ConversationId(4), again.visit({.entered_at = 2'000})});
  EXPECT_EQ(again.router.decisions_made(), 0u);
  EXPECT_FALSE(again.router.next_deadline());
  again.tell(Started{});
  EXPECT_EQ(again.router.decisions_made(), 0u);  // he is full
  live.until(60'000);
  EXPECT_EQ(again.router.queue(kPresale, 9), live.router.queue(kPresale, 9));
  live.end(1);
  again.end(1);
  EXPECT_EQ(again.order.back(), live.order.back());
}

TEST(Rebuild, on_start_the_highest_scores_go_first) {
  Shop shop(two_skills(), Shop::Holding{});
  shop.now = 100'000;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    shop.visitor(id, {.skill = SkillId(id % 2), .entered_at = static_cast<Millis>(10'000 * (7 - id))});
  }
  shop.agent(0, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .capacity = 3});
  shop.tell(Started{});
  EXPECT_EQ(shop.order, (std::vector<std::uint64_t>{5, 4, 3}));
}

TEST(Rebuild, shifts_that_ended_meanwhile_have_ended) {
  Shop shop(two_skills(), Shop::Holding{});
  shop.agent(0, {.shift_end = 1'000});
  shop.visitor(1);
  shop.now = 5'000;
  shop.tell(Started{});
  EXPECT_TRUE(shop.waits(1));
  EXPECT_EQ(shop.router.counts().agents_on_duty, 0u);
}

TEST(Override, R2_a_restored_assignment_may_exceed_capacity_and_takes_her_from_the_queue) {
  Shop shop;
  shop.agent(0);
  shop.chat(1);
  shop.visitor(2);
  shop.tell(AssignmentRestored{ConversationId(2), AgentId(0), AssignmentState::active, shop.visit({}), 0});
  EXPECT_EQ(shop.with(2), 0);
  EXPECT_EQ(shop.router.agent(AgentId(0))->used_units, 8);
  EXPECT_EQ(shop.router.counts().waiting, 0u);
}

TEST(WishChange, R3_keeps_her_place) {
  Shop shop;
  shop.agent(0, {.persona = kBold});
  shop.visitor(1, {.wish = strict(kFresh)});
  shop.now = 9'000;
  shop.tell(WishChanged{ConversationId(1), Wish{}});
  EXPECT_EQ(shop.with(1), 0);
  EXPECT_EQ(shop.decided<Offer>()->waited_ms, 9'000);
}

TEST(PolicyChange, R4_takes_effect_on_those_who_wait) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0, {.skills = {{kPresale, 1}}});
  shop.visitor(1);
  ASSERT_TRUE(shop.waits(1));
  policy.overflow_ms[1] = 0;
  shop.tell(PolicyChanged{policy});
  EXPECT_EQ(shop.with(1), 0);
}

TEST(PolicyChange, a_skill_that_is_gone_rejects_its_visitors_and_the_rest_stay) {
  Shop shop;
  shop.agent(0, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .capacity = 2});
  shop.chat(1);
  shop.chat(2, {.skill = kAftersale});
  shop.visitor(3, {.tier = 2});
  shop.visitor(4, {.skill = kAftersale, .last = AgentId(0)});
  Policy policy = two_skills();
  policy.target_ms = {30'000};
  policy.tiers.resize(1);
  policy.persona_count = 1;
  shop.tell(PolicyChanged{policy});
  ASSERT_NE(shop.decided<Reject>(), nullptr);
  EXPECT_EQ(shop.decided<Reject>()->conversation, ConversationId(4));
  EXPECT_EQ(shop.router.counts().waiting, 1u);
  shop.end(2);
  EXPECT_EQ(shop.with(3), 0);
}

TEST(PolicyChange, a_skill_that_comes_back_is_nobodys_until_somebody_is_given_it) {
  Shop shop;
  shop.agent(0, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .capacity = 2});
  Policy one_skill = two_skills();
  one_skill.target_ms.resize(1);
  shop.tell(PolicyChanged{one_skill});
  shop.tell(PolicyChanged{two_skills()});
  shop.visitor(1, {.skill = kAftersale, .last = AgentId(0)});
  EXPECT_TRUE(shop.waits(1));
}

TEST(Nonsense, is_refused_and_changes_nothing) {
  Shop shop;
  shop.agent(0);
  const Counts before = shop.router.counts();
  const Event nonsense[] = {
      AgentConfigured{AgentId(kAgentsMax), {}, std::nullopt, 1, std::nullopt, std::nullopt},
      AgentConfigured{AgentId(1), {{SkillId(9), 0}}, std::nullopt, 1, std::nullopt, std::nullopt},
      AgentConfigured{
          AgentId(1), {{kPresale, 0}, {kPresale, 1}}, std::nullopt, 1, std::nullopt, std::nullopt},
      AgentConfigured{AgentId(1), {}, PersonaId(9), 1, std::nullopt, std::nullopt},
      AgentConfigured{AgentId(1), {}, std::nullopt, -1, std::nullopt, std::nullopt},
      AgentStatusChanged{AgentId(5), AgentStatus::available},
      AgentLineChanged{AgentId(5), AgentLine::lost},
      VisitorLeft{ConversationId(5)},
      ChatEnded{ConversationId(5)},
      ChatParked{ConversationId(5)},
      WishChanged{ConversationId(5), {}},
      OfferAccepted{ConversationId(5), AgentId(0)},
      VisitorArrived{ConversationId(5), {SkillId(7), {}, {}, std::nullopt, {}, 0}},
      VisitorArrived{ConversationId(5), {kPresale, {}, {}, AgentId(UINT32_MAX), {}, 0}},
      AssignmentRestored{ConversationId(5), AgentId(9), AssignmentState::active, {}, 0},
      Started{},
  };
  for (const Event& event : nonsense) shop.tell(event);
  EXPECT_EQ(shop.router.refused_events(), std::size(nonsense));
  EXPECT_EQ(shop.router.counts(), before);
}

TEST(Nonsense, time_never_runs_backwards) {
  Shop shop;
  shop.now = 10'000;
  shop.visitor(1);
  shop.now = 5'000;
  shop.visitor(2);
  EXPECT_EQ(shop.router.now(), 10'000);
  shop.now = 20'000;
  shop.visitor(3, {.entered_at = 99'000});  // in the future counts as now
  EXPECT_EQ(shop.router.conversation(ConversationId(3))->entered_at, 20'000);
}

}  // namespace
}  // namespace switchboard::router
