#include "server/simulate/slices.hpp"

#include <algorithm>

#include "server/simulate/figures.hpp"

namespace switchboard::simulate {

namespace {

class Tally {
 public:
  void add(const Trace& trace, const Arrival& a, const Fate& fate, Millis answer_within_ms) {
    const Millis wait = waited(trace, a, fate);
    total_ms_ += static_cast<double>(wait);
    ++group_.arrived;
    group_.abandoned += fate.outcome == Outcome::abandoned;
    if (fate.outcome != Outcome::served) return;
    ++group_.served;
    group_.answered += wait <= answer_within_ms;
    waits_.push_back(wait);
    if (!a.persona) return;
    ++group_.asked_persona;
    group_.got_persona += fate.shift->persona == a.persona;
  }
  Group group() {
    if (group_.arrived > 0) group_.wait_mean_s = total_ms_ / static_cast<double>(group_.arrived) / 1000;
    std::sort(waits_.begin(), waits_.end());
    group_.wait_p90_s = quantile_s(waits_, 0.9);
    return group_;
  }

 private:
  Group group_;
  std::vector<Millis> waits_;  // of the served
  double total_ms_ = 0;
};

// Adds `amount` to every half hour for the part of it that [from, to) covers.
void spread(std::vector<Slice>& slices, Millis from, Millis to, double amount, double Slice::*field) {
  for (auto i = static_cast<std::size_t>(from / kHalfHour); from < to && i < slices.size(); ++i) {
    const Millis until = std::min(to, slices[i].from_ms + kHalfHour);
    slices[i].*field += amount * static_cast<double>(until - from) / static_cast<double>(kHalfHour);
    from = until;
  }
}

}  // namespace

std::vector<Slice> slices(const Trace& trace, const Run& run, const std::vector<Millis>& bound,
                          Millis answer_within_ms) {
  Millis end = trace.horizon_ms;
  if (!trace.arrivals.empty()) end = std::max(end, trace.arrivals.back().t_ms + 1);
  const Millis days = 366;
  end = std::clamp<Millis>(end, 0, days * 86'400'000);  // a table of half hours is for days, not for ages
  std::vector<Slice> out(static_cast<std::size_t>((end + kHalfHour - 1) / kHalfHour));
  for (std::size_t i = 0; i < out.size(); ++i) out[i].from_ms = static_cast<Millis>(i) * kHalfHour;
  if (out.empty()) return out;

  std::vector<Tally> tallies(out.size());
  std::vector<double> bound_ms(out.size());
  for (std::size_t i = 0; i < trace.arrivals.size(); ++i) {
    const Arrival& a = trace.arrivals[i];
    const auto at = std::min(static_cast<std::size_t>(a.t_ms / kHalfHour), out.size() - 1);
    tallies[at].add(trace, a, run.fates[i], answer_within_ms);
    bound_ms[at] += static_cast<double>(bound[i]);
    const Fate& fate = run.fates[i];
    if (fate.outcome == Outcome::served) {
      spread(out, fate.start_ms, std::min(fate.end_ms, fate.shift->end_ms), 1, &Slice::busy_places);
    }
  }
  for (const Shift& s : trace.shifts) spread(out, s.start_ms, s.end_ms, s.capacity, &Slice::places);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].visitors = tallies[i].group();
    if (out[i].visitors.arrived > 0)
      out[i].bound_wait_mean_s = bound_ms[i] / static_cast<double>(out[i].visitors.arrived) / 1000;
  }
  return out;
}

std::vector<Group> groups(const Trace& trace, const Run& run, By by, Millis answer_within_ms) {
  const std::size_t count = by == By::skill     ? trace.skills.size()
                            : by == By::persona ? trace.personas.size() + 1
                                                : trace.tiers();
  std::vector<Tally> tallies(count);
  for (std::size_t i = 0; i < trace.arrivals.size(); ++i) {
    const Arrival& a = trace.arrivals[i];
    const std::size_t at = by == By::skill     ? a.skill
                           : by == By::persona ? a.persona.value_or(static_cast<std::uint8_t>(count - 1))
                                               : a.vip;
    tallies[at].add(trace, a, run.fates[i], answer_within_ms);
  }
  std::vector<Group> out;
  for (Tally& tally : tallies) out.push_back(tally.group());
  return out;
}

}  // namespace switchboard::simulate
