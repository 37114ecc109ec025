// One I/O thread and everything that lives on it. Workers share nothing but counters, the pages and the
// door's limits: what crosses from one to another goes through Redis, as it does between gateways, so that
// there is one path to get right and nothing to lock.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "server/base/metrics.hpp"
#include "server/base/result.hpp"
#include "server/config.hpp"
#include "server/net/admission.hpp"
#include "server/net/static_files.hpp"
#include "server/net/tls_context.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::app {

class Login;
class Node;

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
