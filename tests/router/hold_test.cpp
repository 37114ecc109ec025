// 2.5: holds must be worth it, at their beginning and all the time.
#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

// `busy` agents of the wanted persona, all full, and one free agent of another.
struct Floor : Shop {
  Floor(Millis handling, int busy) : Shop(policy(handling)) {
    for (int i = 0; i < busy; ++i) {
      const auto id = static_cast<std::uint32_t>(i);
      agent(id, {.persona = kFresh});
      chat(1000 + id, {.wish = strict(kFresh)});
    }
    agent(100, {.persona = kBold, .capacity = 9});
  }
  static Policy policy(Millis handling) {
    Policy p = two_skills();
    p.handling_start_ms = handling;
    return p;
  }
};

TEST(Rule_2_5, h_times_m_plus_1_against_hold_times_busy_places) {
  {
    Floor shop(60'000, 3);  // 60 <= 20 * 3
    shop.visitor(1, {.wish = prefer(kFresh)});
    EXPECT_TRUE(shop.held(1));
  }
  {
    Floor shop(60'001, 3);
    shop.visitor(1, {.wish = prefer(kFresh)});
    EXPECT_EQ(shop.with(1), 100);
  }
}

TEST(Rule_2_5, those_ahead_who_want_the_same_count_whatever_their_class) {
  Floor shop(30'000, 3);  // worth it for the first two
  shop.visitor(1, {.wish = strict(kFresh)});
  shop.visitor(2, {.wish = prefer(kFresh)});
  shop.visitor(3, {.wish = prefer(kFresh), .tier = 1});
  EXPECT_TRUE(shop.waits(1));
  EXPECT_TRUE(shop.held(2));
  EXPECT_EQ(shop.with(3), 100);
}

TEST(Rule_2_5, worth_of_nothing_means_never) {
  Policy policy = Floor::policy(1'000);
  policy.persona_worth_pm = 0;
  Shop shop(policy);
  shop.agent(0, {.persona = kFresh});
  shop.chat(1, {.wish = strict(kFresh)});
  shop.agent(1, {.persona = kBold});
  shop.visitor(2, {.wish = prefer(kFresh)});
  EXPECT_EQ(shop.with(2), 1);
}

TEST(Rule_2_5, a_hold_ends_when_busy_agents_of_the_persona_go) {
  Floor shop(60'000, 3);
  shop.visitor(1, {.wish = prefer(kFresh)});
  ASSERT_TRUE(shop.held(1));
  shop.status(0, AgentStatus::drain);
  EXPECT_EQ(shop.with(1), 100);
}

TEST(Rule_2_5, a_hold_ends_when_somebody_gets_in_ahead) {
  Floor shop(60'000, 3);
  shop.visitor(1, {.wish = prefer(kFresh)});
  ASSERT_TRUE(shop.held(1));
  shop.visitor(2, {.wish = strict(kFresh), .entered_at = -5'000});
  EXPECT_EQ(shop.with(1), 100);
}

TEST(Rule_2_5, a_hold_ends_when_chats_turn_out_longer) {
  Floor shop(60'000, 3);
  shop.chat(1, {.wish = strict(kBold)});
  shop.now = 100'000;
  shop.visitor(2, {.wish = prefer(kFresh)});
  ASSERT_TRUE(shop.held(2));
  shop.end(1);  // it took 100 s
  EXPECT_EQ(shop.with(2), 100);
}

TEST(Rule_2_5, a_hold_ends_when_chats_turn_out_longer_though_no_place_becomes_free) {
  Floor shop(60'000, 3);
  shop.agent(101, {.persona = kBold});
  shop.visitor(1, {.wish = strict(kBold), .last = AgentId(101)});
  shop.accept(1);
  shop.status(101, AgentStatus::drain);
  shop.now = 100'000;
  shop.visitor(2, {.wish = prefer(kFresh)});
  ASSERT_TRUE(shop.held(2));
  shop.end(1);  // it took 100 s
  EXPECT_EQ(shop.with(2), 100);
}

TEST(Rule_2_5, the_mean_handling_time_moves_by_one_64th_of_chats_that_ended) {
  Shop shop;
  shop.agent(0);
  EXPECT_EQ(shop.router.mean_handling_ms(kPresale), 300'000);
  shop.chat(1);
  shop.now = 940'000;
  shop.end(1);
  EXPECT_EQ(shop.router.mean_handling_ms(kPresale), 310'000);
  EXPECT_EQ(shop.router.mean_handling_ms(kAftersale), 300'000);
  shop.visitor(2);
  shop.now = 10'000'000;
  shop.leave(2);  // was offered, never begun
  EXPECT_EQ(shop.router.mean_handling_ms(kPresale), 310'000);
}

}  // namespace
}  // namespace switchboard::router
