#include "server/app/gateway.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "server/app/bootstrap.hpp"
#include "server/app/limits.hpp"
#include "server/app/log.hpp"
#include "server/app/login.hpp"
#include "server/app/worker.hpp"
#include "server/net/listener.hpp"
#include "server/shop/token.hpp"
#include "server/store/redis_server.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using Failure = std::optional<std::string>;  // a sentence for the operator

// Redis, ours or theirs.
struct RedisPart {
  std::unique_ptr<store::RedisServer> child;
  store::RedisUrl url;
};

Failure start_redis(const Config& config, RedisPart& redis) {
  if (!config.redis.url.empty()) {
    auto url = store::parse_redis_url(config.redis.url);
    if (!url) return url.error();
    redis.url = *url;
    return std::nullopt;
  }
  store::RedisServerOptions options;
  options.data = config.server.data_dir;
  options.binary = config.redis.server_binary;
  options.appendfsync = config.redis.appendfsync;
  options.memory_octets_max = config.redis.memory_octets_max;
  redis.child = std::make_unique<store::RedisServer>(options, log_report());
  if (const auto started = redis.child->start(); !started) return started.error();
  if (!redis.child->wait_ready(std::chrono::seconds(config.redis.start_timeout_s)))
    return "Redis did not become ready: " + redis.child->status().detail;
  redis.url = redis.child->url();
  return std::nullopt;
}

// Where the build leaves the pages, seen from where it leaves this binary.
std::filesystem::path built_pages() {
  std::error_code failed;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto pages = binary.parent_path().parent_path() / "clients" / "dist";
  return !failed && std::filesystem::is_directory(pages, failed) ? pages : std::filesystem::path();
}

Failure load_pages(const Config& config, std::shared_ptr<const net::StaticFiles>& files) {
  const auto directory =
      config.server.static_dir.empty() ? built_pages() : std::filesystem::path(config.server.static_dir);
  if (directory.empty()) {
    spdlog::warn("no pages: they are not built, or --static does not say where they are");
    files = std::make_shared<const net::StaticFiles>();
    return std::nullopt;
  }
  auto loaded = net::StaticFiles::load(directory);
  if (!loaded) return loaded.error();
  files = std::make_shared<const net::StaticFiles>(std::move(*loaded));
  return std::nullopt;
}

Failure load_certificate(const Config& config, std::shared_ptr<net::TlsContext>& tls) {
  if (config.tls.certificate.empty()) return std::nullopt;
  auto loaded = net::TlsContext::load({config.tls.certificate, config.tls.key});
  if (!loaded) return loaded.error();
  tls = std::move(*loaded);
  return std::nullopt;
}

// A renewed certificate is shown without a restart.
asio::awaitable<void> watch_certificate(net::TlsContext& tls, std::chrono::milliseconds interval) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(interval);
    co_await timer.async_wait(asio::use_awaitable);
    const auto reloaded = tls.reload_if_changed();
    if (!reloaded)
      spdlog::error("the new certificate is not used, the old one stays: {}", reloaded.error());
    else if (*reloaded)
      spdlog::info("new certificate");
  }
}

// All workers listen on one port; the first finds out which if it may be any.
Failure open_doors(const Config& config, std::vector<std::unique_ptr<Worker>>& workers,
                   tcp::endpoint& endpoint) {
  boost::system::error_code bad;
  const auto address = asio::ip::make_address(config.server.address, bad);
  if (bad) return "server.address: not an IP address: " + config.server.address;
  endpoint = tcp::endpoint(address, static_cast<unsigned short>(config.server.port));
  if (const auto free = net::probe_port(endpoint); !free) return free.error();
  for (auto& worker : workers) {
    const auto bound = worker->listen(endpoint);
    if (!bound) return bound.error();
    endpoint = *bound;
  }
  return std::nullopt;
}

std::string shown(const tcp::endpoint& endpoint, bool secure) {
  const bool v6 = endpoint.address().is_v6();
  return (secure ? "https://" : "http://") + std::string(v6 ? "[" : "") + endpoint.address().to_string() +
         (v6 ? "]" : "") + ":" + std::to_string(endpoint.port()) + "/";
}

