// The formulas behind a plan, against each other and against the simulator.
#include "server/simulate/erlang.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "server/simulate/dice.hpp"
#include "server/simulate/dispatcher.hpp"
#include "server/simulate/figures.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::simulate {
namespace {

constexpr Stream kShop{200.0 / 3600, 373, 240};  // 200 chats an hour

TEST(ErlangA, of_200_chats_an_hour_24_places_lose_3_8_percent_and_25_less_than_3) {
  EXPECT_NEAR(100 * erlang_a(kShop, 24).abandon, 3.8, 0.05);
  EXPECT_LT(100 * erlang_a(kShop, 25).abandon, 3.0);
}

// Ten days without a break. Queues last, so the sample is about 6% uncertain; two hundred days agree within
// 1%.
TEST(ErlangA, the_simulator_loses_as_many) {
  const Millis horizon = 240 * Millis{3'600'000};
  for (const int places : {24, 25}) {
    Trace t;
    t.skills = {"presale"};
    t.horizon_ms = horizon;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(places); ++i) {
      t.agents.push_back("a" + std::to_string(i));
      t.shifts.push_back({i, 0, 2 * horizon, 1, {{router::SkillId(0), 0}}, std::nullopt, 1000});
    }
    Dice dice(7);
    for (double at = 0;;) {
      at += dice.exponential(1000 / kShop.arrivals_per_s);
      if (at >= static_cast<double>(horizon)) break;
      Arrival a;
      a.id = static_cast<std::int64_t>(t.arrivals.size());
      a.t_ms = static_cast<Millis>(at);
      a.patience_ms = static_cast<Millis>(dice.exponential(1000 * kShop.patience_s));
      a.handle_ms = static_cast<Millis>(dice.exponential(1000 * kShop.handle_s));
      t.arrivals.push_back(a);
    }
    const auto dispatcher = router_dispatcher(t, policy_for(t));
    const Figures f = figures(t, play(t, *dispatcher, 0));
    const ErlangA theory = erlang_a(kShop, places);
    EXPECT_NEAR(f.abandon_pct, 100 * theory.abandon, 15 * theory.abandon) << places;
    EXPECT_NEAR(f.queue_mean_s, theory.queue_mean_s, 0.15 * theory.queue_mean_s) << places;
  }
}

TEST(ErlangA, with_endless_patience_it_is_erlang_c) {
  const Stream patient{15.0 / 300, 300, 1e9};
  double term = 1, sum = 1;  // 20 places, load 15
  for (int k = 1; k < 20; ++k) sum += term *= 15.0 / k;
  const double last = term * 15 / 20 / (1 - 0.75);
  const double wait_s = last / (sum + last) * 300 / 5;
  EXPECT_NEAR(erlang_a(patient, 20).queue_mean_s, wait_s, 1e-4 * wait_s);
}

TEST(Garnett, the_rule_gives_the_places_that_erlang_a_needs) {
  for (const double per_hour : {60.0, 200.0, 1500.0}) {
    for (const double lost : {0.01, 0.03, 0.08}) {
      Stream s = kShop;
      s.arrivals_per_s = per_hour / 3600;
      const double load = s.arrivals_per_s * s.handle_s;
      const double beta = garnett_beta(load, s.handle_s, s.patience_s, {1, 0, lost});
      const int by_rule = static_cast<int>(std::ceil(load + beta * std::sqrt(load)));
      int exact = 1;
      while (erlang_a(s, exact).abandon > lost) ++exact;
      EXPECT_NEAR(by_rule, exact, 1) << per_hour << ' ' << lost;
    }
  }
}

TEST(Garnett, a_stricter_target_asks_for_more) {
  const auto beta = [](double late) { return garnett_beta(20, 373, 240, {late, 30, 1}); };
  EXPECT_LT(beta(0.5), beta(0.2));
  EXPECT_LT(beta(0.2), beta(0.02));
}

}  // namespace
}  // namespace switchboard::simulate
