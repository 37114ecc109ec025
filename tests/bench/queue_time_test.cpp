// Waits told apart from what the machine took, and unlawful offers seen.
#include "bench/shopday/queue_time.hpp"

#include <gtest/gtest.h>

#include "bench/shopday/lawful.hpp"

namespace switchboard::shopday {
namespace {

using check::Transition;

TEST(QueueTimes, a_place_that_was_free_is_no_wait_whatever_the_machine_took) {
  const QueueTimes times =
      queue_times({{'P', "", "a", 0}, {'O', "c", "", 1'000}, {'F', "c", "a", 1'007}}, 100);
  EXPECT_EQ(times.mean_ms, 0);
  EXPECT_EQ(times.lag_p50_ms, 7);
}

TEST(QueueTimes, a_wait_ends_when_the_place_falls_free) {
  const QueueTimes times = queue_times({{'O', "b", "", 0},
                                        {'F', "b", "a", 3},
                                        {'O', "c", "", 1'000},
                                        {'Z', "b", "", 1'500},
                                        {'F', "c", "a", 1'505}},
                                       100);
  EXPECT_EQ(times.mean_ms, 500.0 / 2);
}

TEST(QueueTimes, who_leaves_has_waited_up_to_then_and_an_offer_taken_back_is_not_a_second_wait) {
  EXPECT_EQ(queue_times({{'O', "c", "", 0}, {'Z', "c", "", 800}}, 100).mean_ms, 800);
  EXPECT_EQ(queue_times({{'O', "c", "", 0},
                         {'F', "c", "a", 2},
                         {'D', "c", "", 400},
                         {'F', "c", "b", 402},
                         {'Z', "c", "", 900}},
                        100)
                .mean_ms,
            0);
}

TEST(QueueTimes, a_hold_that_ends_is_a_wait_though_somebody_was_free) {
  const QueueTimes times = queue_times(
      {{'O', "b", "", 0}, {'F', "b", "a", 4}, {'O', "c", "", 1'000}, {'F', "c", "a", 1'204}}, 100);
  EXPECT_EQ(times.mean_ms, 200.0 / 2);  // with the usual 4 ms behind it
}

class Offers : public testing::Test {
 protected:
  Offers() {
    trace.roster = {{"a", 0, 10'000, 1, {{"presale", 0}}, "fresh", 1'000}};
    visit.skill = "presale";
  }
  std::size_t unlawful(const std::vector<Transition>& stream) const {
    return unlawful_offers(stream, trace, {{"c", &visit}, {"d", &visit}}, {1'000'000, 10, 100}).size();
  }
  Trace trace;
  Arrival visit;
};

TEST_F(Offers, of_a_place_on_shift_to_whom_he_can_serve_are_lawful) {
  visit.strict = true;
  visit.persona = "fresh";
  EXPECT_EQ(unlawful({{'F', "c", "a", 1'000'500}, {'Z', "c", "", 1'000'600}, {'F', "d", "a", 1'000'600}}),
            0u);
}

TEST_F(Offers, beyond_skill_persona_places_or_shift_are_seen) {
  EXPECT_EQ(unlawful({{'F', "c", "b", 1'000'500}}), 1u);
  EXPECT_EQ(unlawful({{'F', "c", "a", 1'001'011}}), 1u);
  EXPECT_EQ(unlawful({{'F', "c", "a", 1'000'500}, {'F', "d", "a", 1'000'600}}), 1u);
  EXPECT_EQ(unlawful({{'F', "c", "a", 1'000'500}, {'F', "c", "a", 1'000'600}}), 1u);
  visit.strict = true;
  visit.persona = "bold";
  EXPECT_EQ(unlawful({{'F', "c", "a", 1'000'500}}), 1u);
  visit = {};
  visit.skill = "logistics";
  EXPECT_EQ(unlawful({{'F', "c", "a", 1'000'500}}), 1u);
}

}  // namespace
}  // namespace switchboard::shopday
