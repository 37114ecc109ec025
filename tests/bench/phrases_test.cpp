// The made-up texts have the sizes that the real sessions had.
#include "bench/shopday/phrases.hpp"

#include <gtest/gtest.h>

#include "server/net/utf8.hpp"

namespace switchboard::shopday {
namespace {

TEST(Phrases, sessions_are_as_long_as_the_real_ones) {
  std::mt19937_64 random(1);
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    const int n = utterances(random);
    ASSERT_GE(n, 5);
    ASSERT_LE(n, 30);
    sum += n;
  }
  EXPECT_NEAR(sum / 20'000, 9.86, 0.2);
}

TEST(Phrases, agents_write_several_times_as_much_as_shoppers) {
  std::mt19937_64 random(1);
  double shopper = 0, agent = 0;
  for (int i = 0; i < 5'000; ++i) {
    shopper += static_cast<double>(shopper_text(random).size());
    agent += static_cast<double>(agent_text(random).size());
  }
  EXPECT_GT(agent / shopper, 5.0);
  EXPECT_LT(agent / 5'000, 1'000.0);
}

TEST(Phrases, the_same_seed_writes_the_same) {
  std::mt19937_64 a(5), b(5);
  EXPECT_EQ(agent_text(a), agent_text(b));
}

TEST(Phrases, a_text_of_a_wanted_size_ends_at_a_whole_character) {
  for (std::size_t octets = 1; octets < 200; ++octets) {
    const auto text = text_of_octets(3, octets);
    EXPECT_LE(text.size(), octets);
    EXPECT_GT(text.size() + 3, octets);
    EXPECT_TRUE(net::is_utf8(text)) << octets;
  }
}

}  // namespace
}  // namespace switchboard::shopday
