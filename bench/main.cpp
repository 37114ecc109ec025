// switchboard-bench: what Switchboard does under load, with real sockets, and whether it keeps its promises
// meanwhile. Exit codes: 0 good, 1 a check failed or the run could not be made, 2 usage, 3 too little
// happened for it to mean anything.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bench/chaos/nemesis.hpp"
#include "bench/load/pairs.hpp"
#include "bench/modes/chaos.hpp"
#include "bench/modes/idle.hpp"
#include "bench/modes/outcome.hpp"
#include "bench/modes/relay.hpp"
#include "bench/modes/report.hpp"
#include "bench/modes/router.hpp"
#include "bench/modes/shopday.hpp"
#include "bench/modes/storm.hpp"
#include "bench/shopday/shop_of_trace.hpp"
#include "bench/shopday/trace.hpp"
#include "server/shop/shop.hpp"

namespace {

using namespace switchboard::bench;
namespace load = switchboard::load;
namespace shop = switchboard::shop;
namespace shopday = switchboard::shopday;

std::string beside_ourselves(const char* name) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return (self.parent_path() / name).string();
}

struct Output {
  bool json = false;
  bool print_shop = false;
  std::string report;
};

void add_common(CLI::App& command, CommonOptions& common, Output& output) {
  command.add_option("--url", common.gateway.url,
                     "Drive a running server, ws://HOST:PORT[/v1/ws], instead of our own");
  command.add_option("--key", common.gateway.key, "Its shop's signing key (switchboard token --key)")
      ->needs("--url");
  command.add_option("--shop-id", common.shop_id, "Its shop, which must have been applied there")
      ->needs("--url");
  command.add_option("--server", common.gateway.binary, "The server's binary")->capture_default_str();
  command.add_option("--threads", common.gateway.threads, "Threads of the server, 0: one per core")
      ->capture_default_str();
  command.add_option("--serve-arg", common.gateway.arguments,
                     "One more flag for `switchboard serve`; may be repeated");
  command.add_option("--seed", common.seed, "Of everything that is drawn")->capture_default_str();
  command.add_flag("--keep-data", common.gateway.keep_data, "Leave the data directory behind");
  command.add_option("--report", output.report, "Write the run as a self-contained HTML file");
  command.add_flag("--json", output.json, "One JSON object as the last line of stdout");
}

// For the modes whose people must be in the shop: what has to be applied to a server that --url names.
void add_print_shop(CLI::App& command, Output& output) {
  command.add_flag("--print-shop", output.print_shop,
                   "Print the shop file that this run needs, for `switchboard shop apply`, and end");
}

int print_shop(const RelayOptions& relay, const ShopdayOptions& shopday, bool of_a_day) {
  if (!of_a_day) {
    std::cout << shop::export_shop(load::shop_of_pairs(relay.common.shop_id, relay.pairs));
    return 0;
  }
  const auto trace = shopday::read_trace(shopday.trace);
  if (!trace) {
    std::fprintf(stderr, "failed: %s\n", trace.error().c_str());
    return 1;
  }
  std::cout << shop::export_shop(shopday::shop_of_trace(*trace, shopday.common.shop_id, shopday.speed));
  return 0;
}

// As it was called, without the seed.
std::string command_of(int argc, char** argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--seed" && i + 1 < argc) {
      ++i;
    } else if (!word.starts_with("--seed=")) {
      command += (command.empty() ? "" : " ") + std::string(word);
    }
  }
  return command;
}

