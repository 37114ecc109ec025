#include "server/simulate/figures.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>

namespace switchboard::simulate {

double share_pct(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double quantile_s(const std::vector<Millis>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return static_cast<double>(sorted[std::min(rank, sorted.size() - 1)]) / 1000;
}

Millis waited(const Trace& trace, const Arrival& a, const Fate& fate) {
  switch (fate.outcome) {
    case Outcome::served:
      return fate.start_ms - a.t_ms;
    case Outcome::abandoned:
      return fate.end_ms - a.t_ms;
    case Outcome::waiting:
      break;
  }
  return std::max<Millis>(trace.horizon_ms - a.t_ms, 0);
}

namespace {

double mean_s(double total_ms, std::size_t n) {
  return n == 0 ? 0 : total_ms / static_cast<double>(n) / 1000;
}

// Who is on when, to ask whether somebody's last agent was there.
class Rota {
 public:
  explicit Rota(const Trace& trace) : by_agent_(trace.agents.size()) {
    for (const Shift& s : trace.shifts) by_agent_[s.agent].push_back(&s);
  }
  bool on_with_skill(std::uint32_t agent, std::uint8_t skill, Millis at) const {
    return std::any_of(by_agent_[agent].begin(), by_agent_[agent].end(),
                       [&](const Shift* s) { return s->start_ms <= at && at < s->end_ms && s->has(skill); });
  }

 private:
  std::vector<std::vector<const Shift*>> by_agent_;
};

// Jain's index of what each agent did over what he would have done had his group, at every moment of his
// shifts, shared its busy places evenly: 1 is even whatever the shift plan. Mean over groups (same skills and
// levels), by agents.
class Evenness {
 public:
  Evenness(const Trace& trace, const Run& run)
      : trace_(trace), done_(trace.agents.size()), due_(trace.agents.size()) {
    std::map<std::vector<router::SkillLevel>, std::vector<Step>> groups;
    std::map<std::vector<router::SkillLevel>, std::vector<std::uint32_t>> members;
    for (const Shift& s : trace.shifts) {
      groups[key(s)].push_back({s.start_ms, s.capacity, 0, &s, true});
      groups[key(s)].push_back({s.end_ms, -s.capacity, 0, &s, false});
      members[key(s)].push_back(s.agent);
    }
    for (std::size_t i = 0; i < run.fates.size(); ++i) {
      const Fate& fate = run.fates[i];
      if (fate.outcome != Outcome::served) continue;
      const Millis end = std::min(fate.end_ms, fate.shift->end_ms);  // overtime is nobody's share
      if (end <= fate.start_ms) continue;
      groups[key(*fate.shift)].push_back({fate.start_ms, 0, 1, nullptr, false});
      groups[key(*fate.shift)].push_back({end, 0, -1, nullptr, false});
      done_[fate.agent] += static_cast<double>(end - fate.start_ms);
    }
    double total = 0;
    std::size_t agents = 0;
    for (auto& [skills, steps] : groups) {
      sweep(steps);
      std::vector<std::uint32_t>& who = members[skills];
      std::sort(who.begin(), who.end());
      who.erase(std::unique(who.begin(), who.end()), who.end());
      total += jain(who) * static_cast<double>(who.size());
      agents += who.size();
    }
    value_ = agents == 0 ? 1 : total / static_cast<double>(agents);
  }
  double value() const { return value_; }

 private:
  struct Step {
    Millis at;
    std::int32_t places;
    std::int32_t busy;
    const Shift* shift;
    bool begins;
  };

  static std::vector<router::SkillLevel> key(const Shift& s) {
    std::vector<router::SkillLevel> skills = s.skills;
    std::sort(skills.begin(), skills.end());
    return skills;
  }

  // Integrates the group's busy share and reads it off at the ends of every shift.
  void sweep(std::vector<Step>& steps) {
    std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
    double integral = 0;
    Millis last = 0;
    std::int64_t places = 0, busy = 0;
    std::map<const Shift*, double> began;
    for (const Step& step : steps) {
      if (places > 0)
        integral +=
            static_cast<double>(step.at - last) * static_cast<double>(busy) / static_cast<double>(places);
      last = step.at;
      places += step.places;
      busy += step.busy;
      if (step.shift == nullptr) continue;
      if (step.begins) {
        began[step.shift] = integral;
      } else {
        due_[step.shift->agent] += step.shift->capacity * (integral - began[step.shift]);
      }
    }
  }

  double jain(const std::vector<std::uint32_t>& who) const {
    double sum = 0, squares = 0;
    std::size_t n = 0;
    for (std::uint32_t agent : who) {
      if (due_[agent] <= 0) continue;
      const double x = done_[agent] / due_[agent];
      sum += x;
      squares += x * x;
      ++n;
    }
    return squares == 0 ? 1 : sum * sum / (static_cast<double>(n) * squares);
  }

  const Trace& trace_;
  std::vector<double> done_;
  std::vector<double> due_;
  double value_ = 1;
};

}  // namespace

Figures figures(const Trace& trace, const Run& run) {
  Figures f;
  f.chats = trace.arrivals.size();
  const Rota rota(trace);
  std::vector<Millis> waits;
  double total_ms = 0;
  std::vector<double> vip_ms(trace.tiers());
  std::vector<std::size_t> vip_count(trace.tiers());
  std::size_t within = 0, asked = 0, matched = 0, strict = 0, strict_matched = 0, returning = 0, same = 0,
              own = 0, within_p50 = 0, within_p90 = 0;
  for (std::size_t i = 0; i < f.chats; ++i) {
    const Arrival& a = trace.arrivals[i];
    const Fate& fate = run.fates[i];
    const Millis wait = waited(trace, a, fate);
    total_ms += static_cast<double>(wait);
    vip_ms[a.vip] += static_cast<double>(wait);
    ++vip_count[a.vip];
    f.abandoned += fate.outcome == Outcome::abandoned;
    f.waiting += fate.outcome == Outcome::waiting;
    if (fate.outcome != Outcome::served) continue;
    ++f.served;
    waits.push_back(wait);
    within += wait <= 30'000;
    own += fate.shift->level(a.skill) == 0;
    if (fate.quote) {
      ++f.eta_quotes;
      within_p50 += wait <= fate.quote->p50_ms;
      within_p90 += wait <= fate.quote->p90_ms;
    }
    if (a.persona) {
      ++asked;
      matched += fate.shift->persona == a.persona;
      strict += a.strict;
      strict_matched += a.strict && fate.shift->persona == a.persona;
    }
    if (a.last_agent && rota.on_with_skill(*a.last_agent, a.skill, a.t_ms)) {
      ++returning;
      same += fate.agent == *a.last_agent;
    }
  }
  std::sort(waits.begin(), waits.end());
  f.abandon_pct = share_pct(f.abandoned, f.chats);
  f.queue_mean_s = mean_s(total_ms, f.chats);
  f.wait_p50_s = quantile_s(waits, 0.50);
  f.wait_p95_s = quantile_s(waits, 0.95);
  f.wait_p99_s = quantile_s(waits, 0.99);
  f.within_30s_pct = share_pct(within, f.chats);
  f.persona_match_pct = share_pct(matched, asked);
  f.strict_match_pct = strict == 0 ? 100 : share_pct(strict_matched, strict);
  f.sticky_hit_pct = share_pct(same, returning);
  f.eta_within_p50_pct = share_pct(within_p50, f.eta_quotes);
  f.eta_within_p90_pct = share_pct(within_p90, f.eta_quotes);
  f.own_skill_pct = share_pct(own, f.served);
  for (std::size_t v = 0; v < vip_ms.size(); ++v)
    f.queue_mean_s_by_vip.push_back(mean_s(vip_ms[v], vip_count[v]));
  f.jain_even_in_group = Evenness(trace, run).value();
  return f;
}

std::string write_decisions(const Trace& trace, const Run& run, const std::string& file) {
  std::vector<std::size_t> order(trace.arrivals.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return trace.arrivals[a].id < trace.arrivals[b].id; });
  std::ofstream out(file, std::ios::binary);
  out << "id,outcome,agent,start_ms,end_ms\n";
  for (std::size_t i : order) {
    const Fate& fate = run.fates[i];
    out << trace.arrivals[i].id << ',';
    switch (fate.outcome) {
      case Outcome::served:
        out << "served," << trace.agents[fate.agent] << ',' << fate.start_ms << ',' << fate.end_ms << '\n';
        break;
      case Outcome::abandoned:
        out << "abandoned,,," << fate.end_ms << '\n';
        break;
      case Outcome::waiting:
        out << "waiting,,,\n";
        break;
    }
  }
  out.close();
  return out ? std::string() : file + ": cannot be written";
}

}  // namespace switchboard::simulate
