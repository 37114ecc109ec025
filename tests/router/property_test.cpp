// Random shops from fixed seeds: after every event a slow restatement of the rules agrees with what the
// router did, and with what it left undone.
#include "tests/router/random_shop.hpp"

namespace switchboard::router {
namespace {

// More by -DROUTER_TEST_SEEDS=n.
#ifndef ROUTER_TEST_SEEDS
#define ROUTER_TEST_SEEDS 25
#endif
constexpr std::uint64_t kSeeds = ROUTER_TEST_SEEDS;

class AnyShop : public testing::TestWithParam<std::uint64_t> {};

void run(const RandomShop::Kind& kind) {
  RandomShop shop(kind);
  for (int i = 0; i < 600 && !testing::Test::HasFailure(); ++i) shop.step();
  EXPECT_GT(shop.offers, 0u);
}

int agents(std::uint64_t seed) {
  return 2 + static_cast<int>(seed % 7);
}

TEST_P(AnyShop, R1_R2_R4_R5_every_decision_and_every_wait_is_what_the_rules_say) {
  run({.seed = GetParam(), .agents = agents(GetParam())});
}

TEST_P(AnyShop, R1_R2_R4_R5_and_so_when_few_wait) {
  run({.seed = GetParam(), .calm = true, .agents = agents(GetParam())});
}

TEST_P(AnyShop, R2_R4_hold_with_ramps_and_offers_that_the_store_refuses) {
  run({.seed = GetParam(), .calm = GetParam() % 2 == 0, .pauses = true, .agents = agents(GetParam())});
}

TEST_P(AnyShop, R6_the_same_events_give_the_same_decisions_also_from_a_snapshot) {
  RandomShop shop({.seed = GetParam(), .pauses = true});
  std::optional<Router> snapshot;
  std::size_t events_before = 0, lines_before = 0;
  for (int i = 0; i < 300; ++i) {
    if (HasFailure()) return;
    if (i == 150) {
      snapshot = shop.router;
      events_before = shop.events.size();
      lines_before = shop.log.size();
    }
    shop.step();
  }
  Router again(shop.naive.p);
  std::vector<std::string> replayed, resumed;
  for (std::size_t i = 0; i < shop.events.size(); ++i) {
    const auto& [event, now] = shop.events[i];
    for (const Decision& d : again.handle(event, now)) replayed.push_back(to_line(d));
    if (i < events_before) continue;
    for (const Decision& d : snapshot->handle(event, now)) resumed.push_back(to_line(d));
  }
  EXPECT_EQ(replayed, shop.log);
  EXPECT_EQ(resumed, std::vector<std::string>(shop.log.begin() + static_cast<std::ptrdiff_t>(lines_before),
                                              shop.log.end()));
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyShop, testing::Range<std::uint64_t>(1, kSeeds + 1));

}  // namespace
}  // namespace switchboard::router
