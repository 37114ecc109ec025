#include "bench/modes/shopday.hpp"

#include <cstdio>

#include "bench/check/judge.hpp"
#include "bench/check/redis_reader.hpp"
#include "bench/modes/simulated.hpp"
#include "bench/shopday/lawful.hpp"
#include "bench/shopday/people.hpp"
#include "bench/shopday/queue_time.hpp"
#include "bench/shopday/shop_of_trace.hpp"

namespace switchboard::bench {

using namespace std::chrono_literals;
using load::Clock;
using shopday::Day;
using shopday::Visitor;

namespace {

constexpr auto progress_every = 5s;
constexpr auto look_every = 500ms;
// Real time for which somebody must have waited beside a free agent, beyond every hold of the policy, to
// count as stuck.
constexpr auto stuck_after = 3s;
// A look that comes later than this finds offers that have arrived and are not read yet: for as long as it
// takes to count as stuck nobody is called so.
constexpr auto late_after = 250ms;
constexpr std::size_t read_back_max = 1'000;
constexpr double policy_step_ms = 10'000;    // trace time: the first overflow step
constexpr double shift_slack_real_ms = 500;  // between an agent's clock and the store's stamp

// Looks after the day while it runs: who is stuck, how it goes, and curves for the report.
class Watch {
 public:
  Watch(Day& day, const shopday::People& people, Outcome& outcome)
      : day_(day), people_(people), outcome_(outcome) {
    outcome_.curves = {{"waiting", {}}, {"talking", {}}};
    look(Clock::now());
  }

  // The longest by which the loader itself was late.
  std::chrono::milliseconds latest() const { return latest_; }

 private:
  void look(Clock::time_point due) {
    const auto now = Clock::now();
    latest_ = std::max(latest_, std::chrono::duration_cast<std::chrono::milliseconds>(now - due));
    if (now - due > late_after) blind_until_ = now + stuck_after;
    if (now >= blind_until_) shopday::note_stuck(day_, people_, stuck_after);
    outcome_.curves[0].second.push_back(static_cast<double>(day_.tally.waiting_now));
    outcome_.curves[1].second.push_back(static_cast<double>(day_.tally.talking_now));
    if (now - told_ >= progress_every) {
      told_ = now;
      const auto s = std::max<std::int64_t>(0, day_.trace_now_ms()) / 1000;
      std::fprintf(stderr,
                   "%02d:%02d:%02d of the day  waiting %-4llu talking %-4llu served %-6llu left %-5llu "
                   "messages %llu\n",
                   static_cast<int>(s / 3600), static_cast<int>(s / 60 % 60), static_cast<int>(s % 60),
                   static_cast<unsigned long long>(day_.tally.waiting_now),
                   static_cast<unsigned long long>(day_.tally.talking_now),
                   static_cast<unsigned long long>(day_.tally.served),
                   static_cast<unsigned long long>(day_.tally.abandoned),
                   static_cast<unsigned long long>(day_.tally.acknowledged));
    }
    day_.schedule.after(look_every, [this, next = now + look_every] { look(next); });
  }

