#include "bench/modes/simulated.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <tuple>
#include <vector>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/figures.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::bench {

namespace {

constexpr int moved_days = 10;
constexpr simulate::Millis moved_by_ms =
    1'000;  // at most; what sockets and an agent's hand are late by, played fast

double queue_mean_s(const simulate::Trace& trace) {
  const auto dispatcher = simulate::router_dispatcher(trace, simulate::policy_for(trace));
  return simulate::figures(trace, simulate::play(trace, *dispatcher, 0)).queue_mean_s;
}

// The same day with every arrival a moment earlier or later: how much a mean of one day says.
std::vector<double> queue_means_of_moved_days(const simulate::Trace& trace) {
  std::vector<double> means;
  for (int day = 0; day < moved_days; ++day) {
    std::mt19937_64 random(static_cast<std::uint64_t>(day));
    auto moved = trace;
    for (auto& arrival : moved.arrivals) {
      const auto by = static_cast<simulate::Millis>(random() % (2 * moved_by_ms + 1)) - moved_by_ms;
      arrival.t_ms = std::max<simulate::Millis>(0, arrival.t_ms + by);
    }
    std::ranges::sort(moved.arrivals, {}, [](const auto& a) { return std::tuple(a.t_ms, a.id); });
    means.push_back(queue_mean_s(moved));
  }
  std::ranges::sort(means);
  return means;
}

}  // namespace

void compare_simulated(const std::string& trace_folder, double until_s, Outcome& outcome) {
  auto trace = simulate::read_trace(trace_folder);
  if (!trace) {
    outcome.failure = trace.error();
    return;
  }
  if (until_s > 0) {
    const auto until_ms = static_cast<simulate::Millis>(until_s * 1000);
    std::erase_if(trace->arrivals, [&](const auto& arrival) { return arrival.t_ms >= until_ms; });
    trace->horizon_ms = std::min(trace->horizon_ms, until_ms);
  }
  const auto dispatcher = simulate::router_dispatcher(*trace, simulate::policy_for(*trace));
  const simulate::Figures s = simulate::figures(*trace, simulate::play(*trace, *dispatcher, 0));
  auto& f = outcome.figures;
  f["simulated_served"] = s.served;
  const auto compare = [&](const std::string& figure, double simulated) {
    f["simulated_" + figure] = simulated;
    const auto* measured = f.if_contains(figure);
    if (measured == nullptr || !measured->is_double()) return;
    const double off_pct = simulated == 0 ? 0 : 100 * (measured->as_double() / simulated - 1);
    f[figure + "_off_pct"] = off_pct;
    char text[96];
    std::snprintf(text, sizeof text, "%.2f / %.2f (%+.1f %%)", measured->as_double(), simulated, off_pct);
    outcome.rows.emplace_back(figure + ": live / simulated", text);
  };
  compare("queue_mean_s", s.queue_mean_s);
  const auto moved = queue_means_of_moved_days(*trace);
  f["simulated_queue_mean_s_moved_low"] = moved.front();
  f["simulated_queue_mean_s_moved_high"] = moved.back();
  char text[96];
  std::snprintf(text, sizeof text, "%.2f ... %.2f", moved.front(), moved.back());
  outcome.rows.emplace_back("queue_mean_s: simulated, arrivals moved by up to 1 s", text);
  compare("persona_match_pct", s.persona_match_pct);
  compare("sticky_hit_pct", s.sticky_hit_pct);
  compare("abandon_pct", s.abandon_pct);
}

}  // namespace switchboard::bench
