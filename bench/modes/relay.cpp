#include "bench/modes/relay.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <deque>

#include "bench/load/client.hpp"
#include "bench/load/pairs.hpp"
#include "bench/shopday/phrases.hpp"

namespace switchboard::bench {

using namespace std::chrono_literals;
using load::Clock;

namespace {

// A conversation's log takes 5,000 entries (contract, W28): a pair goes on in a new one before that.
constexpr std::uint32_t posts_per_conversation = 4'000;

std::int64_t us_since(Clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - then).count();
}

struct Tally {
  load::Histogram ack, delivery;
  std::uint64_t acknowledged = 0, delivered = 0;
  Faults faults;
};

// One direction of a pair. Every text begins with its number, so that the reader can judge what it gets.
struct Direction {
  std::uint32_t sent = 0;
  std::uint32_t received = 0;
  std::deque<Clock::time_point> due;  // of those sent and not yet received
};

class RelayPair final : public load::Pair {
 public:
  RelayPair(load::Wire& wire, const load::Gateway& gateway, const std::string& shop, int index,
            load::Floor& floor, Tally& tally, const std::string& padding, int window)
      : Pair(wire, gateway, shop, index, floor), tally_(tally), padding_(padding), window_(window) {}

  // Closed loop: keeps the windows full. Open loop (window 0): sends what `send` is told.
  void begin() {
    begun_ = true;
    fill();
  }
  void stop() { stopped_ = true; }
  bool quiet() const {
    return directions_[0].due.empty() && directions_[1].due.empty() && in_flight_[0] + in_flight_[1] == 0;
  }
  std::uint64_t missing() const { return directions_[0].due.size() + directions_[1].due.size(); }

  // False: the pair is just changing its conversation; the message is due all the same and goes later.
  void send(int side, Clock::time_point due) {
    if (!active() || turning_) {
      backlog_.emplace_back(side, due);
      return;
    }
    Direction& direction = directions_[side];
    direction.due.push_back(due);
    ++in_flight_[side];
    ++posts_;
    post(side, std::to_string(++direction.sent) + padding_, due);
  }

 private:
  void on_active() override {
    turning_ = false;
    posts_ = 0;
    auto backlog = std::move(backlog_);
    backlog_.clear();
    for (const auto& [side, due] : backlog) send(side, due);
    fill();
  }

  void fill() {
    if (!begun_ || stopped_ || turning_ || !active()) return;
    for (const int side : {0, 1}) {
      while (in_flight_[side] < window_) send(side, Clock::now());
    }
  }

  void on_text(int reader, const std::string& text) override {
    Direction& direction = directions_[1 - reader];
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number <= direction.received) {
      ++tally_.faults.doubled;
      return;
    }
    if (number != direction.received + 1) ++tally_.faults.reordered;
    while (direction.received < number && !direction.due.empty()) {
      ++direction.received;
      if (direction.received == number) tally_.delivery.record(us_since(direction.due.front()));
      direction.due.pop_front();
    }
    ++tally_.delivered;
    turn_if_quiet();
  }

  void on_ack(int side, const load::Posted& posted, const proto::Ack& ack) override {
    if (ack.duplicate) ++tally_.faults.doubled;  // nothing was sent twice here
    --in_flight_[side];
    ++tally_.acknowledged;
    tally_.ack.record(us_since(posted.due));
    if (posts_ >= posts_per_conversation) turning_ = true;
    if (turning_) return turn_if_quiet();
    fill();
  }

  void on_refused(int side) override {
    --in_flight_[side];
    ++tally_.faults.stuck;
  }

  void turn_if_quiet() {
    if (turning_ && !closing_ && quiet() && !stopped_) {
      closing_ = true;
      close();
    }
  }

  void on_closed() override {
    closing_ = false;
    if (!stopped_) open();
  }

  Tally& tally_;
  const std::string& padding_;
  const int window_;
  Direction directions_[2];
  int in_flight_[2] = {0, 0};
  std::uint32_t posts_ = 0;
  std::deque<std::pair<int, Clock::time_point>> backlog_;
  bool begun_ = false, stopped_ = false, turning_ = false, closing_ = false;
};

std::int64_t own_cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

void run_for_seconds(boost::asio::io_context& io, double seconds) {
  io.restart();
  io.run_for(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
}

// Sends at a steady rate, whatever comes back. A message that is late because we were late is late: latency
// counts from the moment it was due, so a stall of the server is seen by all the messages it held up.
class OpenLoop {
 public:
  OpenLoop(boost::asio::io_context& io, std::vector<std::unique_ptr<RelayPair>>& pairs, double rate_per_s)
      : timer_(io),
        pairs_(pairs),
        interval_(std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate_per_s))) {}

  void begin() {
    next_ = Clock::now();
    tick();
  }
  void stop() { stopped_ = true; }

 private:
  void tick() {
    if (stopped_) return;
    for (const auto now = Clock::now(); next_ <= now; next_ += interval_, ++count_) {
      pairs_[count_ % pairs_.size()]->send(static_cast<int>(count_ / pairs_.size() % 2), next_);
    }
    timer_.expires_at(next_);
    timer_.async_wait([this](boost::system::error_code) { tick(); });
  }

  boost::asio::steady_timer timer_;
  std::vector<std::unique_ptr<RelayPair>>& pairs_;
  const std::chrono::nanoseconds interval_;
  Clock::time_point next_;
  std::uint64_t count_ = 0;
  bool stopped_ = false;
};