void add_chaos(CLI::App& app, ChaosOptions& chaos, Output& output, std::string& judged) {
  auto& command =
      *app.add_subcommand("chaos", "Two shops, several gateways, faults from a seed, and a judge");
  auto& common = chaos.common;
  common.seed = 0;
  common.duration_s = 30;
  common.gateway.binary = beside_ourselves("switchboard");
  command.add_option("--server", common.gateway.binary, "The server's binary")->capture_default_str();
  command.add_option("--serve-arg", common.gateway.arguments,
                     "One more flag for `switchboard serve`; may be repeated");
  command.add_option("--seed", common.seed, "Of people and faults; 0: a new one, which is told")
      ->capture_default_str();
  command.add_option("--duration", common.duration_s, "Seconds in which visitors come and faults happen")
      ->check(CLI::Range(3.0, 86'400.0))
      ->capture_default_str();
  command.add_option("--gateways", chaos.gateways, "Gateways")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command.add_option("--rate", chaos.visitors_per_s, "Visitors a second, both shops together")
      ->check(CLI::Range(0.1, 1'000.0))
      ->capture_default_str();
  std::vector<std::string> kinds, bad;
  for (const auto& kind : switchboard::chaos::fault_kinds()) kinds.emplace_back(kind.name);
  for (const auto& system : switchboard::chaos::bad_systems()) bad.emplace_back(system.name);
  command.add_option("--faults", chaos.faults, "Only these, comma-separated")
      ->delimiter(',')
      ->check(CLI::IsMember(kinds));
  command.add_flag(
      "--namespaces", chaos.namespaces,
      "Each gateway in a network namespace of its own, so that packets can be dropped; needs root");
  command.add_option("--bad", chaos.bad, "A system that is known to be bad: the run must fail")
      ->check(CLI::IsMember(bad));
  command
      .add_option_function<std::vector<std::string>>(
          "--require",
          [&chaos](const std::vector<std::string>& wanted) {
            for (const auto& one : wanted) {
              const auto equals = one.find('=');
              if (equals == std::string::npos) throw CLI::ValidationError("--require", "is FIGURE=LEAST");
              chaos.require[one.substr(0, equals)] = std::stoull(one.substr(equals + 1));
            }
          },
          "FIGURE=LEAST of the JSON object, comma-separated: less ends with 3; added to what is required "
          "anyway")
      ->delimiter(',');
  command.add_flag("--keep-data", common.gateway.keep_data, "Leave the folder behind also if all is good");
  command.add_option("--report", output.report, "Write the run as a self-contained HTML file");
  command.add_flag("--json", output.json, "One JSON object as the last line of stdout");

  auto& judge = *app.add_subcommand("judge", "Judge the histories that a chaos run has kept, once more");
  judge.add_option("FOLDER", judged, "What the run named")->required()->check(CLI::ExistingDirectory);
  judge.add_flag("--json", output.json, "One JSON object as the last line of stdout");
}

int finish(Outcome outcome, const Output& output) {
  add_faults(outcome.figures, outcome.faults);
  outcome.figures["mode"] = outcome.mode;
  outcome.figures["good"] = outcome.good() && outcome.too_little.empty();
  if (!outcome.too_little.empty()) outcome.figures["too_little"] = outcome.too_little;
  if (!outcome.failure.empty()) outcome.figures["failure"] = outcome.failure;

  std::printf("%s\n", outcome.mode.c_str());
  for (const auto& [name, value] : outcome.rows) std::printf("  %-40s %s\n", name.c_str(), value.c_str());
  std::printf("  %-40s %llu / %llu / %llu / %llu / %llu / %llu / %llu\n",
              "lost/doubled/reordered/over/stuck/overtaken/leak",
              static_cast<unsigned long long>(outcome.faults.lost),
              static_cast<unsigned long long>(outcome.faults.doubled),
              static_cast<unsigned long long>(outcome.faults.reordered),
              static_cast<unsigned long long>(outcome.faults.over_capacity),
              static_cast<unsigned long long>(outcome.faults.stuck),
              static_cast<unsigned long long>(outcome.faults.overtaken),
              static_cast<unsigned long long>(outcome.faults.leaked));
  if (!outcome.failure.empty()) std::fprintf(stderr, "failed: %s\n", outcome.failure.c_str());
  if (!output.report.empty() && !(std::ofstream(output.report) << report_html(outcome))) {
    std::fprintf(stderr, "cannot write %s\n", output.report.c_str());
    return 1;
  }
  if (!outcome.too_little.empty())
    std::fprintf(stderr, "too little happened: %s\n", outcome.too_little.c_str());
  if (output.json) std::printf("%s\n", boost::json::serialize(outcome.figures).c_str());
  if (!outcome.good()) return 1;
  return outcome.too_little.empty() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Measures Switchboard with real sockets and checks its promises meanwhile"};
  app.require_subcommand(1);
  Output output;

  RelayOptions relay;
  relay.common.gateway.binary = beside_ourselves("switchboard");
  CrowdOptions idle, storm;
  idle.common = storm.common = relay.common;
  idle.common.duration_s = 5;

  auto& relay_command =
      *app.add_subcommand("relay", "Pairs of visitor and agent: cost and latency of a message");
  add_common(relay_command, relay.common, output);
  add_print_shop(relay_command, output);
  relay_command.add_option("--duration", relay.common.duration_s, "Seconds measured")->capture_default_str();
  relay_command.add_option("--warmup", relay.warmup_s, "Seconds before")->capture_default_str();
  relay_command.add_option("--pairs", relay.pairs, "Pairs")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  relay_command.add_option("--window", relay.window, "Closed loop: unacknowledged messages per side")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  relay_command.add_option("--rate", relay.rate_per_s, "Open loop: messages a second in all; 0: closed loop")
      ->capture_default_str();
  relay_command.add_option("--text-octets", relay.text_octets, "Of a message")
      ->check(CLI::Range(16, 8'000))
      ->capture_default_str();

  auto& idle_command =
      *app.add_subcommand("idle", "Signed-in visitors who say nothing: memory, connect rate");
  add_common(idle_command, idle.common, output);
  idle_command.add_option("--connections", idle.connections, "Connections")->capture_default_str();
  idle_command.add_option("--duration", idle.common.duration_s, "Seconds of silence")->capture_default_str();

  auto& storm_command = *app.add_subcommand("storm", "Everybody's line breaks at once, everybody comes back");
  add_common(storm_command, storm.common, output);
  storm_command.add_option("--connections", storm.connections, "Connections")->capture_default_str();

  ShopdayOptions shopday;
  shopday.common = relay.common;
  auto& shopday_command =
      *app.add_subcommand("shopday", "A day of a shop from a trace, with people and a checker");
  add_common(shopday_command, shopday.common, output);
  add_print_shop(shopday_command, output);
  shopday_command.add_option("--trace", shopday.trace, "Folder with meta.json, arrivals.csv, roster.csv")
      ->required()
      ->check(CLI::ExistingDirectory);
  shopday_command.add_option("--speed", shopday.speed, "How many times faster than the day was")
      ->check(CLI::Range(1.0, 5'000.0))
      ->capture_default_str();
  shopday_command.add_option("--until", shopday.until_s, "Only so many seconds of the trace; 0: all of it")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  shopday_command.add_flag("--compare-simulate", shopday.compare_simulate,
                           "Show what the same day is in the simulator, beside what was measured");
  shopday_command.add_option("--repeat", shopday.day.repeat_share, "Share of sends that are sent once more")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  shopday_command
      .add_option("--line-loss", shopday.day.visitor_line_loss,
                  "Share of chats in which the visitor's line breaks")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  shopday_command
      .add_option("--agent-line-loss", shopday.day.agent_line_loss,
                  "Share of agents' messages behind which theirs does")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();

  RouterOptions router;
  auto& router_command =
      *app.add_subcommand("router", "The routing engine alone: cost of an event by size, worst moments");
  router_command.add_option("--turns", router.turns, "Per measured point, each three events and more")
      ->check(CLI::Range(100, 10'000'000))
      ->capture_default_str();
  router_command.add_option("--report", output.report,
                            "Write tables and plots as a self-contained HTML file");
  router_command.add_flag("--json", output.json, "One JSON object as the last line of stdout");

  ChaosOptions chaos;
  chaos.bad_disk = beside_ourselves("libbad_disk.so");
  std::string judged;
  add_chaos(app, chaos, output, judged);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return 2;
  }
  if (output.print_shop) return print_shop(relay, shopday, shopday_command.parsed());
  Outcome outcome;
  try {
    if (relay_command.parsed()) outcome = run_relay(relay);
    if (idle_command.parsed()) outcome = run_idle(idle);
    if (storm_command.parsed()) outcome = run_storm(storm);
    if (shopday_command.parsed()) outcome = run_shopday(shopday);
    if (router_command.parsed()) outcome = run_router(router);
    if (app.got_subcommand("chaos")) {
      chaos.command = command_of(argc, argv);
      chaos.require.merge(required_by_default(chaos));
      outcome = run_chaos(chaos);
    }
    if (app.got_subcommand("judge")) outcome = run_judge(judged);
  } catch (const std::exception& error) {
    outcome.mode = app.get_subcommands().front()->get_name();
    outcome.failure = error.what();
  }
  return finish(std::move(outcome), output);
}
