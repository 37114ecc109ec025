// 2.11 and 2.12: how long, and what if too long. 2.13: what is told about it.
#include <cmath>

#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

TEST(Rule_2_11, with_nobody_on_shift_she_may_leave_a_message_and_still_waits) {
  Shop shop;
  shop.agent(0, {.skills = {{kAftersale, 0}}});
  shop.visitor(1);
  ASSERT_NE(shop.decided<OfferToLeaveMessage>(), nullptr);
  EXPECT_EQ(shop.decided<OfferToLeaveMessage>()->reason, LeaveMessageReason::nobody_on_shift);
  EXPECT_TRUE(shop.waits(1));
  shop.agent(1);
  EXPECT_EQ(shop.with(1), 1);
}

TEST(Rule_2_11, a_strict_wish_nobody_on_shift_can_meet) {
  Shop shop;
  shop.agent(0, {.persona = kBold});
  shop.visitor(1, {.wish = strict(kFresh)});
  ASSERT_NE(shop.decided<OfferToLeaveMessage>(), nullptr);
  EXPECT_EQ(shop.decided<OfferToLeaveMessage>()->reason, LeaveMessageReason::persona_not_on_shift);
  EXPECT_EQ(shop.router.availability(kPresale, kFresh).on_duty, 0u);
  EXPECT_EQ(shop.router.availability(kPresale, kBold).free_places, 1u);
}

