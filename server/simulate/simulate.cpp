// The command line of `switchboard simulate`.
#include "server/simulate/simulate.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/generate.hpp"
#include "server/simulate/pooled_bound.hpp"
#include "server/simulate/progress.hpp"
#include "server/simulate/report.hpp"
#include "server/simulate/staff.hpp"
#include "server/simulate/study.hpp"

namespace switchboard::simulate {

namespace {

namespace json = boost::json;

struct Options {
  std::string trace;
  std::string roster;
  std::vector<std::string> policies = {"switchboard"};
  std::vector<std::string> settings;
  std::string decisions;
  std::string report;
  std::string starts_at;
  double gamma = 0;
  std::uint64_t seed = 1;
  int answer_within_s = 30;
  bool as_json = false;
  bool reference = false;
  bool progress = false;
  std::string generate;
  double scale = 1;
  bool staff = false;
  std::string write_roster;
  StaffOptions plan;
  double shift_min_h = 4;
  double shift_max_h = 9;
  int places = 0;  // 0 = as the trace has
  int hours = kDayHours;
};

int fail(const std::string& what) {
  std::cerr << "simulate: " << what << '\n';
  return 1;
}
int misused(const std::string& what) {
  std::cerr << "simulate: " << what << '\n';
  return 2;
}

// K=V, V an integer.
bool apply(router::Policy& policy, const std::string& setting) {
  const std::size_t at = setting.find('=');
  if (at == std::string::npos) return false;
  std::int64_t value = 0;
  const char* end = setting.data() + setting.size();
  const auto [stop, error] = std::from_chars(setting.data() + at + 1, end, value);
  return error == std::errc() && stop == end && router::set_parameter(policy, setting.substr(0, at), value);
}

void print(const Study& study, const PolicyResult& r) {
  const Figures& f = r.figures;
  std::printf("%s, policy %s\n", study.trace->name.c_str(), r.policy.c_str());
  std::printf("  chats              %10zu   served %zu, abandoned %zu (%.1f%%), waiting %zu\n", f.chats,
              f.served, f.abandoned, f.abandon_pct, f.waiting);
  std::printf("  mean in queue      %10.2f s  pooled bound %.2f s\n", f.queue_mean_s, study.bound_s);
  if (study.every_skill_s) std::printf("  every agent every skill %5.2f s\n", *study.every_skill_s);
  std::printf("  wait of the served %10.1f s  half, %.1f s 95%%, %.1f s 99%%; %.1f%% of all within 30 s\n",
              f.wait_p50_s, f.wait_p95_s, f.wait_p99_s, f.within_30s_pct);
  std::printf(
      "  wanted persona     %10.1f %%\n  same agent         %10.1f %%\n  own skill          %10.1f %%\n",
      f.persona_match_pct, f.sticky_hit_pct, f.own_skill_pct);
  for (std::size_t v = 0; v < f.queue_mean_s_by_vip.size(); ++v) {
    std::printf("  mean in queue, vip %zu %8.2f s\n", v, f.queue_mean_s_by_vip[v]);
  }
  std::printf("  told how long      %10zu   of the served; within the median %.1f%%, the 9th decile %.1f%%\n",
              f.eta_quotes, f.eta_within_p50_pct, f.eta_within_p90_pct);
  std::printf("  evenness           %10.4f\n  took               %10.0f ms\n", f.jain_even_in_group,
              r.wall_ms);
}

// The policy's dispatcher; null and `wrong` says why.
std::unique_ptr<Dispatcher> dispatcher_for(const std::string& policy, const Trace& trace, const Options& o,
                                           std::string& wrong) {
  if (policy != "switchboard") {
    auto peer = peer_dispatcher(policy, trace, o.seed);
    if (!peer) wrong = "--policy " + policy + ": unknown";
    return peer;
  }
  router::Policy parameters = policy_for(trace);
  for (const std::string& setting : o.settings) {
    if (apply(parameters, setting)) continue;
    wrong = "--set " + setting + ": no such parameter, or not NAME=INTEGER";
    return nullptr;
  }
  return router_dispatcher(trace, parameters);
}

Result<Trace, std::string> trace_for(const Options& o) {
  auto trace = read_trace(o.trace);
  if (!trace) return trace;
  if (!o.roster.empty()) {
    if (std::string wrong = replace_roster(*trace, o.roster); !wrong.empty()) return wrong;
  }
  if (!o.starts_at.empty()) trace->starts_at_min = clock_minutes(o.starts_at);
  return trace;
}

void add_references(Study& study, const Options& o) {
  study.bound = pooled_waits(*study.trace);
  study.bound_s = pooled_queue_mean_s(*study.trace);
  if (!o.reference && o.report.empty()) return;
  study.able = std::make_unique<const Trace>(everybody_can_everything(*study.trace));
  const auto dispatcher = peer_dispatcher("fcfs_alis", *study.able, 0);
  study.every_skill = play(*study.able, *dispatcher, o.gamma);
  study.every_skill_s = figures(*study.able, *study.every_skill).queue_mean_s;
}

int run(const Options& o) {
  const auto trace = trace_for(o);
  if (!trace) return fail(trace.error());
  Study study;
  study.trace = &*trace;
  bool legal = true;
  {
    Progress progress(o.progress);
    for (const std::string& policy : o.policies) {
      std::string wrong;
      const auto dispatcher = dispatcher_for(policy, *trace, o, wrong);
      if (!dispatcher) return misused(wrong);
      PolicyResult result;
      result.policy = policy;
      using Clock = std::chrono::steady_clock;
      const Clock::time_point began = Clock::now();
      result.run = play(*trace, *dispatcher, o.gamma, [&](double share) { progress.tell(policy, share); });
      result.wall_ms = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
      result.figures = figures(*trace, result.run);
      study.results.push_back(std::move(result));
    }
    add_references(study, o);
  }
  for (const PolicyResult& result : study.results) {
    for (const std::string& what : result.run.illegal) {
      std::cerr << "simulate: illegal: " << result.policy << ": " << what << '\n';
      legal = false;
    }
  }
  if (!o.decisions.empty()) {
    const std::string wrong = write_decisions(*trace, study.results.front().run, o.decisions);
    if (!wrong.empty()) return fail(wrong);
  }
  if (!o.report.empty()) {
    const std::string wrong = write_report(study, 1000 * Millis{o.answer_within_s}, o.report);
    if (!wrong.empty()) return fail(wrong);
  }
  if (o.as_json) {
    std::cout << json::serialize(to_json(study)) << std::endl;
  } else {
    for (const PolicyResult& result : study.results) print(study, result);
  }
  return legal ? 0 : 1;
}

// The middle one of the capacities of the trace's shifts.
std::int32_t usual_places(const Trace& trace) {
  std::vector<std::int32_t> capacities;
  for (const Shift& s : trace.shifts) capacities.push_back(std::max(s.capacity, 1));
  if (capacities.empty()) return 4;
  std::nth_element(capacities.begin(),
                   capacities.begin() + static_cast<std::ptrdiff_t>(capacities.size() / 2), capacities.end());
  return capacities[capacities.size() / 2];
}

int run_staff(const Options& o) {
  const auto trace = trace_for(o);
  if (!trace) return fail(trace.error());
  if (trace->arrivals.empty()) return fail("a day without visitors needs nobody");
  constexpr Millis kPlanMax = 7 * Millis{86'400'000};
  if (std::max(trace->horizon_ms, trace->arrivals.back().t_ms) > kPlanMax)
    return fail("a plan is for a week at most");
  StaffOptions options = o.plan;
  options.targets.answer_within_ms = 1000 * Millis{o.answer_within_s};
  options.rules.shortest = static_cast<std::size_t>(2 * o.shift_min_h);
  options.rules.longest = static_cast<std::size_t>(2 * o.shift_max_h);
  options.rules.places = o.places > 0 ? o.places : usual_places(*trace);
  options.seed = o.seed;
  options.gamma = o.gamma;
  if (options.rules.longest < options.rules.shortest) return misused("--shift-max is less than --shift-min");

  Plan plan;
  {
    Progress progress(o.progress);
    plan = plan_staff(*trace, options, progress);
  }
  if (!o.write_roster.empty()) {
    Trace planned = *trace;
    put_on(planned, *trace, plan.rota, options.rules, Backups::chain);
    const std::string wrong = write_roster(planned, o.write_roster);
    if (!wrong.empty()) return fail(wrong);
  }
  if (!o.report.empty()) {
    const std::string wrong = write_staff_report(*trace, options, plan, o.report);
    if (!wrong.empty()) return fail(wrong);
  }
  if (o.as_json) {
    std::cout << json::serialize(to_json(*trace, options, plan)) << std::endl;
  } else {
    print(*trace, options, plan);
  }
  return plan.kept ? 0 : 1;
}

void add_staff_options(CLI::App& app, Options& o) {
  const auto half_hours = [](const std::string& text) {
    char* end = nullptr;
    const double twice = 2 * std::strtod(text.c_str(), &end);
    const bool good = *end == 0 && twice >= 1 && twice <= 48 && twice == static_cast<int>(twice);
    return good ? std::string() : std::string("hours in halves, 0.5 to 24");
  };
  app.add_flag("--staff", o.staff, "plan: the rota that keeps the targets in every half hour");
  app.add_option("--answered", o.plan.targets.answered_pct,
                 "of --staff: percent served within --answer-within")
      ->check(CLI::Range(0.0, 99.9))
      ->capture_default_str();
  app.add_option("--abandon-max", o.plan.targets.abandon_max_pct, "of --staff: percent who may leave")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  app.add_option("--occupancy-max", o.plan.targets.occupancy_max_pct, "of --staff: percent of places in use")
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str();
  app.add_option("--seeds", o.plan.seeds, "of --staff: days to play, from --seed on")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  app.add_option("--shift-min", o.shift_min_h, "of --staff: hours of the shortest shift")
      ->check(half_hours)
      ->capture_default_str();
  app.add_option("--shift-max", o.shift_max_h, "of --staff: hours of the longest shift")
      ->check(half_hours)
      ->capture_default_str();
  app.add_option("--places", o.places,
                 "of --staff: chats at once per agent; as the trace's agents if not given")
      ->check(CLI::Range(1, router::kCapacityMax));
  app.add_option("--write-roster", o.write_roster, "of --staff: the rota as a roster.csv");
}

void add_options(CLI::App& app, Options& o) {
  CLI::Option* trace = app.add_option("--trace", o.trace, "folder with meta.json, arrivals.csv, roster.csv");
  app.add_option("--roster", o.roster, "a roster.csv to take instead of the trace's");
  app.add_option(
         "--policy", o.policies,
         "switchboard, fcfs_alis, least_loaded, random or round_robin; several, by commas, to compare")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--set", o.settings,
                 "policy parameter NAME=INTEGER (milliseconds or per mille), repeatable");
  app.add_option("--decisions", o.decisions, "write id,outcome,agent,start_ms,end_ms to this file");
  app.add_option("--gamma", o.gamma, "how much each further chat of an agent slows the others")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--seed", o.seed, "of --policy random and --generate")->capture_default_str();
  app.add_option("--report", o.report, "write a page to look at: one HTML file, needs no network");
  app.add_option("--answer-within", o.answer_within_s, "seconds; who is served by then counts as answered")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  app.add_option("--starts-at", o.starts_at, "the clock at the start of the trace, HH:MM, for the page")
      ->check([](const std::string& text) {
        return clock_minutes(text) ? std::string() : std::string("not HH:MM");
      });
  app.add_flag("--reference", o.reference, "also: the queue if every agent had every skill");
  app.add_flag("--json", o.as_json, "one JSON object, last line of stdout");
  app.add_flag("--progress", o.progress, "say on stderr how far a long run is, also if it is no terminal");
  CLI::Option* generate =
      app.add_option("--generate", o.generate, "write a made-up trace to this folder instead");
  app.add_option("--scale", o.scale, "of --generate: 1 = a small shop of 6 agents")
      ->check(CLI::Range(0.1, 1000.0));
  app.add_option("--hours", o.hours, "of --generate: from 09:00 on")
      ->check(CLI::Range(1, kDayHours))
      ->capture_default_str();
  trace->excludes(generate);
}

}  // namespace

int simulate_main(int argc, char** argv) {
  Options o;
  CLI::App app{"Plays a trace of arrivals against a rota and tells how long people waited",
               "switchboard simulate"};
  add_options(app, o);
  add_staff_options(app, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (!o.generate.empty()) {
    const std::string wrong = write_trace(generate_trace(o.seed, o.scale, o.hours), o.generate);
    return wrong.empty() ? 0 : fail(wrong);
  }
  if (o.trace.empty()) return misused("--trace or --generate is needed");
  return o.staff ? run_staff(o) : run(o);
}

}  // namespace switchboard::simulate
