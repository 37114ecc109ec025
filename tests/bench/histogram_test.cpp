#include "bench/load/histogram.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace switchboard::load {
namespace {

TEST(Histogram, an_empty_one_says_zero) {
  const Histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.quantile(0.99), 0);
  EXPECT_EQ(h.mean(), 0.0);
}

TEST(Histogram, small_values_are_exact) {
  Histogram h;
  for (int i = 1; i <= 100; ++i) h.record(i);
  EXPECT_EQ(h.quantile(0.5), 50);
  EXPECT_EQ(h.quantile(0.99), 99);
  EXPECT_EQ(h.quantile(1.0), 100);
  EXPECT_EQ(h.quantile(0.001), 1);
  EXPECT_EQ(h.max(), 100);
  EXPECT_DOUBLE_EQ(h.mean(), 50.5);
}

TEST(Histogram, quantiles_of_any_size_are_right_to_less_than_a_percent) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(10, 3);
  Histogram h;
  std::vector<std::int64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(static_cast<std::int64_t>(draw(random)));
    h.record(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto exact = static_cast<double>(all[static_cast<std::size_t>(share * 20'000) - 1]);
    EXPECT_NEAR(static_cast<double>(h.quantile(share)), exact, exact * 0.008 + 1) << share;
  }
}

TEST(Histogram, the_largest_value_there_is_and_negative_ones_fit) {
  Histogram h;
  h.record(INT64_MAX);
  h.record(-5);
  EXPECT_EQ(h.quantile(1.0), INT64_MAX);
  EXPECT_EQ(h.quantile(0.5), 0);
}

TEST(Histogram, merging_is_recording_both) {
  Histogram a, b, both;
  for (int i = 0; i < 1'000; ++i) {
    a.record(i * 3);
    b.record(i * 500);
    both.record(i * 3);
    both.record(i * 500);
  }
  a.merge(b);
  for (const double share : {0.1, 0.5, 0.9}) EXPECT_EQ(a.quantile(share), both.quantile(share));
  EXPECT_EQ(a.count(), both.count());
}

}  // namespace
}  // namespace switchboard::load
