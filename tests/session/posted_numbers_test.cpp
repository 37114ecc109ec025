// W19: what a connection has posted comes back to it as answers, everything else as entries.
#include "server/session/posted_numbers.hpp"

#include <gtest/gtest.h>

namespace switchboard::session {
namespace {

TEST(PostedNumbers, W19_AreThoseOfThisConnectionAndNoneInBetween) {
  PostedNumbers posted;
  EXPECT_FALSE(posted.contains(1));
  for (const std::uint32_t number : {8u, 10u, 11u, 12u})
    posted.add(number);  // 9 was acknowledged on another line
  for (const std::uint32_t number : {8u, 10u, 11u, 12u}) EXPECT_TRUE(posted.contains(number)) << number;
  for (const std::uint32_t number : {0u, 7u, 9u, 13u}) EXPECT_FALSE(posted.contains(number)) << number;
}

TEST(PostedNumbers, W19_MayComeInAnyOrderAndMoreThanOnce) {
  PostedNumbers posted;
  for (const std::uint32_t number : {5u, 3u, 5u, 4u, 3u, 6u}) posted.add(number);
  for (std::uint32_t number = 0; number < 9; ++number)
    EXPECT_EQ(posted.contains(number), number >= 3 && number <= 6) << number;
}

TEST(PostedNumbers, S2_OfOneWhoLeavesGapsTheOldestAreForgotten) {
  PostedNumbers posted;
  const auto gaps = static_cast<std::uint32_t>(PostedNumbers::runs_max) + 1;
  for (std::uint32_t i = 1; i <= gaps; ++i) posted.add(2 * i);
  EXPECT_FALSE(posted.contains(2));
  EXPECT_TRUE(posted.contains(4));
  EXPECT_TRUE(posted.contains(2 * gaps));
}

TEST(PostedNumbers, CountingOnIsOneRunHoweverLong) {
  PostedNumbers posted;
  for (std::uint32_t number = 1; number <= 100'000; ++number) posted.add(number);
  EXPECT_TRUE(posted.contains(1));
  EXPECT_TRUE(posted.contains(100'000));
}

}  // namespace
}  // namespace switchboard::session
