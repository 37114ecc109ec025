#include "server/simulate/pooled_bound.hpp"

#include <algorithm>
#include <deque>
#include <queue>
#include <set>
#include <tuple>

namespace switchboard::simulate {

namespace {

class Pool {
 public:
  explicit Pool(const Trace& trace)
      : trace_(trace), busy_(trace.shifts.size()), waited_(trace.arrivals.size()) {
    for (std::uint32_t i = 0; i < trace.shifts.size(); ++i) {
      moments_.emplace_back(trace.shifts[i].start_ms, 2, i);
      moments_.emplace_back(trace.shifts[i].end_ms, 0, i);
    }
    for (std::uint32_t i = 0; i < trace.arrivals.size(); ++i)
      moments_.emplace_back(trace.arrivals[i].t_ms, 3, i);
    std::sort(moments_.begin(), moments_.end());
  }

  std::vector<Millis> play() {
    for (std::size_t next = 0; next < moments_.size() || !ends_.empty();) {
      const bool end_first =
          !ends_.empty() && (next == moments_.size() ||
                             std::pair(ends_.top().first, 1) <
                                 std::pair(std::get<0>(moments_[next]), std::get<1>(moments_[next])));
      if (end_first) {
        const auto [now, shift] = ends_.top();
        ends_.pop();
        --busy_[shift];
        open(shift, now);
        take(now);
      } else {
        const auto [now, kind, index] = moments_[next++];
        if (kind == 0) free_.erase({trace_.shifts[index].end_ms, index});
        if (kind == 2) open(index, now);
        if (kind == 3) waiting_.push_back(index);
        take(now);
      }
    }
    for (std::uint32_t visitor : waiting_)
      leave(visitor, std::max(trace_.horizon_ms, trace_.arrivals[visitor].t_ms));
    return std::move(waited_);
  }

 private:
  void open(std::uint32_t shift, Millis now) {
    const Shift& s = trace_.shifts[shift];
    if (now < s.end_ms && s.start_ms <= now && busy_[shift] < s.capacity) free_.insert({s.end_ms, shift});
  }

  // She goes with her patience, or stays to `end` and is counted to then.
  void leave(std::uint32_t visitor, Millis end) {
    const Arrival& a = trace_.arrivals[visitor];
    waited_[visitor] = a.patience_ms ? *a.patience_ms : end - a.t_ms;
  }

  void take(Millis now) {
    while (!waiting_.empty() && !free_.empty()) {
      const Arrival& a = trace_.arrivals[waiting_.front()];
      if (a.patience_ms && a.t_ms + *a.patience_ms < now) {
        leave(waiting_.front(), now);
        waiting_.pop_front();
        continue;
      }
      const std::uint32_t shift = free_.begin()->second;
      if (++busy_[shift] == trace_.shifts[shift].capacity) free_.erase(free_.begin());
      waited_[waiting_.front()] = now - a.t_ms;
      ends_.emplace(now + trace_.arrivals[started_++].handle_ms * 1000 / trace_.shifts[shift].speed_pm,
                    shift);
      waiting_.pop_front();
    }
  }

  const Trace& trace_;
  std::vector<std::tuple<Millis, int, std::uint32_t>> moments_;  // 0 shift ends, 2 begins, 3 arrival
  using End = std::pair<Millis, std::uint32_t>;                  // of a chat; comes as kind 1
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::vector<std::int32_t> busy_;                   // places, by shift
  std::set<std::pair<Millis, std::uint32_t>> free_;  // shifts with a free place, soonest end first
  std::deque<std::uint32_t> waiting_;
  std::size_t started_ = 0;
  std::vector<Millis> waited_;  // by visitor
};

}  // namespace

std::vector<Millis> pooled_waits(const Trace& trace) {
  return Pool(trace).play();
}

double pooled_queue_mean_s(const Trace& trace) {
  const std::vector<Millis> waits = pooled_waits(trace);
  double total_ms = 0;
  for (Millis wait : waits) total_ms += static_cast<double>(wait);
  return waits.empty() ? 0 : total_ms / static_cast<double>(waits.size()) / 1000;
}

}  // namespace switchboard::simulate