void describe(Outcome& outcome, const RelayOptions& options, const Tally& tally, double seconds,
              load::Usage used, std::int64_t own_us, bool ours) {
  const auto messages = static_cast<double>(std::max<std::uint64_t>(1, tally.delivered));
  auto& figures = outcome.figures;
  figures["pairs"] = options.pairs;
  figures["window"] = options.rate_per_s > 0 ? 0 : options.window;
  figures["rate_wanted_per_s"] = options.rate_per_s;
  figures["seconds"] = seconds;
  figures["messages"] = tally.delivered;
  figures["messages_per_s"] = static_cast<double>(tally.delivered) / seconds;
  add_quantiles(figures, "ack", tally.ack);
  add_quantiles(figures, "delivery", tally.delivery);
  outcome.rows = {{"messages delivered", std::to_string(tally.delivered)},
                  {"messages per second", std::to_string(static_cast<std::int64_t>(messages / seconds))},
                  {"ack p50 / p99 / p99.9", milliseconds(tally.ack.quantile(.5)) + " / " +
                                                milliseconds(tally.ack.quantile(.99)) + " / " +
                                                milliseconds(tally.ack.quantile(.999))},
                  {"delivery p50 / p99 / p99.9", milliseconds(tally.delivery.quantile(.5)) + " / " +
                                                     milliseconds(tally.delivery.quantile(.99)) + " / " +
                                                     milliseconds(tally.delivery.quantile(.999))}};
  if (ours) {
    const double gateway = static_cast<double>(used.gateway_us) / messages,
                 redis = static_cast<double>(used.redis_us) / messages;
    figures["gateway_cpu_us_per_msg"] = gateway;
    figures["redis_cpu_us_per_msg"] = redis;
    figures["server_cpu_us_per_msg"] = gateway + redis;
    figures["messages_per_server_cpu_s"] = 1e6 / std::max(0.001, gateway + redis);
    char text[80];
    std::snprintf(text, sizeof text, "%.1f us (gateway %.1f + redis %.1f)", gateway + redis, gateway, redis);
    outcome.rows.push_back({"server CPU per message", text});
  }
  figures["loader_cpu_us_per_msg"] = static_cast<double>(own_us) / messages;
}

}  // namespace

Outcome run_relay(const RelayOptions& options) {
  Outcome outcome{.mode = "relay"};
  const auto& common = options.common;
  const auto shop = load::shop_of_pairs(common.shop_id, options.pairs);
  boost::asio::io_context io;  // outlives the gateway, which has a timer in it
  auto gateway = load::Gateway::start(common.gateway, shop, outcome.failure);
  if (!gateway) return outcome;

  gateway->watch(io);
  load::Wire wire(io, common.seed);
  Tally tally;
  const std::string padding =
      " " + shopday::text_of_octets(common.seed, static_cast<std::size_t>(options.text_octets) - 8);
  const int window = options.rate_per_s > 0 ? 0 : options.window;
  load::Floor floor;
  std::vector<std::unique_ptr<load::Seat>> seats;
  std::vector<std::unique_ptr<RelayPair>> pairs;
  for (int i = 0; i < options.pairs; ++i) {
    seats.push_back(std::make_unique<load::Seat>(wire, *gateway, common.shop_id, i, floor));
    seats.back()->client().start();
    pairs.push_back(
        std::make_unique<RelayPair>(wire, *gateway, common.shop_id, i, floor, tally, padding, window));
    pairs.back()->start();
  }
  const auto together = [&] {
    return std::ranges::count_if(pairs, [](auto& pair) { return pair->active(); });
  };
  if (!load::run_until(io, 60s, [&] { return together() == options.pairs; })) {
    outcome.failure = "only " + std::to_string(together()) + " of " + std::to_string(options.pairs) +
                      " pairs came together within 60 s";
    return outcome;
  }

  OpenLoop open_loop(io, pairs, options.rate_per_s > 0 ? options.rate_per_s : 1);
  if (options.rate_per_s > 0) open_loop.begin();
  for (auto& pair : pairs) pair->begin();
  run_for_seconds(io, options.warmup_s);
  const Faults early = tally.faults;
  tally = {};
  tally.faults = early;
  const auto usage_before = gateway->usage();
  const auto own_before = own_cpu_us();
  const auto start = Clock::now();
  run_for_seconds(io, common.duration_s);
  const auto usage = gateway->usage();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  describe(outcome, options, tally, seconds,
           {usage.gateway_us - usage_before.gateway_us, usage.redis_us - usage_before.redis_us},
           own_cpu_us() - own_before, gateway->ours());

  open_loop.stop();
  for (auto& pair : pairs) pair->stop();
  load::run_until(io, 20s,
                  [&] { return std::ranges::all_of(pairs, [](auto& pair) { return pair->quiet(); }); });
  outcome.faults = tally.faults;
  for (auto& pair : pairs) outcome.faults.lost += pair->missing();
  if (tally.delivered == 0) outcome.failure = "no message was delivered";
  pairs.clear();
  seats.clear();
  if (const int code = gateway->stop(); code != 0)
    outcome.failure = "the server ended with " + std::to_string(code);
  return outcome;
}

}  // namespace switchboard::bench
