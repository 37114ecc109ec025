// 2.12: what those who wait are told comes true, also in a shop that differs from the model.
#include "router/forecast.hpp"

#include <cmath>
#include <random>

#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

constexpr Prospect behind(std::int64_t ahead, std::int64_t busy_places = 10, WishKind wish = WishKind::any) {
  return {SkillId(0), wish, ahead, busy_places * kUnitsPerChat, 300'000};
}

Forecast fresh() {
  Forecast forecast;
  forecast.reshape(1);
  return forecast;
}

TEST(Rule_2_12, those_ahead_who_leave_shorten_the_wait) {
  Forecast forecast = fresh();
  for (int i = 0; i < 1'000; ++i) forecast.wait_over(SkillId(0), 60'000, i % 3 == 0);
  for (const int m : {0, 1, 5, 20, 60}) {
    double mean_ms = 0;  // a place every 30 s, one who waits leaves every 180 s
    for (int k = 0; k <= m; ++k) mean_ms += 1 / (1 / 30e3 + k / 180e3);
    const auto expected = static_cast<double>(forecast.expect(behind(m)).p50_ms);
    EXPECT_NEAR(expected, mean_ms * (1 - 1 / (3.0 * (m + 1))), 0.12 * mean_ms) << m;
    EXPECT_LE(expected, static_cast<double>(fresh().expect(behind(m)).p50_ms)) << m;
  }
}

// Waits twice as long as the formula says, and far more uneven; only those with a wish.
TEST(Rule_2_12, quotes_are_corrected_until_half_and_nine_tenths_come_true) {
  Forecast forecast = fresh();
  std::mt19937_64 dice(5);
  const auto normal = [&] {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(dice() >> 11) * 0x1.0p-53;
    return sum - 6;
  };
  int told = 0, within_p50 = 0, within_p90 = 0;
  for (int i = 0; i < 3'000; ++i) {
    const Prospect p = behind(static_cast<std::int64_t>(dice() % 8), 10, WishKind::prefer);
    const Eta eta = forecast.expect(p);
    const auto waited = static_cast<Millis>(60e3 * static_cast<double>(p.ahead + 1) * std::exp(normal()));
    if (i >= 500) {
      ++told;
      within_p50 += waited <= eta.p50_ms;
      within_p90 += waited <= eta.p90_ms;
    }
    forecast.served_after(p.skill, p.wish, eta, waited);
  }
  EXPECT_NEAR(100.0 * within_p50 / told, 50, 4);
  EXPECT_NEAR(100.0 * within_p90 / told, 90, 3);
}

TEST(Rule_2_12, the_longest_queue_and_the_slowest_shop_stay_in_bounds) {
  Forecast forecast = fresh();
  const Prospect worst{SkillId(0), WishKind::strict, INT64_MAX, 1, 86'400'000};
  for (int i = 0; i < 500; ++i) {
    const Eta eta = forecast.expect(worst);
    ASSERT_GT(eta.p50_ms, 0);
    ASSERT_GE(eta.p90_ms, eta.p50_ms);
    forecast.served_after(worst.skill, worst.wish, eta, INT64_MAX);
    forecast.wait_over(SkillId(0), INT64_MAX, i % 2 == 0);
  }
}

TEST(Rule_2_12, whom_a_free_place_is_not_open_to_yet_is_told_when_it_will_be) {
  Policy policy = two_skills();
  policy.overflow_idle_pm = 1001;
  Shop shop(policy);
  shop.agent(0);
  shop.chat(1);
  shop.agent(1, {.skills = {{kPresale, 1}}});
  shop.visitor(2);
  ASSERT_TRUE(shop.waits(2));
  EXPECT_EQ(shop.router.eta(ConversationId(2)), (Eta{10'000, 10'000}));
  shop.until(4'000);
  shop.tell(Tick{});
  EXPECT_EQ(shop.router.eta(ConversationId(2)), (Eta{6'000, 6'000}));
}

TEST(Rule_2_12, the_next_quote_has_learnt_from_the_last_one) {
  Shop shop;
  shop.agent(0);
  shop.chat(1);
  shop.visitor(2);
  const Eta told = *shop.router.eta(ConversationId(2));
  EXPECT_EQ(told.p50_ms, 200'000);
  shop.now += 900'000;
  shop.end(1);
  ASSERT_EQ(shop.with(2), 0);
  shop.accept(2);
  shop.visitor(3);
  const Eta next = *shop.router.eta(ConversationId(3));
  const Millis handling = 300'000 + 600'000 / 64;
  EXPECT_GT(next.p50_ms, handling * 2 / 3);
  EXPECT_GT(next.p90_ms * 200, told.p90_ms * 201);
}

}  // namespace
}  // namespace switchboard::router
