#include "tests/sim/node.hpp"

#include <algorithm>

#include "server/app/limits.hpp"
#include "server/app/log.hpp"
#include "server/app/login.hpp"
#include "server/app/node.hpp"
#include "server/app/worker.hpp"
#include "server/store/redis_functions.hpp"

namespace switchboard::sim {

namespace {

// Nobody logs in by password here: one is enough for all, and without a thread, for in a process that never
// had a second one the C and C++ libraries lock nothing.
app::Login& login() {
  static app::Login one{LoginConfig{.hashing_at_once_max = 0}};
  return one;
}

}  // namespace

struct Node::Process {
  Process(Node& node, std::string name)
      : incarnation(std::move(name)),
        uplink(std::make_shared<Uplink>(node.timeline_, node.redis_, node.name_, Latency{30, 300},
                                        [&node] { node.touched_ = true; })),
        config(node.config_),
        shared{.config = config,
               .metrics = metrics,
               .admission = net::Admission::make(app::admission_limits(config)),
               .files = std::make_shared<const net::StaticFiles>(),
               .tls = nullptr,
               .login = login(),
               .redis = redis_options(),
               .node = incarnation,
               .chance = {.seed = [&node] { return node.random_.next(); },
                          .new_id = [&node] { return node.random_.word(22); },
                          .unix_time = [] { return (unix_epoch_us + now() + wall_offset()) / second; }}},
        worker(shared, 0) {}

  store::RedisOptions redis_options() {
    store::RedisUrl url;
    url.path = "simulated";
    auto options = app::redis_options(config, url);
    options.connection = [this](const boost::asio::any_io_executor& executor) {
      return std::make_shared<RedisLine>(uplink, executor);
    };
    return options;
  }

  Timers timers;  // before the worker, whose io_context it watches
  Metrics metrics;
  app::Node incarnation;
  std::shared_ptr<Uplink> uplink;
  const Config& config;
  app::Shared shared;
  app::Worker worker;
};

Node::Node(Timeline& timeline, Redis& redis, std::string name, Random random, const Config& config)
    : timeline_(timeline), redis_(redis), name_(std::move(name)), random_(random), config_(config) {}

Node::~Node() {
  kill();
}

// As `switchboard serve` does: no start without a number from Redis.
void Node::start() {
  if (process_ || starting_) return;
  starting_ = true;
  launch(++launches_);
}

void Node::launch(std::uint64_t attempt) {
  if (!starting_ || attempt != launches_) return;
  const auto random = random_.word(22);
  Value start;
  if (redis_.running()) {
    redis_.restore_functions(std::string(store::library_text()));
    start = redis_.execute({"FCALL", "sb1_node_start", "1", "{sys}:", name_, random});
  }
  if (start.kind != Value::Kind::integer)
    return timeline_.after(100 * ms, [this, attempt] { launch(attempt); });
  starting_ = paused_ = false;
  process_ = std::make_unique<Process>(
      *this, app::incarnation_of(name_, static_cast<std::uint64_t>(start.integer), random));
  process_->worker.start();
  touched_ = true;
}

void Node::kill() {
  for (const auto& weak : std::exchange(streams_, {}))
    if (const auto stream = weak.lock()) stream->abandon();
  process_.reset();
  starting_ = paused_ = false;
}

void Node::drain(std::int64_t window_ms) {
  if (!process_) return;
  process_->worker.drain(window_ms);
  touched_ = true;
}

void Node::partition(bool from_redis) {
  if (process_) process_->uplink->hold(from_redis);
}

bool Node::step() {
  if (!process_ || paused_) return false;
  if (!touched_ && process_->timers.due() > now()) return false;
  touched_ = false;
  set_wall_offset(wall_offset_);
  const bool did = process_->worker.poll() > 0;
  set_wall_offset(0);
  if (process_->worker.ended()) kill();
  return did;
}

Micros Node::due() const {
  if (!process_ || paused_) return never;
  return touched_ ? now() : process_->timers.due();
}

std::shared_ptr<Wire> Node::accept(std::string subprotocol, Latency latency, Wire::Ears ears) {
  // A stopped process accepts by its kernel; it serves when it goes on.
  if (!process_ || (!paused_ && !process_->worker.accepting())) return nullptr;
  auto ends = connect_ends(
      timeline_, random_, latency, process_->worker.executor(), [this] { touched_ = true; }, std::move(ears));
  std::erase_if(streams_, [](const auto& one) { return one.expired(); });
  streams_.push_back(ends.state);
  net::Upgraded upgraded;
  upgraded.stream = std::make_unique<SimStream>(ends.state);
  upgraded.subprotocol = std::move(subprotocol);
  upgraded.target = "/v1/ws";
  upgraded.remote_address = "192.0.2.1";
  process_->worker.serve(std::move(upgraded));
  touched_ = true;
  return ends.wire;
}

double Node::metric(std::string_view name) const {
  if (!process_) return 0;
  const std::string all = process_->metrics.render();
  double sum = 0;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find('\n', at), all.size());
    const std::string_view line = std::string_view(all).substr(at, end - at);
    if (line.starts_with(name) && line.size() > name.size() &&
        (line[name.size()] == ' ' || line[name.size()] == '{'))
      sum += std::stod(std::string(line.substr(line.rfind(' ') + 1)));
    at = end + 1;
  }
  return sum;
}

}  // namespace switchboard::sim