TEST(Rule_2_11, a_wait_expected_to_be_longer_than_max_wait) {
  Policy policy = two_skills();
  policy.max_wait_ms = 200'000;
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.visitor(2);  // 300 s * 2/3 = 200 s
  EXPECT_EQ(shop.decided<OfferToLeaveMessage>(), nullptr);
  shop.visitor(3);
  ASSERT_NE(shop.decided<OfferToLeaveMessage>(), nullptr);
  EXPECT_EQ(shop.decided<OfferToLeaveMessage>()->reason, LeaveMessageReason::max_wait);
  EXPECT_EQ(shop.decided<OfferToLeaveMessage>()->eta_p50_ms, 500'000);
}

TEST(Rule_2_12, the_quantiles_are_those_of_the_formula) {
  for (const int busy : {1, 3, 10}) {
    Shop shop;
    for (int i = 0; i < busy; ++i) {
      shop.agent(static_cast<std::uint32_t>(i));
      shop.chat(1000 + static_cast<std::uint64_t>(i));
    }
    for (std::uint64_t m = 0; m < 60; ++m) {
      shop.visitor(m + 1);
      const Eta eta = *shop.router.eta(ConversationId(m + 1));
      const double n = static_cast<double>(m) + 1;
      const double mean = 300'000 * n / busy;
      EXPECT_NEAR(static_cast<double>(eta.p50_ms), 300'000 * (n - 1.0 / 3) / busy, 2);
      EXPECT_NEAR(static_cast<double>(eta.p90_ms),
                  mean * std::pow(1 - 1 / (9 * n) + 1.2816 / (3 * std::sqrt(n)), 3), mean * 1e-4);
    }
  }
}

TEST(Rule_2_12, who_may_go_at_once_waits_nothing_and_whom_nobody_can_serve_gets_no_promise) {
  Shop shop;
  shop.agent(0, {.persona = kBold});
  EXPECT_EQ(shop.router.eta(shop.visit({})), (Eta{0, 0}));
  EXPECT_FALSE(shop.router.eta(shop.visit({.wish = strict(kFresh)})));
  EXPECT_FALSE(shop.router.eta(ConversationId(5)));
}

TEST(Rule_2_12, position_is_in_score_order) {
  Shop shop;
  shop.visitor(1);
  shop.now = 10'000;
  shop.visitor(2);
  shop.visitor(3, {.tier = 2});
  EXPECT_EQ(shop.router.position(ConversationId(3)), 1u);
  EXPECT_EQ(shop.router.position(ConversationId(1)), 2u);
  EXPECT_EQ(shop.router.position(ConversationId(2)), 3u);
  EXPECT_EQ(shop.router.queue(kPresale, 2),
            (std::vector<ConversationId>{ConversationId(3), ConversationId(1)}));
}

TEST(Rule_2_13, a_record_tells_the_event_the_counts_the_winner_and_the_runner_up) {
  Shop shop;
  shop.agent(0, {.persona = kBold, .capacity = 4});
  shop.agent(1, {.skills = {{kPresale, 1}}, .capacity = 4});
  shop.agent(2);
  shop.agent(3, {.capacity = 4});
  shop.now = 50;
  shop.visitor(1, {.last = AgentId(2)});
  shop.now = 100;
  shop.visitor(2);
  const Offer offer = *shop.decided<Offer>();
  const auto& why = std::get<AgentChoice>(offer.record.why);
  EXPECT_EQ(offer.record.sequence, 2u);
  EXPECT_EQ(offer.record.event, shop.router.events_handled());
  EXPECT_STREQ(event_name(offer.record.cause), "visitor_arrived");
  EXPECT_EQ(offer.record.now, 100);
  EXPECT_EQ(why.on_duty, 4u);
  EXPECT_EQ(why.not_open, 1u);
  EXPECT_EQ(why.candidates, 3u);
  EXPECT_EQ(why.winner.agent, AgentId(0));
  EXPECT_EQ(why.runner_up->agent, AgentId(3));
  EXPECT_EQ(to_line(offer),
            "offer conversation=2 agent=0 rule=best_agent waited=0 seq=2 event=11 cause=visitor_arrived "
            "now=100 on_duty=4 "
            "not_open=1 level_closed=0 other_persona=0 excluded=0 candidates=3 winner=0 taper=0 level=0 "
            "load=0 demand=0 "
            "last=never runner_up=3 taper=0 level=0 load=0 demand=0 last=never");
}

TEST(Rule_2_13, a_record_of_2_4_counts_heads_by_what_became_of_them) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  policy.handling_start_ms = 10'000;
  Shop shop(policy);
  shop.agent(0, {.skills = {{kPresale, 0}, {kAftersale, 1}}, .persona = kBold});
  shop.agent(1, {.skills = {{kPresale, 0}, {kAftersale, 0}}, .persona = kFresh});
  shop.chat(100);
  shop.chat(101);
  ASSERT_EQ(shop.with(100), 0);
  shop.now = 1'000;
  shop.visitor(1, {.wish = strict(kFresh)});  // strict about another
  shop.visitor(2, {.wish = prefer(kFresh)});  // held for the persona
  shop.visitor(3, {.last = AgentId(1)});      // held for her last agent; behind her
  shop.visitor(4);                            // the runner-up
  shop.visitor(5, {.tier = 1});               // the winner
  shop.visitor(6, {.skill = kAftersale});     // his level is not yet open
  shop.visitor(7, {.tier = 2, .last = AgentId(7)});
  shop.now = 2'000;
  shop.end(100);
  ASSERT_EQ(shop.with(7), 0);
  const auto& why = std::get<VisitorChoice>(shop.decided<Offer>()->record.why);
  EXPECT_EQ(why.heads, 6u);
  EXPECT_EQ(why.strict_other, 1u);
  EXPECT_EQ(why.held, 2u);
  EXPECT_EQ(why.level_closed, 1u);
  EXPECT_EQ(why.excluded, 0u);
  EXPECT_EQ(why.candidates, 3u);
  EXPECT_EQ(why.winner.score, (1'000 + 60'000) * 2'000 * 1'000LL);
  EXPECT_EQ(why.runner_up->conversation, ConversationId(5));
  EXPECT_EQ(why.runner_up->score, (1'000 + 30'000) * 1'500 * 1'000LL);
}

TEST(Rule_2_13, the_table_of_candidates_gives_everyone_a_reason) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.agent(1, {.skills = {{kPresale, 1}}});
  shop.agent(2, {.skills = {{kAftersale, 0}}});
  shop.agent(3);
  shop.status(3, AgentStatus::on_break);
  shop.visitor(2);
  std::vector<Verdict> verdicts;
  for (const Candidate& c : shop.router.candidates(ConversationId(2))) verdicts.push_back(c.verdict);
  EXPECT_EQ(verdicts, (std::vector<Verdict>{Verdict::not_open, Verdict::level_closed, Verdict::no_skill,
                                            Verdict::not_on_duty}));
}

}  // namespace
}  // namespace switchboard::router
