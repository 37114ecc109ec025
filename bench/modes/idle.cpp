#include "bench/modes/idle.hpp"

namespace switchboard::bench {

using namespace std::chrono_literals;
using load::Clock;

Outcome run_idle(const CrowdOptions& options) {
  Outcome outcome{.mode = "idle"};
  CrowdStage stage(options, outcome);
  if (!stage.ready()) return outcome;
  auto& gateway = stage.gateway();
  auto& crowd = stage.crowd();

  // What the server needs once, whoever comes (the shop, buffers), is not counted per connection.
  Crowd first;
  first.push_back(stage.make_visitor(options.connections));
  if (!stage.sign_in(first, 30s)) {
    outcome.failure = "nobody could sign in";
    return outcome;
  }
  const auto resident_before = gateway.resident();
  const auto redis_before = gateway.redis_resident();
  const auto usage_before = gateway.usage();
  const auto start = Clock::now();
  if (!stage.sign_in(crowd, 300s)) {
    outcome.failure = "not everybody was welcomed within 300 s";
    ++outcome.faults.stuck;
  }
  const double connect_s = seconds_since(start);
  const auto usage = gateway.usage();
  const auto n = static_cast<double>(options.connections);

  stage.run_for(std::chrono::milliseconds(static_cast<std::int64_t>(options.common.duration_s * 1000)));
  std::size_t still = 0;
  for (auto& visitor : crowd)
    still += visitor->client().ready() && visitor->client().connections() == 1 ? 1 : 0;
  outcome.faults.lost += crowd.size() - still;  // dropped though it did nothing wrong

  outcome.figures["connections"] = options.connections;
  outcome.figures["connects_per_s"] = n / connect_s;
  outcome.rows = {{"connections", std::to_string(options.connections)},
                  {"signed in per second", rounded(n / connect_s)},
                  {"still there after " + rounded(options.common.duration_s) + " s", std::to_string(still)}};
  if (gateway.ours()) {
    const double octets = static_cast<double>(gateway.resident() - resident_before) / n;
    const double redis_octets = static_cast<double>(gateway.redis_resident() - redis_before) / n;
    const double cpu = static_cast<double>(usage.gateway_us - usage_before.gateway_us) / n;
    outcome.figures["rss_bytes_per_conn"] = octets;
    outcome.figures["redis_rss_bytes_per_conn"] = redis_octets;
    outcome.figures["gateway_cpu_us_per_connect"] = cpu;
    outcome.rows.push_back({"gateway memory per connection", rounded(octets) + " octets"});
    outcome.rows.push_back({"Redis memory per connection", rounded(redis_octets) + " octets"});
    outcome.rows.push_back({"gateway CPU per sign-in", rounded(cpu) + " us"});
  }
  stage.end();
  return outcome;
}

}  // namespace switchboard::bench
