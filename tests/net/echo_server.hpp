// A whole server in a few lines: listener, HTTP, upgrade and connections, answering each message with itself.
// It runs on a thread of its own, so that tests can talk to it with plain blocking sockets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "server/base/metrics.hpp"
#include "server/net/connection.hpp"
#include "server/net/http.hpp"
#include "server/net/listener.hpp"

namespace switchboard::net::testing {

// What a test server does with a connection.
using Session = std::function<boost::asio::awaitable<void>(std::shared_ptr<Connection>)>;

// Answers each message with itself; over_rate ones with "busy".
boost::asio::awaitable<void> echo(std::shared_ptr<Connection> connection);

struct EchoOptions {
  EchoOptions();  // no rate limits, everything else as in production

  ConnectionLimits connection;
  AdmissionLimits admission;
  ListenerOptions listener;
  HttpOptions http;
  Session session = echo;
};

class EchoServer {
 public:
  explicit EchoServer(EchoOptions options = {});
  ~EchoServer();

  std::uint16_t port() const { return listener_->endpoint().port(); }
  Metrics& metrics() { return metrics_; }
  const Admission& admission() const { return *admission_; }

  // How the next connection ended, in the order of their ends; waits up to 20 s, nullopt after that.
  std::optional<End> next_end();

  // Runs `task` on the server's thread and waits for it.
  void run(std::function<void()> task);

  // On the server's thread only.
  ConnectionGroup& group() { return *group_; }
  HttpServer& http() { return *http_; }
  Listener& listener() { return *listener_; }

 private:
  void begin(Upgraded upgraded);

  Metrics metrics_;
  boost::asio::io_context io_{1};
  Session session_;
  std::shared_ptr<Admission> admission_;
  std::shared_ptr<ConnectionGroup> group_;
  std::unique_ptr<HttpServer> http_;
  std::shared_ptr<Listener> listener_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::deque<End> ends_;
  std::thread thread_;
};

}  // namespace switchboard::net::testing
