// One I/O thread and everything that lives on it. Workers share nothing but counters, the pages and the
// door's limits: what crosses from one to another goes through Redis, as it does between gateways, so that
// there is one path to get right and nothing to lock.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/metrics.hpp"
#include "server/base/result.hpp"
#include "server/config.hpp"
#include "server/net/admission.hpp"
#include "server/net/static_files.hpp"
#include "server/net/tls_context.hpp"
#include "server/net/upgrade.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::app {

class Login;
class Node;

// Where comes from what nobody can foresee. A simulation hands in its own, made from one seed.
struct Chance {
  std::function<std::uint64_t()> seed;      // of a worker's generator: delays, pings; nothing secret
  std::function<std::string()> new_id;      // 128 random bits, 22 characters of base64url
  std::function<std::int64_t()> unix_time;  // seconds, for tokens alone
};
Chance system_chance();

// What all workers of a gateway are handed; outlives them.
struct Shared {
  const Config& config;
  Metrics& metrics;
  std::shared_ptr<net::Admission> admission;
  std::shared_ptr<const net::StaticFiles> files;
  std::shared_ptr<const net::TlsContext> tls;  // null: plain
  Login& login;
  store::RedisOptions redis;
  Node& node;
  Chance chance = system_chance();
};

class Worker {
 public:
  // `index` 0 also runs the desks of all shops.
  Worker(const Shared& shared, std::size_t index);
  ~Worker();

  // Opens a door on `endpoint` (SO_REUSEPORT) without letting anybody in yet. Before run(), once for each
  // door. The error is a sentence.
  [[nodiscard]] Result<boost::asio::ip::tcp::endpoint, std::string> listen(
      const boost::asio::ip::tcp::endpoint& endpoint);

  // The thread's body: returns when a drain is over.
  void run();

  // The same without a thread of its own, for who drives several workers in one: start() once, then poll()
  // whenever something may be ready. poll() never waits and returns how many handlers it ran; ended(): a
  // drain is over. serve() takes a connection that came through no door of ours, if accepting().
  void start();
  std::size_t poll();
  bool ended() const;
  bool accepting() const;
  void serve(net::Upgraded upgraded);
  boost::asio::io_context::executor_type executor() const;

  // The store has answered and the shops' settings are known: clients may come. Any thread.
  bool ready() const;

  // N2: no new sessions; clients are asked to connect again at a random moment of `window_ms`, then closed
  // with 1012; desks give their leases back; run() returns. Any thread; the first call counts.
  void drain(std::int64_t window_ms);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace switchboard::app
