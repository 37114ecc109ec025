#include "server/simulate/rota.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "server/simulate/slices.hpp"

namespace switchboard::simulate {

namespace {

std::size_t half_hours(const Trace& trace) {
  Millis end = trace.horizon_ms;
  if (!trace.arrivals.empty()) end = std::max(end, trace.arrivals.back().t_ms + 1);
  return static_cast<std::size_t>((end + kHalfHour - 1) / kHalfHour);
}

double mean_patience_s(const Trace& trace) {
  double total_ms = 0;
  std::size_t n = 0;
  for (const Arrival& a : trace.arrivals) {
    if (!a.patience_ms) continue;
    total_ms += static_cast<double>(*a.patience_ms);
    ++n;
  }
  constexpr double kForEver = 36'000;
  return n == 0 ? kForEver : std::max(total_ms / static_cast<double>(n) / 1000, 1.0);
}

// Half hours of a span in which somebody is still missing, less half of those in which nobody is.
double worth(const std::vector<double>& missing, std::size_t from, std::size_t to) {
  double worth = 0;
  for (std::size_t t = from; t < to; ++t) worth += missing[t] > 0 ? std::min(missing[t], 1.0) : -0.5;
  return worth;
}

// The shift that helps most; the longer of two equals.
std::optional<PlannedShift> best_shift(const std::vector<double>& missing, const ShiftRules& rules) {
  std::optional<PlannedShift> best;
  double most = 0;
  const std::size_t shortest = std::min(rules.shortest, missing.size());
  for (std::size_t from = 0; from + shortest <= missing.size(); ++from) {
    for (std::size_t to = from + shortest; to <= std::min(missing.size(), from + rules.longest); ++to) {
      const bool helps =
          std::any_of(missing.begin() + static_cast<std::ptrdiff_t>(from),
                      missing.begin() + static_cast<std::ptrdiff_t>(to), [](double m) { return m > 0; });
      const double value = worth(missing, from, to);
      if (!helps || (best && value < most) || (best && value == most && to - from <= best->to - best->from))
        continue;
      best = PlannedShift{from, to, 0, std::nullopt};
      most = value;
    }
  }
  return best;
}

// The skill whose part of the places is furthest from covered during the shift.
std::uint8_t lacking_skill(const Need& need, const std::vector<std::vector<double>>& have,
                           const PlannedShift& shift) {
  std::uint8_t best = 0;
  double most = -1e300;
  for (std::size_t s = 0; s < have.size(); ++s) {
    double lacks = 0;
    for (std::size_t t = shift.from; t < shift.to; ++t) {
      const double due = need.load[t] > 0 ? need.places[t] * need.by_skill[t][s] / need.load[t] : 0;
      lacks += due - have[s][t];
    }
    if (lacks > most) {
      most = lacks;
      best = static_cast<std::uint8_t>(s);
    }
  }
  return best;
}

std::string agent_name(std::size_t n) {
  std::string digits = std::to_string(n + 1);
  while (digits.size() < 3) digits.insert(digits.begin(), '0');
  return "p" + digits;
}

// Spreads bits; the same id gives the same agent in every run.
std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

Need need_of(const Trace& trace, const RuleTarget& target, const ShiftRules& rules, double gamma) {
  const std::size_t n = half_hours(trace);
  Need need{std::vector<double>(n), std::vector<std::vector<double>>(n), std::vector<double>(n)};
  for (auto& row : need.by_skill) row.resize(trace.skills.size());
  const double slower = 1 + gamma * (rules.places - 1);
  double handle_s = 0;
  for (const Arrival& a : trace.arrivals) {
    const double work = static_cast<double>(a.handle_ms) * slower;
    handle_s += work / 1000 / static_cast<double>(trace.arrivals.size());
    const double end = static_cast<double>(a.t_ms) + work;
    for (auto t = static_cast<std::size_t>(a.t_ms / kHalfHour); t < n; ++t) {
      const auto from = static_cast<double>(t) * static_cast<double>(kHalfHour);
      if (from >= end) break;
      const double until = std::min(end, from + static_cast<double>(kHalfHour));
      const double part =
          (until - std::max(from, static_cast<double>(a.t_ms))) / static_cast<double>(kHalfHour);
      need.load[t] += part;
      need.by_skill[t][a.skill] += part;
    }
  }
  const double patience_s = mean_patience_s(trace);
  for (std::size_t t = 0; t < n; ++t) {
    const double r = need.load[t];
    if (r <= 0) continue;
    need.places[t] =
        std::max(1.0, std::ceil(r + garnett_beta(r, handle_s, patience_s, target) * std::sqrt(r)));
  }
  return need;
}

std::optional<std::uint8_t> lacking_persona(const Trace& trace, const Rota& rota, std::uint8_t skill) {
  std::vector<double> wished(trace.personas.size());
  double wishes = 0;
  for (const Arrival& a : trace.arrivals) {
    if (!a.persona) continue;
    wished[*a.persona] += 1;
    wishes += 1;
  }
  if (wishes == 0) return std::nullopt;
  std::vector<double> dealt(trace.personas.size());
  double agents = 1;
  for (const PlannedShift& s : rota) {
    if (s.own != skill || !s.persona) continue;
    dealt[*s.persona] += 1;
    agents += 1;
  }
  std::size_t best = 0;
  const auto lacks = [&](std::size_t p) { return wished[p] / wishes * agents - dealt[p]; };
  // Skills begin at different personas, or a small shop would have only the most wished one.
  for (std::size_t i = 0; i < wished.size(); ++i) {
    const std::size_t p = (i + skill) % wished.size();
    if (i == 0 || lacks(p) > lacks(best)) best = p;
  }
  return static_cast<std::uint8_t>(best);
}

Rota first_rota(const Trace& trace, const Need& need, const ShiftRules& rules) {
  Rota rota;
  std::vector<double> missing(need.places.size());
  for (std::size_t t = 0; t < missing.size(); ++t) missing[t] = std::ceil(need.places[t] / rules.places);
  while (const auto shift = best_shift(missing, rules)) {
    rota.push_back(*shift);
    for (std::size_t t = shift->from; t < shift->to; ++t) missing[t] -= 1;
  }
  std::stable_sort(rota.begin(), rota.end(),
                   [](const PlannedShift& a, const PlannedShift& b) { return a.from < b.from; });
  std::vector<std::vector<double>> have(trace.skills.size(), std::vector<double>(missing.size()));
  Rota dealt;
  for (PlannedShift shift : rota) {
    shift.own = lacking_skill(need, have, shift);
    shift.persona = lacking_persona(trace, dealt, shift.own);
    for (std::size_t t = shift.from; t < shift.to; ++t) have[shift.own][t] += rules.places;
    dealt.push_back(shift);
  }
  return dealt;
}

void put_on(Trace& day, const Trace& as_it_was, const Rota& planned, const ShiftRules& rules,
            Backups backups) {
  Rota rota = planned;
  std::sort(rota.begin(), rota.end());
  const std::size_t skills = day.skills.size();
  const std::size_t more = std::min<std::size_t>(backups == Backups::none    ? 0
                                                 : backups == Backups::chain ? 1
                                                                             : 2,
                                                 skills - 1);
  day.agents.clear();
  day.shifts.clear();
  std::vector<std::vector<std::uint32_t>> able(skills);
  for (std::size_t i = 0; i < rota.size(); ++i) {
    Shift s;
    s.agent = static_cast<std::uint32_t>(i);
    s.start_ms = static_cast<Millis>(rota[i].from) * kHalfHour;
    s.end_ms = static_cast<Millis>(rota[i].to) * kHalfHour;
    s.capacity = rules.places;
    s.persona = rota[i].persona;
    for (std::size_t k = 0; k <= more; ++k) {
      const std::size_t skill = (rota[i].own + k) % skills;
      s.skills.push_back({router::SkillId(static_cast<std::uint8_t>(skill)), static_cast<std::uint8_t>(k)});
      able[skill].push_back(s.agent);
    }
    day.agents.push_back(agent_name(i));
    day.shifts.push_back(std::move(s));
  }
  for (std::size_t i = 0; i < day.arrivals.size(); ++i) {
    Arrival& a = day.arrivals[i];
    const auto& who = able[a.skill];
    a.last_agent.reset();
    if (as_it_was.arrivals[i].last_agent && !who.empty())
      a.last_agent = who[scramble(static_cast<std::uint64_t>(a.id) + 1) % who.size()];
  }
  offer_what_is_there(day, as_it_was.arrivals);
}

}  // namespace switchboard::simulate
