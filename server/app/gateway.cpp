#include "server/app/gateway.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "server/app/bootstrap.hpp"
#include "server/app/limits.hpp"
#include "server/app/log.hpp"
#include "server/app/login.hpp"
#include "server/app/node.hpp"
#include "server/app/processes.hpp"
#include "server/app/start.hpp"
#include "server/app/worker.hpp"
#include "server/base/pause.hpp"
#include "server/net/listener.hpp"
#include "server/shop/token.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

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
  for (;;) {
    co_await pause(interval);
    const auto reloaded = tls.reload_if_changed();
    if (!reloaded)
      spdlog::error("the new certificate is not used, the old one stays: {}", reloaded.error());
    else if (*reloaded)
      spdlog::info("new certificate");
  }
}

// All workers listen on one port; the first finds out which if it may be any.
Failure open_doors(std::vector<std::unique_ptr<Worker>>& workers, tcp::endpoint& endpoint) {
  for (auto& worker : workers) {
    const auto bound = worker->listen(endpoint);
    if (!bound) return bound.error();
    endpoint = *bound;
  }
  return std::nullopt;
}

// One of several processes may have a port of its own beside the shared one.
Failure open_own_door(const Config& config, int process, Worker& worker, tcp::endpoint endpoint) {
  if (process == 0 || config.server.process_ports_from == 0) return std::nullopt;
  endpoint.port(static_cast<unsigned short>(config.server.process_ports_from + process - 1));
  if (const auto free = net::probe_port(endpoint); !free) return free.error();
  const auto bound = worker.listen(endpoint);
  return bound ? std::nullopt : Failure(bound.error());
}

// Returns when every worker serves: only then is it said that we listen.
asio::awaitable<void> until_ready(const std::vector<std::unique_ptr<Worker>>& workers) {
  while (!std::ranges::all_of(workers, [](const auto& worker) { return worker->ready(); }))
    co_await pause(std::chrono::milliseconds(5));
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

// What all workers together have under way to Redis is what /metrics says, and what the limit is about.
store::RedisOptions counted(store::RedisOptions options, Metrics& metrics) {
  const auto seen = [&metrics](const char* name, const char* help) {
    return std::shared_ptr<Gauge>(std::shared_ptr<void>(), &metrics.gauge(name, help));  // not ours to delete
  };
  options.in_flight = seen("switchboard_redis_in_flight", "Commands to Redis that have no answer yet");
  options.in_flight_octets = seen("switchboard_redis_in_flight_octets", "Octets of those commands");
  return options;
}

// `process` 0: the only one. Serves until it has drained; the failure is for the operator.
Failure run_gateway(const Config& config, const store::RedisOptions& redis, int process,
                    tcp::endpoint endpoint, const std::function<void(const tcp::endpoint&)>& when_ready) {
  Metrics metrics;
  Login login(config.login);
  std::shared_ptr<const net::StaticFiles> files;
  if (auto failure = load_pages(config, files)) return failure;
  std::shared_ptr<net::TlsContext> tls;
  if (auto failure = load_certificate(config, tls)) return failure;
  const auto started = start_node(config.node.id, config, redis);
  if (!started) return started.error();
  Node node(started->text);
  const Shared shared{.config = config,
                      .metrics = metrics,
                      .admission = net::Admission::make(admission_limits(config)),
                      .files = files,
                      .tls = tls,
                      .login = login,
                      .redis = counted(redis, metrics),
                      .node = node};
  metrics
      .gauge("switchboard_process", "Which of the processes side by side this is; 0 is the only one",
             "node=\"" + started->text + "\"")
      .set(process);
  const auto threads = config.server.threads > 0 ? static_cast<unsigned>(config.server.threads)
                                                 : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned index = 0; index < threads; ++index)
    workers.push_back(std::make_unique<Worker>(shared, index));
  if (auto failure = open_doors(workers, endpoint)) return failure;
  if (auto failure = open_own_door(config, process, *workers.front(), endpoint)) return failure;
  run_until_signalled(config, workers, tls.get(), [&] { when_ready(endpoint); });
  return std::nullopt;
}

int failed(const std::string& sentence) {
  spdlog::error("{}", sentence);
  return 1;
}

int serve_alone(const Config& config) {
  RedisPart redis;
  if (const auto failure = start_redis(config, redis)) return failed(*failure);
  const auto options = redis_options(config, redis.url);
  auto shop = bootstrap(config, options);
  if (!shop) return failed(shop.error());
  const auto endpoint = endpoint_of(config);
  if (!endpoint) return failed(endpoint.error());
  if (const auto free = net::probe_port(*endpoint); !free) return failed(free.error());
  auto named = config;
  if (named.node.id.empty()) named.node.id = node_id(redis);
  const auto failure = run_gateway(named, options, 0, *endpoint,
                                   [&](const tcp::endpoint& bound) { announce(bound, config, *shop); });
  if (failure) return failed(*failure);
  if (redis.child) redis.child->stop();
  spdlog::info("drained; good-bye");
  return 0;
}

}  // namespace

int serve(const Config& config) {
  set_up_log(config.log.level, config.log.format);
  if (sodium_init() < 0) return failed("libsodium could not be initialised");
  return config.server.processes > 1 ? serve_side_by_side(config) : serve_alone(config);
}

int serve_as_process(const Config& config, int process, int ready_fd) {
  ::prctl(PR_SET_NAME, "switchboard");  // it was started as /proc/self/exe
  set_up_log(config.log.level, config.log.format, "process " + std::to_string(process));
  if (sodium_init() < 0) return failed("libsodium could not be initialised");
  const auto url = store::parse_redis_url(config.redis.url);
  if (!url) return failed(url.error());
  const auto endpoint = endpoint_of(config);
  if (!endpoint) return failed(endpoint.error());
  const auto failure =
      run_gateway(config, redis_options(config, *url), process, *endpoint, [&](const tcp::endpoint&) {
        [[maybe_unused]] const auto written = ::write(ready_fd, "ready\n", 6);
        ::close(ready_fd);
      });
  if (failure) return failed(*failure);
  spdlog::info("drained; good-bye");
  return 0;
}

}  // namespace switchboard::app