  Day& day_;
  const shopday::People& people_;
  Outcome& outcome_;
  Clock::time_point told_ = Clock::now(), blind_until_{};
  std::chrono::milliseconds latest_{0};
};

std::string percent(std::uint64_t part, std::uint64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%",
                whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0);
  return text;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

void describe(Outcome& outcome, const Day& day, const shopday::Trace& trace, double wall_s) {
  const auto& t = day.tally;
  const auto trace_s = [&](double us) { return us / 1e6 * day.setting.speed; };
  const auto seconds = [&](double us) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", trace_s(us));
    return std::string(text);
  };
  const auto q = [](const load::Histogram& h, double at) { return static_cast<double>(h.quantile(at)); };
  auto& f = outcome.figures;
  f["trace"] = trace.name;
  f["speed"] = day.setting.speed;
  f["seed"] = day.setting.seed;
  f["wall_s"] = wall_s;
  f["chats"] = t.arrived;
  f["served"] = t.served;
  f["abandoned"] = t.abandoned;
  f["abandon_pct"] = share(t.abandoned, t.arrived);
  f["waiting_at_end"] = t.waiting_at_end;
  f["seen_wait_mean_s"] = trace_s(t.wait_us.mean());
  f["queue_mean_s"] = f["seen_wait_mean_s"];  // judge_routing knows better, if it has the event stream
  f["wait_p50_s"] = trace_s(q(t.wait_served_us, .5));
  f["wait_p95_s"] = trace_s(q(t.wait_served_us, .95));
  f["wait_p99_s"] = trace_s(q(t.wait_served_us, .99));
  f["persona_match_pct"] = share(t.got_persona, t.asked_persona);
  f["sticky_hit_pct"] = share(t.got_last_agent, t.had_last_agent);
  f["messages"] = t.acknowledged;
  f["messages_per_s"] = static_cast<double>(t.acknowledged) / wall_s;
  f["repeats"] = t.repeats;
  f["refused_at_the_end"] = t.refused;
  f["lines_broken"] = t.lines_broken;
  f["entries_received"] = t.entries;
  boost::json::object ends;
  for (const auto& [code, count] : t.ends) ends[std::to_string(code)] = count;
  f["connections_ended_by_code"] = std::move(ends);
  add_quantiles(f, "ack", t.ack_us);
  add_quantiles(f, "delivery", t.delivery_us);
  outcome.rows = {
      {"day", trace.name + ", " + std::to_string(t.arrived) + " visitors, x" +
                  std::to_string(static_cast<int>(day.setting.speed))},
      {"served / left / waiting at the end", std::to_string(t.served) + " / " + std::to_string(t.abandoned) +
                                                 " / " + std::to_string(t.waiting_at_end)},
      {"wait as visitors saw it, everybody: mean", seconds(t.wait_us.mean())},
      {"wait as visitors saw it, served: p50 / p95",
       seconds(q(t.wait_served_us, .5)) + " / " + seconds(q(t.wait_served_us, .95))},
      {"persona as wished",
       percent(t.got_persona, t.asked_persona) + " of " + std::to_string(t.asked_persona)},
      {"same agent as last time",
       percent(t.got_last_agent, t.had_last_agent) + " of " + std::to_string(t.had_last_agent)},
      {"left before being served", percent(t.abandoned, t.arrived)},
      {"messages / repeats / lines broken", std::to_string(t.acknowledged) + " / " +
                                                std::to_string(t.repeats) + " / " +
                                                std::to_string(t.lines_broken)},
      {"ack p50 / p99", milliseconds(t.ack_us.quantile(.5)) + " / " + milliseconds(t.ack_us.quantile(.99))},
      {"delivery p50 / p99",
       milliseconds(t.delivery_us.quantile(.5)) + " / " + milliseconds(t.delivery_us.quantile(.99))},
  };
}

void read_final_logs(Day& day, boost::asio::io_context& io, const shopday::People& people, Outcome& outcome) {
  const auto read = shopday::read_final_logs(day, io, people, read_back_max);
  outcome.figures["logs_read_from_redis"] = read.from_redis;
  outcome.figures["logs_read_from_server"] = read.from_server;
  if (!day.server.redis_socket.empty() && read.from_redis != day.history.conversations.size())
    outcome.failure = "not every log could be read from Redis";
}

void judge(Day& day, Outcome& outcome) {
  const auto verdict = check::judge(day.history);
  outcome.faults = {verdict.count(check::Fault::lost),      verdict.count(check::Fault::doubled),
                    verdict.count(check::Fault::reordered), verdict.count(check::Fault::over_capacity),
                    verdict.count(check::Fault::stuck),     verdict.count(check::Fault::overtaken),
                    verdict.count(check::Fault::leaked)};
  for (const auto& finding : verdict.findings)
    std::fprintf(stderr, "%s: %s\n", finding.rule.c_str(), finding.what.c_str());
  outcome.figures["conversations_checked"] = day.history.conversations.size();
  outcome.figures["transitions_checked"] =
      day.history.transitions_complete ? day.history.transitions.size() : 0;
}

// What the router did, from the store's side: how long people waited for it, and whether it was lawful.
void judge_routing(const Day& day, const shopday::People& people, const shopday::Trace& trace,
                   std::int64_t began_ms, Outcome& outcome) {
  const double speed = day.setting.speed;
  const auto times = shopday::queue_times(day.history.transitions, policy_step_ms / speed);
  auto& f = outcome.figures;
  f["queue_mean_s"] = times.mean_ms * speed / 1000;
  f["desk_lag_p50_ms"] = times.lag_p50_ms;
  f["desk_lag_p99_ms"] = times.lag_p99_ms;
  char text[96];
  std::snprintf(text, sizeof text, "%.2f s", times.mean_ms * speed / 1000);
  outcome.rows.insert(outcome.rows.begin() + 2, {"in the queue, everybody: mean", text});
  std::snprintf(text, sizeof text, "%.0f / %.0f ms", times.lag_p50_ms, times.lag_p99_ms);
  outcome.rows.emplace_back("from a free place to the offer, p50 / p99", text);

  std::unordered_map<std::string, const shopday::Arrival*> visits;
  for (const auto& visitor : people.visitors) {
    if (!visitor->conversation().empty()) visits.emplace(visitor->conversation(), &visitor->arrival());
  }
  const shopday::Clockwork clock{began_ms, speed, static_cast<std::int64_t>(shift_slack_real_ms * speed)};
  const auto unlawful = shopday::unlawful_offers(day.history.transitions, trace, visits, clock);
  f["illegal_decisions"] = unlawful.size();
  outcome.rows.emplace_back("unlawful offers", std::to_string(unlawful.size()));
  for (std::size_t i = 0; i < std::min<std::size_t>(unlawful.size(), 50); ++i)
    std::fprintf(stderr, "unlawful: %s\n", unlawful[i].c_str());
  if (!unlawful.empty()) outcome.failure = std::to_string(unlawful.size()) + " unlawful offers";
}

shopday::Trace cut(shopday::Trace trace, double until_s) {
  if (until_s <= 0) return trace;
  const auto until_ms = static_cast<std::int64_t>(until_s * 1000);
  std::erase_if(trace.arrivals, [&](const auto& arrival) { return arrival.t_ms >= until_ms; });
  trace.horizon_ms = std::min(trace.horizon_ms, until_ms);
  return trace;
}

}  // namespace

