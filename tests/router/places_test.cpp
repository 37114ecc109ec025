// 2.8 places, 2.9 offers, 2.10 agents who go.
#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

TEST(Rule_2_8, R2_a_place_is_taken_at_the_offer_and_freed_at_refusal_miss_leaving_and_end) {
  Shop shop;
  shop.agent(0, {.capacity = 2});
  const auto used = [&] { return shop.router.agent(AgentId(0))->used_units; };
  shop.visitor(1);
  EXPECT_EQ(used(), 4);
  shop.accept(1);
  EXPECT_EQ(used(), 4);
  shop.visitor(2);
  shop.visitor(3);
  EXPECT_TRUE(shop.waits(3));
  EXPECT_EQ(used(), 8);
  shop.leave(2);
  EXPECT_EQ(shop.with(3), 0);
  shop.end(1);
  EXPECT_EQ(used(), 4);
  shop.leave(3);
  EXPECT_EQ(used(), 0);
}

TEST(Rule_2_8, parked_chats_take_a_quarter_of_a_place) {
  Shop shop;
  shop.agent(0, {.capacity = 1});
  shop.chat(1);
  shop.tell(ChatParked{ConversationId(1)});
  EXPECT_EQ(shop.router.agent(AgentId(0))->used_units, 1);
  shop.visitor(2);
  EXPECT_TRUE(shop.waits(2));  // 1 + 4 > 4
  shop.agent(1, {.capacity = 2});
  shop.accept(2);
  ASSERT_EQ(shop.with(2), 1);
  for (std::uint64_t id = 3; id <= 5; ++id) {
    shop.tell(ChatParked{ConversationId(id - 1)});
    shop.chat(id);
    EXPECT_EQ(shop.with(id), 1);
  }
  shop.visitor(6);  // three parked, one active: 7 units
  EXPECT_TRUE(shop.waits(6));
}

TEST(Rule_2_8, R2_another_share_of_a_place_holds_for_those_parked_before) {
  Shop shop;
  shop.agent(0, {.capacity = 2});
  shop.chat(1);
  shop.chat(2);
  shop.tell(ChatParked{ConversationId(1)});
  EXPECT_EQ(shop.router.agent(AgentId(0))->used_units, 5);
  shop.visitor(3);
  EXPECT_TRUE(shop.waits(3));  // 5 + 4 > 8
  Policy policy = two_skills();
  policy.park_units = 0;
  shop.tell(PolicyChanged{policy});
  EXPECT_EQ(shop.with(3), 0);  // a place became free, and at once it is hers
  policy.park_units = 3;
  shop.tell(PolicyChanged{policy});
  EXPECT_EQ(shop.router.agent(AgentId(0))->used_units, 11);

  Router rebuilt(policy);  // from the facts, as a new chapter of the record is
  for (const Event& fact : shop.router.facts()) rebuilt.handle(fact, shop.now);
  rebuilt.handle(Started{}, shop.now);
  EXPECT_EQ(rebuilt.agent(AgentId(0))->used_units, 11);
}

TEST(Rule_2_8, a_parked_chat_that_wakes_may_exceed_capacity_and_then_no_offer_till_back_under) {
  Policy policy = two_skills();
  policy.park_units = 0;
  Shop shop(policy);
  shop.agent(0, {.capacity = 1});
  shop.chat(1);
  shop.tell(ChatParked{ConversationId(1)});
  shop.chat(2);
  shop.tell(ChatWoken{ConversationId(1)});
  EXPECT_EQ(shop.router.agent(AgentId(0))->used_units, 8);
  shop.visitor(3);
  shop.end(1);
  EXPECT_TRUE(shop.waits(3));
  shop.end(2);
  EXPECT_EQ(shop.with(3), 0);
}

