#include "server/app/worker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <random>

#include "server/app/limits.hpp"
#include "server/app/log.hpp"
#include "server/app/node.hpp"
#include "server/app/routes.hpp"
#include "server/base/pause.hpp"
#include "server/cli/apply.hpp"
#include "server/conversation/conversations.hpp"
#include "server/conversation/shop_directory.hpp"
#include "server/desk/desk.hpp"
#include "server/net/connection.hpp"
#include "server/net/http.hpp"
#include "server/net/listener.hpp"
#include "server/session/availability_feeds.hpp"
#include "server/session/client.hpp"
#include "server/session/session.hpp"
#include "server/session/sign_in.hpp"
#include "server/shop/token.hpp"
#include "server/store/redis_store.hpp"
#include "server/store/redis_subscriber.hpp"

namespace switchboard::app {

namespace asio = boost::asio;

namespace {

constexpr int shops_refresh_beats = 2;            // until a shop that was applied elsewhere is served here
constexpr std::chrono::seconds closing_limit{5};  // for closing handshakes and leases, when a drain is over
constexpr std::chrono::milliseconds last_words{300};
constexpr std::size_t looked_at_once =
    200;  // clients whose token is judged again before others get their turn
constexpr std::chrono::minutes forget_nodes_after{10};  // a dead gateway stays listed so long

store::RedisOptions named(store::RedisOptions options, const std::string& name) {
  options.name = name;
  return options;
}

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Chance system_chance() {
  return {.seed = [] { return std::uint64_t{std::random_device{}()}; },
          .new_id = shop::make_visitor_id,
          .unix_time = unix_seconds};
}

// An io_context that can let go of all that waits in it while the rest of the worker still stands.
class Loop : public asio::io_context {
 public:
  using asio::io_context::io_context;
  void abandon() { shutdown(); }
};

// In the order in which one part needs another; destroyed in reverse.
struct Worker::Parts {
  Parts(const Shared& given, std::size_t place);
  ~Parts();

  void start();
  bool accepting() const { return !draining && store.ready(); }
  void serve(net::Upgraded upgraded);
  asio::awaitable<void> look_after_shops();
  session::Clocks clocks() const;
  void compare_clocks();
  asio::awaitable<void> look_through_clients(conversation::ShopContextPtr settings);
  asio::awaitable<void> put_back(conversation::ShopContextPtr settings);
  asio::awaitable<void> be_seen();
  asio::awaitable<void> take_another_name(std::string former);
  asio::awaitable<void> drain(std::int64_t window_ms);
  template <class Step>
  void guarded(Step step);