Outcome run_shopday(const ShopdayOptions& options) {
  Outcome outcome{.mode = "shopday"};
  auto read = shopday::read_trace(options.trace);
  if (!read) {
    outcome.failure = read.error();
    return outcome;
  }
  const auto trace = cut(std::move(*read), options.until_s);
  const auto& common = options.common;
  const auto shop = shopday::shop_of_trace(trace, common.shop_id, options.speed);
  boost::asio::io_context io;  // outlives the gateway, which has a timer in it
  auto gateway = load::Gateway::start(common.gateway, shop, outcome.failure);
  if (!gateway) return outcome;

  gateway->watch(io);
  load::Wire wire(io, common.seed);
  auto setting = options.day;
  setting.shop = common.shop_id;
  setting.speed = options.speed;
  setting.seed = common.seed;
  Day day(wire, {gateway->target(), gateway->key(), gateway->redis_socket()}, trace, setting);

  std::unique_ptr<check::EventFollower> events;
  if (!gateway->redis_socket().empty()) {
    const auto redis = check::RedisReader::open(gateway->redis_socket(), common.shop_id);
    for (const auto& arrival : trace.arrivals) {
      if (!arrival.last_agent.empty() && redis)
        redis->set_last_agent(Visitor::id_of(arrival), arrival.last_agent);
    }
    events = std::make_unique<check::EventFollower>(gateway->redis_socket(), common.shop_id);
  }

  const auto usage_before = gateway->usage();
  const auto first_moment = setting.lead + 500ms;
  day.begin(Clock::now() + first_moment);
  const auto began_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                            (std::chrono::system_clock::now() + first_moment).time_since_epoch())
                            .count();
  auto people = shopday::make_people(day);
  Watch watch(day, people, outcome);
  const auto start = Clock::now();
  const bool ended = shopday::play(io, day, people);
  const auto usage = gateway->usage();
  describe(outcome, day, trace, std::chrono::duration<double>(Clock::now() - start).count());
  if (gateway->ours() && day.tally.acknowledged > 0) {
    const auto messages = static_cast<double>(day.tally.acknowledged);
    outcome.figures["gateway_cpu_us_per_msg"] =
        static_cast<double>(usage.gateway_us - usage_before.gateway_us) / messages;
    outcome.figures["redis_cpu_us_per_msg"] =
        static_cast<double>(usage.redis_us - usage_before.redis_us) / messages;
  }
  outcome.figures["loader_late_max_ms"] = watch.latest().count();
  if (!ended) outcome.failure = "somebody was still there long after the end of the day";
  for (auto& agent : people.agents) agent->send_home();
  read_final_logs(day, io, people, outcome);
  if (events) {
    bool complete = false;
    auto transitions = events->finish(complete);
    day.record.transitions(std::move(transitions), complete);
  }
  judge(day, outcome);
  if (events) judge_routing(day, people, trace, began_ms, outcome);
  if (options.compare_simulate) compare_simulated(options.trace, options.until_s, outcome);
  if (events && !day.history.transitions_complete)
    outcome.failure = "the event stream could not be followed without a gap";
  if (const int code = gateway->stop(); code != 0)
    outcome.failure = "the server ended with " + std::to_string(code);
  return outcome;
}

}  // namespace switchboard::bench
