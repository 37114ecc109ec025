// What every connection to Redis is told at its construction: where, how long to wait, how much to hold.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/metrics.hpp"
#include "server/base/result.hpp"

namespace switchboard::store {

struct RedisAddress {
  std::string host;
  std::uint16_t port = 6379;

  std::string shown() const;  // "host:port", "[::1]:port"
  friend auto operator<=>(const RedisAddress&, const RedisAddress&) = default;
};

// How we are sure to whom we talk at rediss://, and show who we are. The files are PEM and read at each
// connect: renewed ones need no restart.
struct RedisTls {
  std::string ca;           // whose certificates to believe; empty: whom the system believes
  std::string certificate;  // shown to a Redis that asks for one (tls-auth-clients); empty: none
  std::string key;          // its key, without a passphrase
  std::string name;         // what Redis's certificate must name; empty: the host that we connect to

  friend bool operator==(const RedisTls&, const RedisTls&) = default;
};

// Where Redis listens and as whom we log in.
struct RedisUrl {
  enum class Kind {
    single,    // at `path` or `host`
    sentinel,  // whoever the sentinels call the master of `master`
    cluster,   // the masters that any node of the cluster names
  };
  Kind kind = Kind::single;
  std::string path;  // of a unix socket; empty: TCP
  std::string host;
  std::uint16_t port = 6379;
  std::vector<RedisAddress> seeds;  // sentinels, or some nodes of the cluster: whom to ask for the rest
  std::string master;               // the name under which the sentinels watch it
  std::string user, password;       // never logged; empty password: no AUTH
  unsigned database = 0;
  std::optional<RedisTls> tls;  // of sentinels and all nodes alike

  // "redis://host:port/3" or "unix:///path": without the credentials and the files, fit for a log line.
  std::string shown() const;
  // The same, but one Redis at this address.
  RedisUrl at(const RedisAddress&) const;
  friend bool operator==(const RedisUrl&, const RedisUrl&) = default;
};

// Understands `redis://[user:pass@]host[:port][/db]`, `unix:///path`,
// `redis+sentinel://[user:pass@]host[:port],.../master[/db]` (ports are 26379 unless said) and
// `redis+cluster://[user:pass@]host[:port],...`. With `rediss` in the place of `redis` it is TLS, and
// `?ca=FILE&certificate=FILE&key=FILE&name=NAME`, or some of these, may follow. The error says what is wrong
// with the text and does not repeat a password.
Result<RedisUrl, std::string> parse_redis_url(std::string_view text);

// Why the files that the URL names cannot be used, for the operator; empty: they can, or it names none.
std::string refusal_of_files(const RedisUrl&);

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
  bool must_be_master = false;                       // a replica is refused at the connect; so with sentinels
  std::chrono::milliseconds topology_every{10'000};  // between looks whether the master is still the same
  // Replicas that must have received a write before it is answered, and how long they may take; 0: none.
  unsigned confirm_replicas = 0;
  std::chrono::milliseconds confirm_timeout{1000};
  // What a connection is made of; none: a socket. A simulation brings its own.
  std::function<std::shared_ptr<RedisConnection>(const boost::asio::any_io_executor&)> connection;
};

// Uniform in [0, 1). Called on the executor of the part that it was handed to.
using Random = std::function<double()>;

// Where the store tells the operator what happened. Called on the thread of whoever reports; must not block.
enum class Severity { info, warning, error };
using Report = std::function<void(Severity, const std::string&)>;

}  // namespace switchboard::store
