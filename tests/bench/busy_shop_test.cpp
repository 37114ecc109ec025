// The load of the router's bench is a lawful one, and the report draws what was measured.
#include "bench/router/busy_shop.hpp"

#include <gtest/gtest.h>

#include "bench/router/page.hpp"

namespace switchboard::bench {
namespace {

TEST(BusyShop, keeps_so_many_waiting_and_the_router_agrees_with_a_recount) {
  for (const int waiting : {0, 300}) {
    BusyShop shop({60, 4, 4, waiting});
    Meter meter;
    for (int i = 0; i < 2'000; ++i) shop.turn(&meter);
    EXPECT_NEAR(shop.counts().waiting, waiting, 60);
    EXPECT_EQ(shop.self_check(), "");
    EXPECT_GT(meter.all.count(), 6'000u);
    EXPECT_GT(meter.lines.count(), 1'000u);
  }
}

TEST(BusyShop, survives_its_worst_moments) {
  BusyShop shop({60, 4, 4, 300});
  EXPECT_GT(shop.shifts_end(20), 0);
  EXPECT_GT(shop.lines_lost(20), 0);
  EXPECT_GT(shop.agents_come_on(20), 0);
  EXPECT_GT(shop.policy_changes(), 0);
  shop.crowd_arrives(500);
  EXPECT_GT(shop.sleeps(60'000), 0);
  EXPECT_GT(shop.rebuild(), 0);
  EXPECT_EQ(shop.self_check(), "");
  for (int i = 0; i < 500; ++i) shop.turn(nullptr);
  EXPECT_EQ(shop.self_check(), "");
}

TEST(RouterPage, draws_every_growth_and_lists_every_size) {
  RouterCost cost;
  cost.growths = {{"agents", {{.mean_us = 1}, {.mean_us = 2}}, {10, 1'000}}, {"waiting", {{}}, {5}}};
  cost.worst = {{"a moment", 1.5}};
  const std::string html = router_sections(cost);
  EXPECT_NE(html.find("1,000 agents, mean 2.00"), std::string::npos);
  EXPECT_NE(html.find("a moment</th><td>1.500 ms"), std::string::npos);
  EXPECT_EQ(html.find("nan"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace switchboard::bench
