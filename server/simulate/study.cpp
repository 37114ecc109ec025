#include "server/simulate/study.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "server/simulate/slices.hpp"

namespace switchboard::simulate {

namespace json = boost::json;

namespace {

json::object group_json(const Group& g) {
  return {{"chats", g.arrived},
          {"served", g.served},
          {"abandoned", g.abandoned},
          {"abandon_pct", share_pct(g.abandoned, g.arrived)},
          {"answered_pct", share_pct(g.answered, g.arrived)},
          {"queue_mean_s", g.wait_mean_s},
          {"wait_p90_s", g.wait_p90_s},
          {"persona_asked", g.asked_persona},
          {"persona_match_pct", share_pct(g.got_persona, g.asked_persona)}};
}

json::array groups_json(const Study& study, const PolicyResult& r, By by, Millis answer_within_ms) {
  const Trace& trace = *study.trace;
  json::array out;
  const std::vector<Group> parts = groups(trace, r.run, by, answer_within_ms);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    json::object row = group_json(parts[i]);
    if (by == By::skill) {
      row["name"] = trace.skills[i];
    } else if (by == By::persona) {
      row["name"] = i < trace.personas.size() ? json::value(trace.personas[i]) : json::value(nullptr);
    } else {
      row["tier"] = i;
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

Trace everybody_can_everything(Trace trace) {
  for (Shift& s : trace.shifts) {
    s.skills.clear();
    for (std::size_t i = 0; i < trace.skills.size(); ++i)
      s.skills.push_back({router::SkillId(static_cast<std::uint8_t>(i)), 0});
  }
  return trace;
}

json::object to_json(const Study& study, const PolicyResult& r) {
  const Figures& f = r.figures;
  json::array by_vip(f.queue_mean_s_by_vip.begin(), f.queue_mean_s_by_vip.end());
  json::object out{
      {"trace", study.trace->name},
      {"policy", r.policy},
      {"chats", f.chats},
      {"served", f.served},
      {"abandoned", f.abandoned},
      {"waiting", f.waiting},
      {"abandon_pct", f.abandon_pct},
      {"queue_mean_s", f.queue_mean_s},
      {"wait_p50_s", f.wait_p50_s},
      {"wait_p95_s", f.wait_p95_s},
      {"wait_p99_s", f.wait_p99_s},
      {"within_30s_pct", f.within_30s_pct},
      {"persona_match_pct", f.persona_match_pct},
      {"strict_match_pct", f.strict_match_pct},
      {"sticky_hit_pct", f.sticky_hit_pct},
      {"own_skill_pct", f.own_skill_pct},
      {"queue_mean_s_by_vip", by_vip},
      {"eta_quotes", f.eta_quotes},
      {"eta_within_p50_pct", f.eta_within_p50_pct},
      {"eta_within_p90_pct", f.eta_within_p90_pct},
      {"jain_even_in_group", f.jain_even_in_group},
      {"pooled_queue_mean_s", study.bound_s},
      {"decisions_per_s", r.wall_ms > 0 ? static_cast<double>(r.run.decisions) * 1000 / r.wall_ms : 0},
      {"wall_ms", r.wall_ms}};
  if (study.every_skill_s) out["every_skill_queue_mean_s"] = *study.every_skill_s;
  return out;
}

json::object to_json(const Study& study) {
  json::object out = to_json(study, study.results.front());
  json::array others;
  for (std::size_t i = 1; i < study.results.size(); ++i) others.push_back(to_json(study, study.results[i]));
  if (!others.empty()) out["compared"] = std::move(others);
  return out;
}

json::object details_json(const Study& study, const PolicyResult& r, Millis answer_within_ms) {
  json::array half_hours;
  std::vector<Slice> every_skill;
  if (study.every_skill) {
    every_skill = slices(*study.able, *study.every_skill, study.bound, answer_within_ms);
  }
  const std::vector<Slice> parts = slices(*study.trace, r.run, study.bound, answer_within_ms);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    json::object row = group_json(parts[i].visitors);
    row["from_ms"] = parts[i].from_ms;
    row["places"] = parts[i].places;
    row["busy_places"] = parts[i].busy_places;
    row["pooled_queue_mean_s"] = parts[i].bound_wait_mean_s;
    if (!every_skill.empty()) row["every_skill_queue_mean_s"] = every_skill[i].visitors.wait_mean_s;
    half_hours.push_back(std::move(row));
  }
  double handle_ms = 0, places = 0;
  for (const Fate& fate : r.run.fates) {
    if (fate.outcome == Outcome::served) handle_ms += static_cast<double>(fate.end_ms - fate.start_ms);
  }
  for (const Shift& s : study.trace->shifts) places += s.capacity;
  const auto shifts = static_cast<double>(std::max<std::size_t>(study.trace->shifts.size(), 1));
  const auto served = static_cast<double>(std::max<std::size_t>(r.figures.served, 1));
  return {{"handle_mean_s", handle_ms / served / 1000},
          {"places_per_agent", places / shifts},
          {"half_hours", std::move(half_hours)},
          {"by_skill", groups_json(study, r, By::skill, answer_within_ms)},
          {"by_persona", groups_json(study, r, By::persona, answer_within_ms)},
          {"by_tier", groups_json(study, r, By::tier, answer_within_ms)}};
}

}  // namespace switchboard::simulate