void announce(const tcp::endpoint& endpoint, bool secure, const Bootstrapped& shop) {
  const auto url = shown(endpoint, secure);
  std::printf("listening on %s\n", url.c_str());
  std::printf("  storefront  %s\n  console     %sconsole/\n", url.c_str(), url.c_str());
  if (!shop.new_passwords.empty()) {
    std::printf(
        "\nagents of shop \"%s\" (made now, shown once; `switchboard shop password` makes new ones):\n",
        shop.shop.c_str());
    for (const auto& [agent, password] : shop.new_passwords)
      std::printf("  %-12s %s\n", agent.c_str(), password.c_str());
  }
  std::fflush(stdout);
}

// Returns when every worker serves: only then is it said that we listen.
asio::awaitable<void> until_ready(const std::vector<std::unique_ptr<Worker>>& workers) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!std::ranges::all_of(workers, [](const auto& worker) { return worker->ready(); })) {
    timer.expires_after(std::chrono::milliseconds(5));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Waits on the main thread until the workers have drained, and looks after the certificate meanwhile. The
// second signal shortens the drain to nothing.
void run_until_signalled(const Config& config, std::vector<std::unique_ptr<Worker>>& workers,
                         net::TlsContext* tls, const std::function<void()>& when_ready) {
  asio::io_context io;
  if (tls)
    asio::co_spawn(io, watch_certificate(*tls, std::chrono::milliseconds(config.tls.reload_check_ms)),
                   asio::detached);
  asio::co_spawn(io, until_ready(workers), [&](std::exception_ptr failed) {
    if (!failed) when_ready();
  });
  asio::signal_set signals(io, SIGTERM, SIGINT);
  asio::steady_timer limit(io);
  signals.async_wait([&](const boost::system::error_code& failed, int signal) {
    if (failed) return;
    // SIGTERM: a rolling restart, clients move in their own time. SIGINT: somebody at a terminal who waits.
    const auto window = signal == SIGTERM ? config.drain.window_ms : 0;
    spdlog::info("{}: draining within {} ms", signal == SIGTERM ? "SIGTERM" : "SIGINT", window);
    for (auto& worker : workers) worker->drain(window);
    limit.expires_after(std::chrono::milliseconds(config.drain.limit_ms));
    limit.async_wait([](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      spdlog::error("the drain took longer than drain.limit_ms; leaving at once");
      std::_Exit(0);
    });
    signals.async_wait([](const boost::system::error_code& again, int) {
      if (!again) std::_Exit(0);
    });
  });

  std::vector<std::thread> threads;
  threads.reserve(workers.size());
  std::atomic<std::size_t> running{workers.size()};
  for (auto& worker : workers)
    threads.emplace_back([&worker, &io, &running] {
      worker->run();
      if (--running == 0) io.stop();
    });
  io.run();
  for (auto& thread : threads) thread.join();
}

}  // namespace

int serve(const Config& config) {
  set_up_log(config.log.level, config.log.format);
  const auto fail = [](const std::string& sentence) {
    spdlog::error("{}", sentence);
    return 1;
  };
  if (sodium_init() < 0) return fail("libsodium could not be initialised");

  RedisPart redis;
  if (const auto failure = start_redis(config, redis)) return fail(*failure);
  const auto options = redis_options(config, redis.url);
  auto shop = bootstrap(config, options);
  if (!shop) return fail(shop.error());

  Metrics metrics;
  Login login(config.login);
  std::shared_ptr<const net::StaticFiles> files;
  if (const auto failure = load_pages(config, files)) return fail(*failure);
  std::shared_ptr<net::TlsContext> tls;
  if (const auto failure = load_certificate(config, tls)) return fail(*failure);
  const Shared shared{
      .config = config,
      .metrics = metrics,
      .admission = net::Admission::make(admission_limits(config)),
      .files = files,
      .tls = tls,
      .login = login,
      .redis = options,
      .node = (config.node.id.empty() ? "gateway" : config.node.id) + "." + shop::make_visitor_id()};
  const auto threads = config.server.threads > 0 ? static_cast<unsigned>(config.server.threads)
                                                 : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned index = 0; index < threads; ++index)
    workers.push_back(std::make_unique<Worker>(shared, index));
  tcp::endpoint endpoint;
  if (const auto failure = open_doors(config, workers, endpoint)) return fail(*failure);

  run_until_signalled(config, workers, tls.get(), [&] { announce(endpoint, tls != nullptr, *shop); });
  workers.clear();
  if (redis.child) redis.child->stop();
  spdlog::info("drained; good-bye");
  return 0;
}

}  // namespace switchboard::app
