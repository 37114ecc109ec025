// The line against a sorted set: the same order and the same ranks after anything.
#include "router/waiting_line.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace switchboard::router {
namespace {

TEST(WaitingLine, is_a_sorted_set_with_ranks) {
  std::mt19937_64 dice(5);
  WaitingLine line;
  std::set<std::pair<Millis, std::uint64_t>> naive;
  std::uint64_t next = 1;
  for (int step = 0; step < 60'000; ++step) {
    const bool shrink = step / 10'000 % 2 == 1;
    const std::uint64_t what = dice() % 10;
    if (naive.empty() || what < (shrink ? 3u : 7u)) {
      const Millis t =
          dice() % 5 == 0 ? static_cast<Millis>(dice() % 60'000) : step;  // some return to the middle
      line.insert({t, next, static_cast<std::uint32_t>(next)});
      naive.emplace(t, next++);
    } else if (what < 9) {
      line.erase(naive.begin()->first, naive.begin()->second);
      naive.erase(naive.begin());
    } else {
      auto at = naive.lower_bound({static_cast<Millis>(dice() % 60'000), 0});
      if (at == naive.end()) --at;
      line.erase(at->first, at->second);
      naive.erase(at);
    }
    ASSERT_EQ(line.size(), naive.size());
    if (naive.empty()) continue;
    ASSERT_EQ(line.front().id, naive.begin()->second);
    if (step % 500 != 0) continue;
    std::size_t rank = 0;
    auto at = line.begin();
    for (const auto& [t, id] : naive) {
      ASSERT_EQ(at->id, id);
      ASSERT_EQ(line.rank(t, id), rank++);
      at.next();
    }
    ASSERT_TRUE(at.done());
    ASSERT_EQ(line.rank(INT64_MAX, 0), naive.size());
  }
}

}  // namespace
}  // namespace switchboard::router
