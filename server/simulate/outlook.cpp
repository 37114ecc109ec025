// What a rota brings by the half hour, with intervals over the days, and what its neighbours would.
#include <algorithm>
#include <cmath>

#include "server/simulate/figures.hpp"
#include "server/simulate/planner.hpp"

namespace switchboard::simulate {

namespace {

// Upper 2.5% point of Student's distribution with df degrees of freedom: exact for 1 and 2, else
// Cornish-Fisher (within 1% from 3 on).
double student(std::size_t df) {
  if (df == 1) return 12.706;
  if (df == 2) return 4.303;
  const double z = 1.959964, n = static_cast<double>(df);
  const double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

using Measure = double (*)(const Slice&);

double share(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}
double wait_s(const Slice& s) {
  return s.visitors.wait_mean_s;
}
double bound_s(const Slice& s) {
  return s.bound_wait_mean_s;
}
double chats(const Slice& s) {
  return static_cast<double>(s.visitors.arrived);
}
double answered(const Slice& s) {
  return share_pct(s.visitors.answered, s.visitors.arrived);
}
double left(const Slice& s) {
  return share_pct(s.visitors.abandoned, s.visitors.arrived);
}
double occupied(const Slice& s) {
  return share(s.busy_places, s.places);
}
double matched(const Slice& s) {
  return share_pct(s.visitors.got_persona, s.visitors.asked_persona);
}

// The day as if it were one half hour.
Slice whole(const std::vector<Slice>& day) {
  Slice out;
  double wait = 0, bound = 0;
  for (const Slice& s : day) {
    const auto n = static_cast<double>(s.visitors.arrived);
    wait += n * s.visitors.wait_mean_s;
    bound += n * s.bound_wait_mean_s;
    out.visitors.arrived += s.visitors.arrived;
    out.visitors.served += s.visitors.served;
    out.visitors.abandoned += s.visitors.abandoned;
    out.visitors.answered += s.visitors.answered;
    out.visitors.asked_persona += s.visitors.asked_persona;
    out.visitors.got_persona += s.visitors.got_persona;
    out.places += s.places;
    out.busy_places += s.busy_places;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(out.visitors.arrived, 1));
  out.visitors.wait_mean_s = wait / n;
  out.bound_wait_mean_s = bound / n;
  return out;
}
Days whole(const Days& days) {
  Days out;
  for (const auto& day : days) out.push_back({whole(day)});
  return out;
}

Interval over(const Days& days, std::size_t t, Measure measure) {
  std::vector<double> values;
  for (const auto& day : days) values.push_back(measure(day[t]));
  return interval(values);
}
// Day by day, so that what the crowd does to both cancels out.
Interval difference(const Days& changed, const Days& plan, std::size_t t, Measure measure) {
  std::vector<double> values;
  for (std::size_t k = 0; k < plan.size(); ++k)
    values.push_back(measure(changed[k][t]) - measure(plan[k][t]));
  return interval(values);
}

Outlook outlook(const Days& days, std::size_t t) {
  Outlook o;
  o.from_ms = days.front()[t].from_ms;
  o.chats = over(days, t, chats);
  o.queue_mean_s = over(days, t, wait_s);
  o.answered_pct = over(days, t, answered);
  o.abandon_pct = over(days, t, left);
  o.occupancy_pct = over(days, t, occupied);
  o.persona_match_pct = over(days, t, matched);
  o.pooled_queue_mean_s = over(days, t, bound_s);
  return o;
}

// One agent more of a skill, on the longest shift, where the plan is most strained.
PlannedShift one_more(const Trace& trace, const Rota& rota, const std::vector<double>& strain,
                      const ShiftRules& rules, std::uint8_t skill) {
  const std::size_t length = std::min(rules.longest, strain.size());
  PlannedShift best{0, length, skill, lacking_persona(trace, rota, skill)};
  double most = -1e300;
  for (std::size_t from = 0; from + length <= strain.size(); ++from) {
    double eased = 0;
    for (std::size_t t = from; t < from + length; ++t) eased += std::max(strain[t] + 1, 0.0);
    if (eased <= most) continue;
    most = eased;
    best.from = from;
    best.to = from + length;
  }
  return best;
}

Change change(const char* what, const Days& changed, const Days& plan) {
  const Days a = whole(changed), b = whole(plan);
  return {what,
          std::nullopt,
          std::nullopt,
          difference(a, b, 0, wait_s),
          difference(a, b, 0, answered),
          difference(a, b, 0, left)};
}

}  // namespace

Interval interval(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (double v : values) mean += v / n;
  for (double v : values) squares += (v - mean) * (v - mean);
  if (values.size() < 2) return {mean, mean, mean};
  const double half = student(values.size() - 1) * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half};
}

void add_outlook(Playground& ground, const Trace& trace, const StaffOptions& o, const Need& need, Plan& plan,
                 Progress& progress) {
  const Rota& rota = plan.rota;
  const auto play = [&](const Rota& other, Backups backups) {
    progress.tell("looking around", 0.5);
    return ground.play(other, backups, o.seeds);
  };
  const Days days = play(rota, Backups::chain);
  if (days.front().empty()) return;
  const Days able = ground.play_every_skill(rota);
  const std::vector<double> strained = strain(days, o.targets);
  plan.kept = std::all_of(strained.begin(), strained.end(), [](double s) { return s <= 0; });
  for (const PlannedShift& s : rota) plan.agent_hours += static_cast<double>(s.to - s.from) / 2;

  // One more, all day long: her effect by the half hour does not depend on when her shift is.
  Days best_more;
  double shortest = 1e300;
  for (std::size_t skill = 0; skill < trace.skills.size(); ++skill) {
    const auto own = static_cast<std::uint8_t>(skill);
    Rota more = rota;
    more.push_back(one_more(trace, rota, strained, o.rules, own));
    Change c = change("one_more_agent", play(more, Backups::chain), days);
    c.skill = own;
    c.shift = more.back();
    plan.changes.push_back(c);
    more.back().from = 0;
    more.back().to = need.load.size();
    Days all_day = play(more, Backups::chain);
    const double wait = over(whole(all_day), 0, wait_s).mean;
    if (wait < shortest) shortest = wait, best_more = std::move(all_day);
  }
  const auto least = std::min_element(rota.begin(), rota.end(), [&](const auto& a, const auto& b) {
    const auto strain_of = [&](const PlannedShift& s) {
      return *std::max_element(strained.begin() + static_cast<std::ptrdiff_t>(s.from),
                               strained.begin() + static_cast<std::ptrdiff_t>(s.to));
    };
    return strain_of(a) < strain_of(b);
  });
  if (rota.size() > 1) {
    Rota fewer = rota;
    fewer.erase(fewer.begin() + (least - rota.begin()));
    Change c = change("one_fewer_agent", play(fewer, Backups::chain), days);
    c.skill = least->own;
    c.shift = *least;
    plan.changes.push_back(c);
  }
  Days alone;
  if (trace.skills.size() > 1) {
    alone = play(rota, Backups::none);
    plan.changes.push_back(change("no_second_skills", alone, days));
  }
  if (trace.skills.size() > 2) {
    plan.changes.push_back(change("third_skills", play(rota, Backups::two), days));
  }

  const Days day = whole(days), day_able = whole(able);
  plan.day = outlook(day, 0);
  plan.day.pooled_queue_mean_s = over(day_able, 0, bound_s);
  plan.day.every_skill_queue_mean_s = over(day_able, 0, wait_s);
  plan.day.kept = plan.kept;
  plan.day.agents = static_cast<double>(rota.size());
  for (std::size_t t = 0; t < need.load.size(); ++t) {
    Outlook h = outlook(days, t);
    h.load = need.load[t];
    h.rule_places = need.places[t];
    h.agents = days.front()[t].places / o.rules.places;
    h.pooled_queue_mean_s = over(able, t, bound_s);
    h.every_skill_queue_mean_s = over(able, t, wait_s);
    h.one_more_agent_s = difference(best_more, days, t, wait_s);
    h.one_more_agent_left = difference(best_more, days, t, left);
    if (!alone.empty()) h.no_second_skill_s = difference(alone, days, t, wait_s);
    h.kept = strained[t] <= 0;
    plan.half_hours.push_back(h);
  }
  if (trace.shifts.empty()) return;
  const Days now = ground.play_as_it_was();
  plan.now = outlook(whole(now), 0);
  const std::vector<double> now_strained = strain(now, o.targets);
  plan.now->kept = std::all_of(now_strained.begin(), now_strained.end(), [](double s) { return s <= 0; });
  plan.now_agents = trace.agents.size();
  for (const Shift& s : trace.shifts)
    plan.now_agent_hours += static_cast<double>(s.end_ms - s.start_ms) / 3.6e6;
}

}  // namespace switchboard::simulate
