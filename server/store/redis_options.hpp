// What every connection to Redis is told at its construction: where, how long to wait, how much to hold.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/metrics.hpp"
#include "server/base/result.hpp"

namespace switchboard::store {

// Where Redis listens and as whom we log in.
struct RedisUrl {
  std::string path;  // of a unix socket; empty: TCP
  std::string host;
  std::uint16_t port = 6379;
  std::string user, password;  // never logged; empty password: no AUTH
  unsigned database = 0;

  // "redis://host:port/3" or "unix:///path": without the credentials, fit for a log line.
  std::string shown() const;
};

// Understands `redis://[user:pass@]host[:port][/db]` and `unix:///path`. The error says what is wrong with
// the text and does not repeat a password.
Result<RedisUrl, std::string> parse_redis_url(std::string_view text);

class RedisConnection;

struct RedisOptions {
  RedisUrl url;
  std::string name = "switchboard";                 // CLIENT SETNAME; no spaces
  std::chrono::milliseconds connect_timeout{3000};  // until the socket is connected
  std::chrono::milliseconds command_timeout{5000};  // of the oldest command; then the connection is given up
  std::chrono::milliseconds ping_every{5000};       // with nothing else under way
  std::chrono::milliseconds backoff_min{50};        // before the first reconnect; doubles, full jitter
  std::chrono::milliseconds backoff_max{2000};
  // What is under way and has no answer yet, commands and octets: over the bound a command is refused as
  // busy. The copies of these options count together, so the bound is that of all connections made from them.
  std::size_t in_flight_max = 4096;
  std::size_t in_flight_octets_max = 8u << 20;
  std::shared_ptr<Gauge> in_flight = std::make_shared<Gauge>();
  std::shared_ptr<Gauge> in_flight_octets = std::make_shared<Gauge>();
  // What a connection is made of; none: a socket. A simulation brings its own.
  std::function<std::shared_ptr<RedisConnection>(const boost::asio::any_io_executor&)> connection;
};

// Uniform in [0, 1). Called on the executor of the part that it was handed to.
using Random = std::function<double()>;

// Where the store tells the operator what happened. Called on the thread of whoever reports; must not block.
enum class Severity { info, warning, error };
using Report = std::function<void(Severity, const std::string&)>;

}  // namespace switchboard::store
