#include "bench/modes/simulated.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/figures.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::bench {

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
  compare("persona_match_pct", s.persona_match_pct);
  compare("sticky_hit_pct", s.sticky_hit_pct);
  compare("abandon_pct", s.abandon_pct);
}

}  // namespace switchboard::bench
