#include "server/simulate/simulate.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/figures.hpp"
#include "server/simulate/generate.hpp"
#include "server/simulate/pooled_bound.hpp"
#include "server/simulate/trace.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::simulate {

namespace {

namespace json = boost::json;

struct Options {
  std::string trace;
  std::string policy = "switchboard";
  std::vector<std::string> settings;
  std::string decisions;
  double gamma = 0;
  std::uint64_t seed = 1;
  bool as_json = false;
  bool reference = false;
  std::string generate;
  double scale = 1;
  int hours = 15;
};

int fail(const std::string& what) {
  std::cerr << "simulate: " << what << '\n';
  return 1;
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

// The same shop if every agent had every skill as his own.
Trace everybody_can_everything(Trace trace) {
  for (Shift& s : trace.shifts) {
    s.skills.clear();
    for (std::size_t i = 0; i < trace.skills.size(); ++i)
      s.skills.push_back({router::SkillId(static_cast<std::uint8_t>(i)), 0});
  }
  return trace;
}

double reference_queue_mean_s(const Trace& trace, double gamma) {
  const Trace able = everybody_can_everything(trace);
  const auto dispatcher = peer_dispatcher("fcfs_alis", able, 0);
  return figures(able, play(able, *dispatcher, gamma)).queue_mean_s;
}

struct Outcomes {
  Figures figures;
  double pooled_s = 0;
  std::optional<double> reference_s;
  std::uint64_t decisions = 0;
  double wall_ms = 0;
};

json::object to_json(const Trace& trace, const Options& o, const Outcomes& r) {
  const Figures& f = r.figures;
  json::array by_vip(f.queue_mean_s_by_vip.begin(), f.queue_mean_s_by_vip.end());
  json::object out{
      {"trace", trace.name},
      {"policy", o.policy},
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
      {"pooled_queue_mean_s", r.pooled_s},
      {"decisions_per_s", r.wall_ms > 0 ? static_cast<double>(r.decisions) * 1000 / r.wall_ms : 0},
      {"wall_ms", r.wall_ms}};
  if (r.reference_s) out["every_skill_queue_mean_s"] = *r.reference_s;
  return out;
}

void print(const Trace& trace, const Options& o, const Outcomes& r) {
  const Figures& f = r.figures;
  std::printf("%s, policy %s\n", trace.name.c_str(), o.policy.c_str());
  std::printf("  chats              %10zu   served %zu, abandoned %zu (%.1f%%), waiting %zu\n", f.chats,
              f.served, f.abandoned, f.abandon_pct, f.waiting);
  std::printf("  mean in queue      %10.2f s  pooled bound %.2f s\n", f.queue_mean_s, r.pooled_s);
  if (r.reference_s) std::printf("  every agent every skill %5.2f s\n", *r.reference_s);
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

int run(const Options& o) {
  const auto read = read_trace(o.trace);
  if (!read) return fail(read.error());
  const Trace& trace = *read;
  std::unique_ptr<Dispatcher> dispatcher;
  if (o.policy == "switchboard") {
    router::Policy policy = policy_for(trace);
    for (const std::string& setting : o.settings) {
      if (!apply(policy, setting)) {
        std::cerr << "simulate: --set " << setting << ": no such parameter, or not NAME=INTEGER\n";
        return 2;
      }
    }
    dispatcher = router_dispatcher(trace, policy);
  } else {
    dispatcher = peer_dispatcher(o.policy, trace, o.seed);
  }
  if (!dispatcher) {
    std::cerr << "simulate: --policy " << o.policy << ": unknown\n";
    return 2;
  }

  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  Clock::time_point said = began;
  const auto progress = [&](double share) {
    if (Clock::now() - said < std::chrono::seconds(1)) return;
    said = Clock::now();
    std::fprintf(stderr, "simulate: %.0f%%\n", 100 * share);
  };
  const Run played = play(trace, *dispatcher, o.gamma, progress);
  Outcomes result;
  result.wall_ms = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
  result.decisions = played.decisions;
  result.figures = figures(trace, played);
  result.pooled_s = pooled_queue_mean_s(trace);
  if (o.reference) result.reference_s = reference_queue_mean_s(trace, o.gamma);
  if (!o.decisions.empty()) {
    if (const std::string wrong = write_decisions(trace, played, o.decisions); !wrong.empty())
      return fail(wrong);
  }
  for (const std::string& what : played.illegal) std::cerr << "simulate: illegal: " << what << '\n';
  if (o.as_json) {
    std::cout << json::serialize(to_json(trace, o, result)) << std::endl;
  } else {
    print(trace, o, result);
  }
  return played.illegal.empty() ? 0 : 1;
}

}  // namespace

int simulate_main(int argc, char** argv) {
  Options o;
  CLI::App app{"Plays a trace of arrivals against a rota and tells how long people waited",
               "switchboard simulate"};
  CLI::Option* trace = app.add_option("--trace", o.trace, "folder with meta.json, arrivals.csv, roster.csv");
  app.add_option("--policy", o.policy, "switchboard, fcfs_alis, least_loaded, random or round_robin")
      ->capture_default_str();
  app.add_option("--set", o.settings,
                 "policy parameter NAME=INTEGER (milliseconds or per mille), repeatable");
  app.add_option("--decisions", o.decisions, "write id,outcome,agent,start_ms,end_ms to this file");
  app.add_option("--gamma", o.gamma, "how much each further chat of an agent slows the others")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--seed", o.seed, "of --policy random and --generate")->capture_default_str();
  app.add_flag("--reference", o.reference, "also: the queue if every agent had every skill");
  app.add_flag("--json", o.as_json, "one JSON object, last line of stdout");
  CLI::Option* generate =
      app.add_option("--generate", o.generate, "write a made-up trace to this folder instead");
  app.add_option("--scale", o.scale, "of --generate: 1 = a small shop of 6 agents")
      ->check(CLI::Range(0.1, 1000.0));
  app.add_option("--hours", o.hours, "of --generate: from 09:00 on")
      ->check(CLI::Range(1, 15))
      ->capture_default_str();
  trace->excludes(generate);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (!o.generate.empty()) {
    const std::string wrong = write_trace(generate_trace(o.seed, o.scale, o.hours), o.generate);
    return wrong.empty() ? 0 : fail(wrong);
  }
  if (o.trace.empty()) {
    std::cerr << "simulate: --trace or --generate is needed\n";
    return 2;
  }
  return run(o);
}

}  // namespace switchboard::simulate
