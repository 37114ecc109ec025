#include "bench/shopday/queue_time.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace switchboard::shopday {

namespace {

struct Visit {
  std::int64_t opened_ms = 0;
  std::int64_t waited_ms = -1;  // up to the first offer, or to the end if there was none; -1: neither
  std::int64_t lag_ms = -1;     // -1: no offer
  std::string agent;
};

double at_share(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

}  // namespace

QueueTimes queue_times(const std::vector<check::Transition>& stream, double step_ms) {
  std::unordered_map<std::string, Visit> visits;
  std::unordered_map<std::string, std::int64_t> room_since;  // agents: last gave a place back, or came on
  for (const check::Transition& step : stream) {
    if (step.conversation.empty()) {
      if (!step.agent.empty()) room_since[step.agent] = step.t_ms;
      continue;
    }
    Visit& visit = visits[step.conversation];
    const auto gives_back = [&] {
      if (!visit.agent.empty()) room_since[visit.agent] = step.t_ms;
      visit.agent.clear();
    };
    switch (step.kind) {
      case 'O':
        visit.opened_ms = step.t_ms;
        break;
      case 'F':
        gives_back();
        visit.agent = step.agent;
        if (visit.waited_ms >= 0) break;
        visit.waited_ms = step.t_ms - visit.opened_ms;
        visit.lag_ms = step.t_ms - std::max(visit.opened_ms, room_since[step.agent]);
        break;
      case 'D':
      case 'R':
        gives_back();
        break;
      case 'Z':
        gives_back();
        if (visit.waited_ms < 0) visit.waited_ms = step.t_ms - visit.opened_ms;
        break;
      default:
        break;
    }
  }

  std::vector<double> lags;
  for (const auto& [id, visit] : visits) {
    if (visit.lag_ms >= 0 && static_cast<double>(visit.lag_ms) < step_ms)
      lags.push_back(static_cast<double>(visit.lag_ms));
  }
  std::sort(lags.begin(), lags.end());
  QueueTimes times;
  times.lag_p50_ms = at_share(lags, .5);
  times.lag_p99_ms = at_share(lags, .99);
  double sum = 0;
  for (const auto& [id, visit] : visits) {
    if (visit.waited_ms < 0) continue;
    ++times.visitors;
    const auto lag = static_cast<double>(visit.lag_ms);
    const double machine = visit.lag_ms < 0 ? 0 : lag < step_ms ? lag : times.lag_p50_ms;
    sum += std::max(0.0, static_cast<double>(visit.waited_ms) - machine);
  }
  times.mean_ms = times.visitors > 0 ? sum / static_cast<double>(times.visitors) : 0;
  return times;
}

}  // namespace switchboard::shopday