TEST(Rule_2_9, R3_a_refused_visitor_keeps_her_time_and_goes_to_another) {
  Shop shop;
  shop.agent(0);
  shop.agent(1);
  shop.visitor(1);
  shop.now = 7'000;
  shop.refuse(1);
  EXPECT_EQ(shop.with(1), 1);
  EXPECT_EQ(shop.decided<Offer>()->waited_ms, 7'000);
}

TEST(Rule_2_9, who_refused_her_is_excluded_for_thirty_seconds) {
  Shop shop;
  shop.agent(0);
  shop.agent(1);
  shop.chat(10);
  shop.chat(11);
  shop.end(10);
  shop.visitor(1);
  ASSERT_EQ(shop.with(1), 0);
  shop.refuse(1);
  EXPECT_TRUE(shop.waits(1));
  shop.visitor(2);  // those behind her may pass where she may not go
  EXPECT_EQ(shop.with(2), 0);
  shop.leave(2);
  shop.until(29'999);
  EXPECT_TRUE(shop.waits(1));
  shop.until(30'000);
  EXPECT_EQ(shop.with(1), 0);
}

TEST(Rule_2_9, when_all_are_excluded_the_exclusion_falls_at_once) {
  Shop shop;
  shop.agent(0);
  shop.visitor(1);
  shop.refuse(1);
  EXPECT_EQ(shop.with(1), 0);
  shop.agent(1);
  shop.refuse(1);
  ASSERT_EQ(shop.with(1), 1);
  shop.refuse(1);
  EXPECT_FALSE(shop.waits(1));
}

TEST(Rule_2_9, the_exclusion_falls_also_when_everybody_else_goes) {
  Shop shop;
  shop.agent(0);
  shop.agent(1);
  shop.chat(10);
  shop.chat(11);
  shop.end(10);
  shop.visitor(1);
  shop.refuse(1);
  ASSERT_TRUE(shop.waits(1));
  shop.status(1, AgentStatus::offline);
  EXPECT_EQ(shop.with(1), 0);
}

TEST(Rule_2_9, two_misses_in_a_row_put_him_on_break) {
  Shop shop;
  shop.agent(0);
  shop.visitor(1);
  shop.miss(1);
  EXPECT_EQ(shop.decided<PutOnBreak>(), nullptr);
  shop.miss(1);
  ASSERT_NE(shop.decided<PutOnBreak>(), nullptr);
  EXPECT_EQ(shop.decided<PutOnBreak>()->agent, AgentId(0));
  EXPECT_TRUE(shop.waits(1));
  EXPECT_EQ(shop.router.agent(AgentId(0))->status, AgentStatus::on_break);
  shop.status(0, AgentStatus::on_break);  // the desk says it too: nothing new
  EXPECT_TRUE(shop.decisions.empty());
  shop.until(40'000);
  shop.status(0, AgentStatus::available);
  EXPECT_EQ(shop.with(1), 0);
}

TEST(Rule_2_9, an_answer_between_two_misses_breaks_the_row) {
  Shop shop;
  shop.agent(0, {.capacity = 3});
  shop.visitor(1);
  shop.miss(1);
  shop.accept(1);
  shop.visitor(2);
  shop.miss(2);
  EXPECT_EQ(shop.decided<PutOnBreak>(), nullptr);
}

TEST(Rule_2_9, a_refusal_and_coming_back_break_the_row_too) {
  Shop shop;
  shop.agent(0);
  shop.visitor(1);
  shop.miss(1);
  shop.refuse(1);
  shop.miss(1);
  EXPECT_EQ(shop.decided<PutOnBreak>(), nullptr);
  shop.status(0, AgentStatus::offline);
  shop.status(0, AgentStatus::available);
  shop.until(30'000);
  shop.miss(1);
  EXPECT_EQ(shop.decided<PutOnBreak>(), nullptr);
  shop.miss(1);
  EXPECT_NE(shop.decided<PutOnBreak>(), nullptr);
}

TEST(Rule_2_9, R1_an_offer_that_the_store_refused_leaves_no_mark_but_a_short_pause) {
  Shop shop;
  shop.agent(0);
  shop.visitor(1);
  shop.unmake(1);
  EXPECT_TRUE(shop.waits(1));
  EXPECT_EQ(shop.router.agent(AgentId(0))->used_units, 0);
  shop.until(249);
  EXPECT_TRUE(shop.waits(1));
  shop.until(250);
  EXPECT_EQ(shop.with(1), 0);
}

TEST(Rule_2_9, answers_to_offers_that_do_not_stand_are_refused) {
  Shop shop;
  shop.agent(0);
  shop.agent(1);
  shop.visitor(1);
  shop.tell(OfferRefused{ConversationId(1), AgentId(1)});
  shop.tell(OfferMissed{ConversationId(2), AgentId(0)});
  EXPECT_EQ(shop.router.refused_events(), 2u);
  EXPECT_EQ(shop.with(1), 0);
}

TEST(Rule_2_9, an_acceptance_that_came_before_he_heard_of_the_withdrawal_stands) {
  Shop shop;
  shop.agent(0);
  shop.visitor(1);
  shop.status(0, AgentStatus::drain);
  ASSERT_TRUE(shop.waits(1));
  shop.tell(OfferAccepted{ConversationId(1), AgentId(0)});
  EXPECT_EQ(shop.with(1), 0);
  EXPECT_EQ(shop.router.counts().active, 1u);
}

TEST(Rule_2_10, from_drain_on_no_offer_and_an_unanswered_one_is_withdrawn) {
  Shop shop;
  shop.agent(0, {.capacity = 3});
  shop.chat(1);
  shop.visitor(2);
  shop.agent(1, {.capacity = 1});
  shop.status(0, AgentStatus::drain);
  ASSERT_NE(shop.decided<Withdraw>(), nullptr);
  EXPECT_EQ(shop.decided<Withdraw>()->conversation, ConversationId(2));
  EXPECT_EQ(shop.with(2), 1);
  EXPECT_EQ(shop.with(1), 0);  // open chats may finish
  shop.visitor(3);
  EXPECT_TRUE(shop.waits(3));
}

TEST(Rule_2_10, the_end_of_a_shift_comes_by_itself_and_before_everything_else_at_that_instant) {
  Shop shop;
  shop.agent(0, {.shift_end = 60'000});
  shop.chat(1);
  shop.visitor(2);
  EXPECT_EQ(shop.router.next_deadline(), 10'000);  // an overflow step of hers; the shift is behind it
  shop.now = 60'000;
  shop.end(1);
  EXPECT_TRUE(shop.waits(2));
  EXPECT_FALSE(shop.router.agent(AgentId(0))->on_duty);
}

TEST(Rule_2_10, visitors_held_for_him_are_released_in_the_same_instant) {
  Policy policy = two_skills();
  policy.handling_start_ms = 10'000;
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.agent(1);
  shop.visitor(2, {.last = AgentId(0)});
  ASSERT_TRUE(shop.held(2));
  shop.status(0, AgentStatus::drain);
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_10, R3_R5_a_lost_agents_chats_re_enter_with_their_own_time_first_in_line) {
  Shop shop;
  shop.agent(0, {.capacity = 2});
  shop.chat(1);
  shop.now = 5'000;
  shop.visitor(2);
  shop.now = 20'000;
  shop.visitor(3);
  shop.line(0, AgentLine::suspect);
  EXPECT_EQ(shop.with(1), 0);
  EXPECT_EQ(shop.with(2), 0);  // may still be answered
  shop.visitor(4);
  EXPECT_TRUE(shop.waits(4));
  shop.now = 30'000;
  shop.line(0, AgentLine::lost);
  ASSERT_NE(shop.decided<Requeue>(), nullptr);
  EXPECT_EQ(shop.decided<Requeue>()->conversation, ConversationId(1));
  EXPECT_EQ(shop.decided<Withdraw>()->conversation, ConversationId(2));
  EXPECT_EQ(shop.router.queue(kPresale, 9),
            (std::vector<ConversationId>{ConversationId(1), ConversationId(2), ConversationId(3),
                                         ConversationId(4)}));
  EXPECT_EQ(shop.router.position(ConversationId(1)), 1u);
  shop.agent(1);
  EXPECT_EQ(shop.with(1), 1);
}

TEST(Rule_2_10, R3_of_those_who_lost_their_agent_the_highest_score_goes_first) {
  for (const bool answered : {true, false}) {
    Shop shop;
    shop.agent(0, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .capacity = 3});
    shop.now = 100'000;
    shop.visitor(1, {.entered_at = 90'000});
    shop.visitor(2, {.skill = kAftersale, .entered_at = 60'000});
    shop.visitor(3, {.tier = 2, .entered_at = 70'000});  // (30 + 60) * 2
    if (answered) {
      for (std::uint64_t id = 1; id <= 3; ++id) shop.accept(id);
    }
    shop.agent(1, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .capacity = 2});
    shop.order.clear();
    shop.line(0, AgentLine::lost);
    EXPECT_EQ(shop.order, (std::vector<std::uint64_t>{3, 2}));
    EXPECT_TRUE(shop.waits(1));
  }
}

TEST(Rule_2_10, other_agents_of_an_orphaned_conversation_come_first) {
  Shop shop;
  shop.agent(0, {.capacity = 2});
  shop.agent(1, {.capacity = 4});
  shop.agent(2, {.capacity = 4});
  shop.visitor(1);
  shop.accept(1);
  ASSERT_EQ(shop.with(1), 0);
  // Handed on to agent 2 by a supervisor, who then is lost: agent 0 knows her.
  shop.tell(AssignmentRestored{ConversationId(1), AgentId(2), AssignmentState::active, shop.visit({}), 0});
  shop.chat(2);
  shop.line(2, AgentLine::lost);
  EXPECT_EQ(shop.with(1), 0);
  EXPECT_EQ(shop.decided<Offer>()->rule, Rule::last_agent);
}

TEST(Rule_2_10, a_chat_handed_back_keeps_its_time_and_does_not_return_to_the_same_agent) {
  Shop shop;
  shop.agent(0);
  shop.agent(1);
  shop.chat(1);
  shop.now = 50'000;
  shop.tell(ChatRequeued{ConversationId(1), shop.visit({}), true});
  EXPECT_EQ(shop.with(1), 1);
  EXPECT_EQ(shop.router.conversation(ConversationId(1))->entered_at, 0);
}

}  // namespace
}  // namespace switchboard::router
