#include "bench/modes/idle.hpp"

#include <sys/resource.h>

#include "bench/load/pairs.hpp"
#include "bench/modes/crowd.hpp"

namespace switchboard::bench {

using namespace std::chrono_literals;
using load::Clock;

namespace {

// Both ends hold a descriptor for each connection; the server raises its own limit or says so.
bool enough_descriptors(int connections) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= static_cast<rlim_t>(connections) + 64;
}

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

std::string number(double value) {
  return std::to_string(static_cast<std::int64_t>(value + 0.5));
}

}  // namespace

Outcome run_idle(const CrowdOptions& options) {
  Outcome outcome{.mode = "idle"};
  if (!enough_descriptors(options.connections)) {
    outcome.failure = "the limit of open files (ulimit -Hn) is below the number of connections";
    return outcome;
  }
  const auto& common = options.common;
  boost::asio::io_context io;  // outlives the gateway, which has a timer in it
  auto gateway =
      load::Gateway::start(common.gateway, load::shop_of_pairs(common.shop_id, 1), outcome.failure);
  if (!gateway) return outcome;

  gateway->watch(io);
  load::Wire wire(io, common.seed);
  Crowd crowd;
  for (int i = 0; i < options.connections; ++i) {
    crowd.push_back(std::make_unique<CrowdVisitor>(wire, *gateway, common.shop_id, i, outcome.faults));
  }
  // What the server needs once, whoever comes (the shop, buffers), is not counted per connection.
  Crowd first;
  first.push_back(
      std::make_unique<CrowdVisitor>(wire, *gateway, common.shop_id, options.connections, outcome.faults));
  if (!sign_in(io, first, 1, 30s)) {
    outcome.failure = "nobody could sign in";
    return outcome;
  }
  const auto resident_before = gateway->resident();
  const auto redis_before = gateway->redis_resident();
  const auto usage_before = gateway->usage();
  const auto start = Clock::now();
  if (!sign_in(io, crowd, options.connecting_at_once, 300s)) {
    outcome.failure = "not everybody was welcomed within 300 s";
    ++outcome.faults.stuck;
  }
  const double connect_s = seconds_since(start);
  const auto usage = gateway->usage();
  const auto n = static_cast<double>(options.connections);

  load::run_until(io, std::chrono::milliseconds(static_cast<std::int64_t>(common.duration_s * 1000)),
                  [] { return false; });
  std::size_t still = 0;
  for (auto& visitor : crowd)
    still += visitor->client().ready() && visitor->client().connections() == 1 ? 1 : 0;
  outcome.faults.lost += crowd.size() - still;  // dropped though it did nothing wrong

  const double octets = static_cast<double>(gateway->resident() - resident_before) / n;
  const double redis_octets = static_cast<double>(gateway->redis_resident() - redis_before) / n;
  outcome.figures["connections"] = options.connections;
  outcome.figures["connects_per_s"] = n / connect_s;
  outcome.rows = {{"connections", std::to_string(options.connections)},
                  {"signed in per second", number(n / connect_s)},
                  {"still there after " + number(common.duration_s) + " s", std::to_string(still)}};
  if (gateway->ours()) {
    const double cpu = static_cast<double>(usage.gateway_us - usage_before.gateway_us) / n;
    outcome.figures["rss_bytes_per_conn"] = octets;
    outcome.figures["redis_rss_bytes_per_conn"] = redis_octets;
    outcome.figures["gateway_cpu_us_per_connect"] = cpu;
    outcome.rows.push_back({"gateway memory per connection", number(octets) + " octets"});
    outcome.rows.push_back({"Redis memory per connection", number(redis_octets) + " octets"});
    outcome.rows.push_back({"gateway CPU per sign-in", number(cpu) + " us"});
  }
  for (auto& visitor : crowd) visitor->client().stop(false);
  if (const int code = gateway->stop(); code != 0)
    outcome.failure = "the server ended with " + std::to_string(code);
  return outcome;
}

Outcome run_storm(const CrowdOptions& options) {
  Outcome outcome{.mode = "storm"};
  if (!enough_descriptors(options.connections)) {
    outcome.failure = "the limit of open files (ulimit -Hn) is below the number of connections";
    return outcome;
  }
  const auto& common = options.common;
  boost::asio::io_context io;  // outlives the gateway, which has a timer in it
  auto gateway =
      load::Gateway::start(common.gateway, load::shop_of_pairs(common.shop_id, 1), outcome.failure);
  if (!gateway) return outcome;

  gateway->watch(io);
  load::Wire wire(io, common.seed);
  Crowd crowd;
  for (int i = 0; i < options.connections; ++i) {
    crowd.push_back(std::make_unique<CrowdVisitor>(wire, *gateway, common.shop_id, i, outcome.faults));
  }
  const auto all = [&](auto holds) {
    return std::ranges::all_of(crowd, [&](auto& visitor) { return holds(*visitor); });
  };
  if (!sign_in(io, crowd, options.connecting_at_once, 300s)) {
    outcome.failure = "not everybody was welcomed within 300 s";
    return outcome;
  }
  for (auto& visitor : crowd) visitor->open();
  if (!load::run_until(io, 120s,
                       [&] { return all([](CrowdVisitor& visitor) { return visitor.opened(); }); })) {
    outcome.failure = "not everybody could open a conversation within 120 s";
    return outcome;
  }
  for (auto& visitor : crowd) visitor->write();
  load::run_until(io, 60s,
                  [&] { return all([](CrowdVisitor& visitor) { return visitor.acknowledged() == 1; }); });

  // One message is under way and unanswered when the lines break, one is written while they are down.
  for (auto& visitor : crowd) visitor->write();
  load::run_until(io, 5ms, [] { return false; });
  const auto usage_before = gateway->usage();
  const auto broken = Clock::now();
  for (auto& visitor : crowd) visitor->client().lose_line();
  for (auto& visitor : crowd) visitor->write();
  const bool back = load::run_until(
      io, 120s, [&] { return all([](CrowdVisitor& visitor) { return visitor.client().ready(); }); });
  const double back_s = seconds_since(broken);
  load::run_until(io, 60s, [&] {
    return all([](CrowdVisitor& visitor) { return visitor.acknowledged() == visitor.written(); });
  });
  const double settled_s = seconds_since(broken);
  const auto usage = gateway->usage();

  load::Histogram welcomed;
  for (auto& visitor : crowd) {
    if (visitor->client().ready()) {
      welcomed.record(
          std::chrono::duration_cast<std::chrono::microseconds>(visitor->welcomed_at() - broken).count());
    } else {
      ++outcome.faults.stuck;
    }
    outcome.faults.lost += visitor->written() - visitor->acknowledged();
  }
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
  if (gateway->ours()) {
    const double cpu = static_cast<double>(usage.gateway_us + usage.redis_us - usage_before.gateway_us -
                                           usage_before.redis_us) /
                       static_cast<double>(options.connections);
    outcome.figures["server_cpu_us_per_reconnect"] = cpu;
    outcome.rows.push_back({"server CPU per reconnect", number(cpu) + " us"});
  }
  for (auto& visitor : crowd) visitor->client().stop(false);
  if (const int code = gateway->stop(); code != 0)
    outcome.failure = "the server ended with " + std::to_string(code);
  return outcome;
}

}  // namespace switchboard::bench