  const Shared& shared;
  const std::size_t index;
  std::mt19937_64 random;  // asked until the last connection is gone, so before the io_context
  Loop io{1};
  asio::executor_work_guard<asio::io_context::executor_type> kept_busy = asio::make_work_guard(io);
  store::RedisStore store;
  store::RedisSubscriber subscriber;
  conversation::ShopDirectory shops;
  conversation::Conversations conversations;
  session::AvailabilityFeeds availability;
  session::Services services;
  desk::DeskMetrics desk_metrics;
  desk::NodeWatch nodes;  // worker 0, for its desks
  std::map<std::string, std::shared_ptr<desk::Desk>> desks;
  // By which settings clients were judged last, of each shop; and what a shop was, should Redis lose it.
  std::map<std::string, conversation::ShopContextPtr> looked_through;
  std::shared_ptr<net::ConnectionGroup> connections;
  std::unique_ptr<net::HttpServer> http;
  std::vector<std::shared_ptr<net::Listener>> listeners;
  bool draining = false;
  bool clocks_differ = false;  // and it was said
  bool left = false;           // beats no more
  std::atomic<bool> ready{false};
};

Worker::Parts::Parts(const Shared& given, std::size_t place)
    : shared(given),
      index(place),
      random(given.chance.seed()),
      store(
          io.get_executor(), named(given.redis, "switchboard-store-" + std::to_string(place)),
          [this] { return std::uniform_real_distribution<>(0, 1)(random); }, log_report()),
      subscriber(
          io.get_executor(), named(given.redis, "switchboard-subscriber-" + std::to_string(place)),
          [this] { return std::uniform_real_distribution<>(0, 1)(random); }, log_report()),
      shops(store, subscriber),
      conversations(io.get_executor(), store, subscriber),
      availability(io.get_executor(), store, subscriber),
      services{.executor = io.get_executor(),
               .store = store,
               .subscriber = subscriber,
               .conversations = conversations,
               .shops = shops,
               .availability = availability,
               .new_id = given.chance.new_id,
               .clocks = [this] { return clocks(); },
               .node = [&given] { return given.node.incarnation(); },
               .limits = session_limits(given.config),
               .metrics = session::SessionMetrics(given.metrics),
               .patience = session::Patience(io.get_executor(), store,
                                             session_limits(given.config).store_answers_within)},
      desk_metrics(given.metrics),
      nodes(desk_options(given.config).takeover_after),
      connections(
          net::ConnectionGroup::make({.io = io,
                                      .metrics = given.metrics,
                                      .random = [this] { return static_cast<std::uint32_t>(random()); }},
                                     connection_limits(given.config))) {
  auto& tails =
      given.metrics.counter("switchboard_lost_tails_total",
                            "Times it was noticed here that Redis had lost the end of a shop's log");
  store.on_lost_tail([&tails](std::string_view shop) {
    tails.add();
    spdlog::error(
        "shop {}: Redis has lost acknowledged messages. A new epoch has begun; clients are reset and post "
        "again what they still hold",
        shop);
  });
  net::HttpOptions options;
  options.limits = http_limits(given.config);
  options.files = given.files;
  options.tls = given.tls;
  options.origin_allowed = [this](std::string_view origin, const net::HttpRequest& request) {
    return origin_allowed(origin, request, shops);
  };
  options.accepting = [this] { return accepting(); };
  options.on_websocket = [this](net::Upgraded upgraded) { serve(std::move(upgraded)); };
  options.routes = routes(
      {.store = store, .shops = shops, .metrics = given.metrics, .login = given.login, .draining = [this] {
         return draining;
       }});
  http = std::make_unique<net::HttpServer>(io, given.metrics, std::move(options));
}

// Sessions, desks and whoever else still waits use the other parts to the end, so they go first: those who
// wait for the store hear that it will not answer, the rest is let go of.
Worker::Parts::~Parts() {
  store.stop();
  subscriber.stop();
  io.abandon();
}

// Every worker knows the settings of every shop (origins are checked before a visitor names her shop); worker
// 0 also has a desk for each.
asio::awaitable<void> Worker::Parts::look_after_shops() {
  while (!draining) {
    const auto time = co_await store.time();  // so a clock of Redis that was set is known within this pause
    if (time && index == 0) compare_clocks();
    const auto listed = co_await store.shops();
    if (listed && !draining) {
      for (const auto& shop : *listed) {
        const auto settings = co_await shops.get(shop);
        if (settings) co_await look_through_clients(*settings);
        if (index != 0 || draining || desks.contains(shop)) continue;
        const auto desk =
            std::make_shared<desk::Desk>(io.get_executor(), store, shops, nodes, desk_metrics, shop,
                                         shared.node.incarnation(), desk_options(shared.config));
        desks.emplace(shop, desk);
        desk->start();
      }
      for (const auto& [shop, settings] : looked_through)
        if (index == 0 && !std::ranges::count(*listed, shop)) co_await put_back(settings);
      ready = true;
    }
    co_await pause(listed ? shops_refresh_beats * desk_options(shared.config).beat
                          : std::chrono::milliseconds(100));
  }
}

session::Clocks Worker::Parts::clocks() const {
  return {shared.chance.unix_time(), store.now() / 1000};
}

void Worker::Parts::compare_clocks() {
  const auto [own_s, store_s] = clocks();
  shared.metrics.gauge(clock_gauge, "By how much the clock of this gateway is ahead of that of Redis")
      .set(own_s - store_s);
  const auto warning = clock_warning(own_s - store_s);
  if (warning.empty() == !std::exchange(clocks_differ, !warning.empty())) return;
  if (!warning.empty())
    spdlog::warn("{}", warning);
  else
    spdlog::info("the clocks of this gateway and of Redis agree again");
}

// Shops are never removed: Redis came back empty. What we know of the shop stands again, under the same key
// for tokens; its conversations and its agents' passwords are gone.
asio::awaitable<void> Worker::Parts::put_back(conversation::ShopContextPtr settings) {
  const auto known = cli::settings_of(settings->shop, settings->text, settings->tokens.key);
  const auto done = co_await store.apply_shop(known);
  if (!done) co_return;
  shared.metrics.counter("switchboard_lost_tails_total", "").add();
  spdlog::error(
      "shop {}: Redis has lost everything. The settings are put back as they were; conversations and "
      "passwords are gone (`switchboard shop password` makes new ones)",
      settings->shop.id);
}

// Beats for this gateway, and looks who else does: the desks of this worker must know whose agents are there.
asio::awaitable<void> Worker::Parts::be_seen() {
  auto& living =
      shared.metrics.gauge("switchboard_gateways", "Gateways on this Redis that live, as seen here");
  while (!left) {
    const auto incarnation = shared.node.incarnation();
    const auto beaten = co_await store.node_beat(incarnation);
    if (!beaten && beaten.error() == store::Refusal::stale) co_await take_another_name(incarnation);
    const auto beats = co_await store.nodes();
    if (beats) {
      const auto now = std::chrono::steady_clock::now();
      nodes.look(now, *beats);
      living.set(static_cast<std::int64_t>(nodes.living(now)));
      for (const auto& one : nodes.still_for(forget_nodes_after, now))
        (void)co_await store.node_forget(one.incarnation, one.beat);
    }
    co_await pause(desk_options(shared.config).beat);
  }
}

// A gateway of our name was started after us: while we were stopped, or by mistake. Each must be known apart,
// or the death of one would go unnoticed; so the older one goes on under a name that nobody else has.
// Its agents are found on a dead gateway, and their sessions answer.
asio::awaitable<void> Worker::Parts::take_another_name(std::string former) {
  const auto name = shared.chance.new_id();
  const auto start = co_await store.node_start(name, name);
  if (!start) co_return;
  shared.node.become(incarnation_of(name, *start, name));
  spdlog::error("{}: another gateway was started under this name; this one is now {}", former,
                shared.node.incarnation());
}

// Whoever would not be let in any more is not served until her token runs out: agents who left the shop or
// were disabled in it, tokens of a key that is no longer taken, people who were signed out. If Redis has lost
// everything, all come anew: what they hold is not there any more, and nobody else would tell them.
asio::awaitable<void> Worker::Parts::look_through_clients(conversation::ShopContextPtr settings) {
  auto& by = looked_through[settings->shop.id];
  if (std::exchange(by, settings) == settings) co_return;
  std::vector<std::weak_ptr<session::Client>> present;
  for (const auto& [identity, clients] : services.clients)
    for (auto* client : clients)
      if (client->claims().shop == settings->shop.id) present.push_back(client->weak_from_this());
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (i % looked_at_once == looked_at_once - 1) co_await asio::post(io, asio::use_awaitable);
    const auto client = present[i].lock();
    if (!client) continue;
    if (client->shop_born() != settings->born) {
      client->line().connection().close(4006, "the conversations of this shop are lost");
      continue;
    }
    const auto still = session::identify(*settings, client->token(), clocks());
    if (!still) client->line().connection().close(still.error().close_code, still.error().reason);
  }
}

asio::awaitable<void> Worker::Parts::drain(std::int64_t window_ms) {
  draining = true;
  for (const auto& listener : listeners) listener->stop();
  http->stop();
  int leading = static_cast<int>(desks.size());
  for (auto& [shop, desk] : desks) desk->stop([&leading] { --leading; });
  for (const auto& [identity, clients] : services.clients)
    for (auto* client : clients) {
      const auto after = std::uniform_int_distribution<std::int64_t>(0, window_ms)(random);
      client->ask_to_reconnect(static_cast<std::uint32_t>(after));
    }
  const auto window_end = std::chrono::steady_clock::now() + std::chrono::milliseconds(window_ms);
  while (connections->size() > 0 && std::chrono::steady_clock::now() < window_end)
    co_await pause(std::chrono::milliseconds(20));
  connections->close_all(1012, "restarting");
  const auto insist = std::chrono::steady_clock::now() + closing_limit;
  while ((connections->size() > 0 || leading > 0) && std::chrono::steady_clock::now() < insist)
    co_await pause(std::chrono::milliseconds(20));
  left = true;
  if (index == 0) (void)co_await store.node_forget(shared.node.incarnation(), std::nullopt);
  // What still waits for the store hears now that it will not answer, and ends by itself.
  store.stop();
  subscriber.stop();
  co_await pause(last_words);
  io.stop();
}

Worker::Worker(const Shared& shared, std::size_t index) : parts_(std::make_unique<Parts>(shared, index)) {}
Worker::~Worker() = default;

Result<asio::ip::tcp::endpoint, std::string> Worker::listen(const asio::ip::tcp::endpoint& endpoint) {
  net::ListenerOptions options;
  if (parts_->shared.tls) options.refusals_lingering_max = 0;
  auto opened =
      net::Listener::open(parts_->io, endpoint, parts_->shared.admission, parts_->shared.metrics, options);
  if (!opened) return opened.error();
  parts_->listeners.push_back(*opened);
  return (*opened)->endpoint();
}

void Worker::Parts::start() {
  store.start();
  subscriber.start();
  asio::co_spawn(io, look_after_shops(), asio::detached);
  if (index == 0) asio::co_spawn(io, be_seen(), asio::detached);
  for (const auto& listener : listeners)
    listener->start([this](asio::ip::tcp::socket socket, net::Admission::Ticket ticket) {
      http->serve(std::move(socket), std::move(ticket));
    });
}

void Worker::Parts::serve(net::Upgraded upgraded) {
  session::start_session(services, net::Connection::open(connections, std::move(upgraded)));
}

// A handler's bug must not end everybody's connections: note it and go on.
template <class Step>
void Worker::Parts::guarded(Step step) {
  try {
    step();
  } catch (const std::exception& error) {
    spdlog::error("worker {}: exception in a handler: {}", index, error.what());
  }
}

void Worker::run() {
  auto& parts = *parts_;
  parts.start();
  while (!parts.io.stopped()) parts.guarded([&parts] { parts.io.run(); });
}

void Worker::start() {
  parts_->start();
}

std::size_t Worker::poll() {
  std::size_t done = 0;
  parts_->guarded([&] { done = parts_->io.poll(); });
  return done;
}

bool Worker::ended() const {
  return parts_->io.stopped();
}

bool Worker::accepting() const {
  return parts_->accepting();
}

asio::io_context::executor_type Worker::executor() const {
  return parts_->io.get_executor();
}

void Worker::serve(net::Upgraded upgraded) {
  parts_->serve(std::move(upgraded));
}

bool Worker::ready() const {
  return parts_->ready;
}

void Worker::drain(std::int64_t window_ms) {
  asio::post(parts_->io, [parts = parts_.get(), window_ms] {
    if (!parts->draining) asio::co_spawn(parts->io, parts->drain(window_ms), asio::detached);
  });
}

}  // namespace switchboard::app
