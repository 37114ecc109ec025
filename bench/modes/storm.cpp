#include "bench/modes/storm.hpp"

namespace switchboard::bench {

using namespace std::chrono_literals;
using load::Clock;

namespace {

// Everybody is there, has a conversation and one message acknowledged; else why not.
std::string gather(CrowdStage& stage) {
  if (!stage.sign_in(stage.crowd(), 300s)) return "not everybody was welcomed within 300 s";
  for (auto& visitor : stage.crowd()) visitor->open();
  if (!stage.run_until_each(120s, [](CrowdVisitor& visitor) { return visitor.opened(); }))
    return "not everybody could open a conversation within 120 s";
  for (auto& visitor : stage.crowd()) visitor->write();
  stage.run_until_each(60s, [](CrowdVisitor& visitor) { return visitor.acknowledged() == 1; });
  return "";
}

// How long each needed to be welcomed again. Who was not, and what was not acknowledged, are faults.
load::Histogram look_at(Crowd& crowd, Clock::time_point broken, Faults& faults) {
  load::Histogram welcomed;
  for (auto& visitor : crowd) {
    const auto back = visitor->welcomed_at() - broken;
    if (visitor->client().ready())
      welcomed.record(std::chrono::duration_cast<std::chrono::microseconds>(back).count());
    else
      ++faults.stuck;
    faults.lost += visitor->written() - visitor->acknowledged();
  }
  return welcomed;
}

}  // namespace

Outcome run_storm(const CrowdOptions& options) {
  Outcome outcome{.mode = "storm"};
  CrowdStage stage(options, outcome);
  if (!stage.ready()) return outcome;
  auto& gateway = stage.gateway();
  auto& crowd = stage.crowd();
  outcome.failure = gather(stage);
  if (!outcome.failure.empty()) return outcome;

  // One message is under way and unanswered when the lines break, one is written while they are down.
  for (auto& visitor : crowd) visitor->write();
  stage.run_for(5ms);
  const auto usage_before = gateway.usage();
  const auto broken = Clock::now();
  for (auto& visitor : crowd) visitor->client().lose_line();
  for (auto& visitor : crowd) visitor->write();
  const bool back =
      stage.run_until_each(120s, [](CrowdVisitor& visitor) { return visitor.client().ready(); });
  const double back_s = seconds_since(broken);
  stage.run_until_each(60s,
                       [](CrowdVisitor& visitor) { return visitor.acknowledged() == visitor.written(); });
  const double settled_s = seconds_since(broken);
  const auto usage = gateway.usage();

  const auto welcomed = look_at(crowd, broken, outcome.faults);
  if (!back) outcome.failure = "not everybody was back within 120 s";
  outcome.figures["connections"] = options.connections;
  outcome.figures["all_back_s"] = back_s;
  outcome.figures["all_settled_s"] = settled_s;
  add_quantiles(outcome.figures, "back", welcomed);
  outcome.rows = {
      {"connections cut", std::to_string(options.connections)},
      {"back p50 / p99", milliseconds(welcomed.quantile(.5)) + " / " + milliseconds(welcomed.quantile(.99))},
      {"everybody back after", milliseconds(static_cast<std::int64_t>(back_s * 1e6))},
      {"every message acknowledged after", milliseconds(static_cast<std::int64_t>(settled_s * 1e6))}};
  if (gateway.ours()) {
    const double cpu = static_cast<double>(usage.gateway_us + usage.redis_us - usage_before.gateway_us -
                                           usage_before.redis_us) /
                       static_cast<double>(options.connections);
    outcome.figures["server_cpu_us_per_reconnect"] = cpu;
    outcome.rows.push_back({"server CPU per reconnect", rounded(cpu) + " us"});
  }
  stage.end();
  return outcome;
}

}  // namespace switchboard::bench
