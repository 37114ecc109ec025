// What a moment of a shop costs the router (a chat ends, the place goes to who waits, a visitor comes: three
// events and more), by size of shop and length of queue. `switchboard-bench router` measures each event on
// its own, the worst moments, and draws.
#include <benchmark/benchmark.h>

#include "bench/router/busy_shop.hpp"

namespace {

using switchboard::bench::BusyShop;
using switchboard::bench::ShopSize;

// agents, skills, personas, waiting: 24 skills x 9 wishes x 3 tiers = 648 classes.
void Turn(benchmark::State& state) {
  BusyShop shop(ShopSize{static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
                         static_cast<int>(state.range(2)), static_cast<int>(state.range(3))});
  const std::uint64_t before = shop.events();
  for (auto _ : state) shop.turn(nullptr);
  const auto events = static_cast<double>(shop.events() - before);
  state.counters["events_per_s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
  state.counters["s_per_event"] =
      benchmark::Counter(events, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["waiting"] = shop.counts().waiting;
}
BENCHMARK(Turn)
    ->ArgNames({"agents", "skills", "personas", "waiting"})
    ->Args({6, 2, 4, 10})
    ->Args({60, 4, 4, 100})
    ->Args({600, 6, 4, 1'000})
    ->Args({5'000, 24, 4, 0})
    ->Args({5'000, 24, 4, 1'000})
    ->Args({5'000, 24, 4, 10'000})
    ->Args({5'000, 24, 4, 100'000})
    ->Args({5'000, 6, 4, 100'000})
    ->Args({500, 24, 4, 100'000});

}  // namespace

BENCHMARK_MAIN();
