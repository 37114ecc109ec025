// When a desk looks at which silence.
#include "server/desk/silences.hpp"

#include <gtest/gtest.h>

namespace switchboard::desk {
namespace {

using Numbers = std::vector<std::uint64_t>;

TEST(Silences, are_looked_at_when_due_the_earliest_first_and_once) {
  Silences silences;
  EXPECT_FALSE(silences.next());
  silences.look_at(1, 300);
  silences.look_at(2, 100);
  silences.look_at(3, 200);
  EXPECT_EQ(silences.next(), 100);
  EXPECT_EQ(silences.take_due(99, 10), Numbers{});
  EXPECT_EQ(silences.take_due(250, 10), (Numbers{2, 3}));
  EXPECT_EQ(silences.take_due(250, 10), Numbers{});
  EXPECT_EQ(silences.next(), 300);
}

TEST(Silences, have_one_time_for_each_conversation_the_latest_that_was_noted) {
  Silences silences;
  silences.look_at(1, 100);
  silences.look_at(1, 500);
  EXPECT_EQ(silences.next(), 500);
  silences.look_at(1, 50);
  EXPECT_EQ(silences.take_due(60, 10), Numbers{1});
  EXPECT_FALSE(silences.next());
}

TEST(Silences, of_who_is_forgotten_are_not_looked_at) {
  Silences silences;
  silences.look_at(1, 100);
  silences.look_at(2, 100);
  silences.forget(1);
  silences.forget(7);
  EXPECT_EQ(silences.take_due(100, 10), Numbers{2});
}

TEST(Silences, are_taken_in_steps) {
  Silences silences;
  for (std::uint64_t i = 0; i < 250; ++i) silences.look_at(i, 0);
  EXPECT_EQ(silences.take_due(0, 100).size(), 100u);
  EXPECT_EQ(silences.take_due(0, 100).size(), 100u);
  EXPECT_EQ(silences.take_due(0, 100).size(), 50u);
}

}  // namespace
}  // namespace switchboard::desk
