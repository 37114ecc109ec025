// Which rota keeps a shop's targets, what it brings by the half hour, and what one agent more or another
// second skill would bring.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/simulate/progress.hpp"
#include "server/simulate/rota.hpp"
#include "server/simulate/slices.hpp"
#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

// To hold in every half hour, on average over the days played.
struct Targets {
  double answered_pct = 80;  // at least so many are served within
  Millis answer_within_ms = 30'000;
  double abandon_max_pct = 5;
  double occupancy_max_pct = 92;
};

struct StaffOptions {
  Targets targets;
  ShiftRules rules;
  std::size_t seeds = 10;  // days played, 2 ..
  std::uint64_t seed = 1;  // of the first
  double gamma = 0;
};

// A mean over days and its 95% confidence interval (Student).
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};
Interval interval(const std::vector<double>& values);

// Of a half hour or of the whole day.
struct Outlook {
  Millis from_ms = 0;
  double load = 0;         // places that would be busy if nobody ever waited
  double rule_places = 0;  // what the square-root rule asks for
  double agents = 0;       // on shift, on average
  Interval chats;
  Interval queue_mean_s;
  Interval answered_pct;
  Interval abandon_pct;
  Interval occupancy_pct;
  Interval persona_match_pct;
  Interval pooled_queue_mean_s;  // the bound on the same days
  Interval every_skill_queue_mean_s;
  Interval one_more_agent_s;     // what her coming would add to queue_mean_s (negative: shorter)
  Interval one_more_agent_left;  // and to abandon_pct
  Interval no_second_skill_s;    // what it would add if nobody had a second skill
  bool kept = true;              // the targets hold here
};

// The whole day with something changed, against the plan, day by day.
struct Change {
  std::string what;                   // one_more_agent, one_fewer_agent, no_second_skills, third_skills
  std::optional<std::uint8_t> skill;  // of the agent
  std::optional<PlannedShift> shift;
  Interval queue_mean_s;  // difference
  Interval answered_pct;
  Interval abandon_pct;
};

struct Plan {
  Rota rota;
  bool kept = false;  // in every half hour
  std::size_t tried = 0;
  double agent_hours = 0;
  std::vector<Outlook> half_hours;
  Outlook day;
  std::optional<Outlook> now;  // the trace's own roster on the same days; empty = it has none
  double now_agent_hours = 0;
  std::size_t now_agents = 0;
  std::vector<Change> changes;
};

// Starts from the square-root rule and adds, moves or lengthens the shift that lowers the worst half hour
// most, until the targets hold or nothing helps; then takes out what is not needed. Uses every core; the
// result depends on the arguments alone.
Plan plan_staff(const Trace& trace, const StaffOptions& options, Progress& progress);

boost::json::object to_json(const Trace& trace, const StaffOptions& options, const Plan& plan);
void print(const Trace& trace, const StaffOptions& options, const Plan& plan);

}  // namespace switchboard::simulate
