#include "server/simulate/planner.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/pooled_bound.hpp"
#include "server/simulate/resample.hpp"
#include "server/simulate/study.hpp"

namespace switchboard::simulate {

Playground::Playground(const Trace& trace, const StaffOptions& options) : options_(options) {
  for (std::size_t k = 0; k < options.seeds; ++k) as_they_were_.push_back(resample(trace, options.seed + k));
  days_ = as_they_were_;
}

// Days do not touch each other, so it does not matter who plays which.
template <class Play>
Days Playground::each_day(std::size_t days, Play play_day) {
  ++played_;
  days = std::min(days, days_.size());
  Days out(days);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t k = next++; k < days; k = next++) out[k] = play_day(k);
  };
  std::vector<std::thread> others;
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1u);
  for (std::size_t i = 1; i < std::min(cores, days); ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return out;
}

Days Playground::play(const Rota& rota, Backups backups, std::size_t days) {
  return each_day(days, [&](std::size_t k) {
    Trace& day = days_[k];
    put_on(day, as_they_were_[k], rota, options_.rules, backups);
    const auto dispatcher = router_dispatcher(day, policy_for(day));
    const Run run = simulate::play(day, *dispatcher, options_.gamma);
    return slices(day, run, std::vector<Millis>(day.arrivals.size()), options_.targets.answer_within_ms);
  });
}

Days Playground::play_as_it_was() {
  return each_day(days_.size(), [&](std::size_t k) {
    const Trace& day = as_they_were_[k];
    const auto dispatcher = router_dispatcher(day, policy_for(day));
    const Run run = simulate::play(day, *dispatcher, options_.gamma);
    return slices(day, run, pooled_waits(day), options_.targets.answer_within_ms);
  });
}

Days Playground::play_every_skill(const Rota& rota) {
  return each_day(days_.size(), [&](std::size_t k) {
    put_on(days_[k], as_they_were_[k], rota, options_.rules, Backups::chain);
    const Trace able = everybody_can_everything(days_[k]);
    const auto dispatcher = peer_dispatcher("fcfs_alis", able, 0);
    const Run run = simulate::play(able, *dispatcher, options_.gamma);
    return slices(able, run, pooled_waits(days_[k]), options_.targets.answer_within_ms);
  });
}

std::vector<double> strain(const Days& days, const Targets& targets) {
  std::vector<double> out(days.empty() ? 0 : days.front().size());
  for (std::size_t t = 0; t < out.size(); ++t) {
    double came = 0, answered = 0, left = 0, busy = 0, places = 0;
    for (const std::vector<Slice>& day : days) {
      came += static_cast<double>(day[t].visitors.arrived);
      answered += static_cast<double>(day[t].visitors.answered);
      left += static_cast<double>(day[t].visitors.abandoned);
      busy += day[t].busy_places;
      places += day[t].places;
    }
    out[t] = -1;
    if (came == 0) continue;
    const double late_pct = 100 - 100 * answered / came;
    const double full_pct = places > 0 ? 100 * busy / places : 100;
    // Never a division by nothing: a target of 100 answered or 0 left allows a tenth of a point.
    out[t] = std::max({late_pct / std::max(100 - targets.answered_pct, 0.1) - 1,
                       100 * left / came / std::max(targets.abandon_max_pct, 0.1) - 1,
                       4 * (full_pct - targets.occupancy_max_pct) / 100});
  }
  return out;
}

}  // namespace switchboard::simulate
