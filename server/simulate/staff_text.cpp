// A plan as JSON and as a table.
#include <boost/json.hpp>
#include <cstdio>

#include "server/simulate/staff.hpp"

namespace switchboard::simulate {

namespace json = boost::json;

namespace {

json::object to_json(const Interval& i) {
  return {{"mean", i.mean}, {"low", i.low}, {"high", i.high}};
}

json::object to_json(const Outlook& o) {
  return {{"from_ms", o.from_ms},
          {"agents", o.agents},
          {"chats", to_json(o.chats)},
          {"queue_mean_s", to_json(o.queue_mean_s)},
          {"answered_pct", to_json(o.answered_pct)},
          {"abandon_pct", to_json(o.abandon_pct)},
          {"occupancy_pct", to_json(o.occupancy_pct)},
          {"persona_match_pct", to_json(o.persona_match_pct)},
          {"pooled_queue_mean_s", to_json(o.pooled_queue_mean_s)},
          {"kept", o.kept}};
}

json::object shift_json(const Trace& trace, const PlannedShift& s) {
  return {{"start_ms", static_cast<Millis>(s.from) * kHalfHour},
          {"end_ms", static_cast<Millis>(s.to) * kHalfHour},
          {"skill", trace.skills[s.own]},
          {"backup", trace.skills.size() > 1 ? json::value(trace.skills[(s.own + 1u) % trace.skills.size()])
                                             : json::value(nullptr)},
          {"persona", s.persona ? json::value(trace.personas[*s.persona]) : json::value(nullptr)}};
}

std::string clock(const Trace& trace, Millis at) {
  const auto minutes = static_cast<long>(at / 60'000) + trace.starts_at_min.value_or(0);
  char text[32];
  std::snprintf(text, sizeof text, "%02ld:%02ld", trace.starts_at_min ? minutes / 60 % 24 : minutes / 60,
                minutes % 60);
  return text;
}

// "12.3 +-0.8"
std::string with_margin(const Interval& i) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f ±%.1f", i.mean, (i.high - i.low) / 2);
  return text;
}

// printf pads bytes; the sign takes two.
void column(const std::string& text, int width) {
  int shown = 0;
  for (char c : text) shown += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  std::printf("%*s%s", width > shown ? width - shown : 0, "", text.c_str());
}

const char* in_words(const std::string& what) {
  if (what == "one_more_agent") return "one agent more";
  if (what == "one_fewer_agent") return "one agent fewer";
  if (what == "no_second_skills") return "nobody with a second skill";
  return "everybody with a third skill";
}

}  // namespace

json::object to_json(const Trace& trace, const StaffOptions& o, const Plan& plan) {
  json::array half_hours, changes, rota;
  for (const Outlook& h : plan.half_hours) {
    json::object row = to_json(h);
    row["load_places"] = h.load;
    row["rule_places"] = h.rule_places;
    row["every_skill_queue_mean_s"] = to_json(h.every_skill_queue_mean_s);
    row["one_more_agent_queue_s"] = to_json(h.one_more_agent_s);
    row["one_more_agent_abandon_pct"] = to_json(h.one_more_agent_left);
    if (trace.skills.size() > 1) row["no_second_skill_queue_s"] = to_json(h.no_second_skill_s);
    half_hours.push_back(std::move(row));
  }
  for (const Change& c : plan.changes) {
    json::object row{{"what", c.what},
                     {"queue_mean_s", to_json(c.queue_mean_s)},
                     {"answered_pct", to_json(c.answered_pct)},
                     {"abandon_pct", to_json(c.abandon_pct)}};
    if (c.shift) row["shift"] = shift_json(trace, *c.shift);
    changes.push_back(std::move(row));
  }
  for (const PlannedShift& s : plan.rota) rota.push_back(shift_json(trace, s));
  json::object day = to_json(plan.day);
  day["every_skill_queue_mean_s"] = to_json(plan.day.every_skill_queue_mean_s);
  day["agent_hours"] = plan.agent_hours;
  json::object out{{"trace", trace.name},
                   {"targets",
                    {{"answered_pct", o.targets.answered_pct},
                     {"answer_within_s", static_cast<double>(o.targets.answer_within_ms) / 1000},
                     {"abandon_max_pct", o.targets.abandon_max_pct},
                     {"occupancy_max_pct", o.targets.occupancy_max_pct}}},
                   {"kept", plan.kept},
                   {"seeds", o.seeds},
                   {"places_per_agent", o.rules.places},
                   {"rotas_tried", plan.tried},
                   {"day", std::move(day)},
                   {"half_hours", std::move(half_hours)},
                   {"changes", std::move(changes)},
                   {"rota", std::move(rota)}};
  if (plan.now) {
    json::object now = to_json(*plan.now);
    now["agents"] = plan.now_agents;
    now["agent_hours"] = plan.now_agent_hours;
    out["now"] = std::move(now);
  }
  return out;
}

void print(const Trace& trace, const StaffOptions& o, const Plan& plan) {
  std::printf("%s: %zu agents with %d places each, %.1f agent hours\n", trace.name.c_str(), plan.rota.size(),
              o.rules.places, plan.agent_hours);
  std::printf("targets: %.0f%% within %.0f s, at most %.1f%% leave, at most %.0f%% of places in use; %s\n",
              o.targets.answered_pct, static_cast<double>(o.targets.answer_within_ms) / 1000,
              o.targets.abandon_max_pct, o.targets.occupancy_max_pct,
              plan.kept ? "kept in every half hour" : "NOT kept in the half hours marked !");
  std::printf("means and 95%% intervals over %zu days\n\n", o.seeds);
  std::printf(
      "  time   load  rule agents      wait s       left %%  in time %%    busy %%   match %%   bound s  "
      "every skill s  one more s\n");
  const auto line = [&](const char* mark, const std::string& name, const Outlook& h) {
    std::printf("%s %-6s", mark, name.c_str());
    std::printf("%5.1f %5.0f %6.1f", h.load, h.rule_places, h.agents);
    column(with_margin(h.queue_mean_s), 12);
    column(with_margin(h.abandon_pct), 13);
    std::printf("%11.1f%10.1f%10.1f", h.answered_pct.mean, h.occupancy_pct.mean, h.persona_match_pct.mean);
    std::printf("%10.1f%15.1f", h.pooled_queue_mean_s.mean, h.every_skill_queue_mean_s.mean);
    column(with_margin(h.one_more_agent_s), 12);
    std::printf("\n");
  };
  for (const Outlook& h : plan.half_hours) line(h.kept ? " " : "!", clock(trace, h.from_ms), h);
  std::printf("\nthe day                    wait s       left %%     in time %%\n");
  const auto day = [](const char* name, const Interval& wait, const Interval& gone, const Interval& in_time) {
    std::printf("  %-44s", name);
    column(with_margin(wait), 14);
    column(with_margin(gone), 13);
    column(with_margin(in_time), 14);
    std::printf("\n");
  };
  day("this rota", plan.day.queue_mean_s, plan.day.abandon_pct, plan.day.answered_pct);
  if (plan.now) {
    char name[80];
    std::snprintf(name, sizeof name, "the trace's own: %zu agents, %.1f hours", plan.now_agents,
                  plan.now_agent_hours);
    day(name, plan.now->queue_mean_s, plan.now->abandon_pct, plan.now->answered_pct);
  }
  std::printf("what would change\n");
  for (const Change& c : plan.changes) {
    std::string name = in_words(c.what);
    if (c.shift) {
      name += ": " + trace.skills[c.shift->own] + " " +
              clock(trace, static_cast<Millis>(c.shift->from) * kHalfHour) + "-" +
              clock(trace, static_cast<Millis>(c.shift->to) * kHalfHour);
    }
    day(name.c_str(), c.queue_mean_s, c.abandon_pct, c.answered_pct);
  }
}

}  // namespace switchboard::simulate
