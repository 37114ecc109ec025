// The server under test: one that we start with a temporary data directory and stop again, or one that runs
// already.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/process.hpp"
#include "bench/load/socket.hpp"

namespace switchboard::shop {
struct Shop;
}

namespace switchboard::load {

struct GatewayOptions {
  std::string binary;                  // path of `switchboard`
  std::string url;                     // not empty: drive this one instead; then `key` is needed
  std::string key;                     // the shop's signing key
  bool keep_data = false;              // leave the data directory behind, and say where
  int threads = 0;                     // of the gateway; 0 = its own default
  std::vector<std::string> arguments;  // more flags for serve
};

struct Usage {
  std::int64_t gateway_us = 0;
  std::int64_t redis_us = 0;
};

class Gateway {
 public:
  // Starts the server with this shop, or reaches for options.url. Null: `error` says why.
  static std::unique_ptr<Gateway> start(const GatewayOptions&, const shop::Shop&, std::string& error);
  ~Gateway();  // stops it, removes the data

  const Target& target() const { return target_; }
  const std::string& key() const { return key_; }
  // The child's Redis socket; empty with a server that is not ours.
  const std::string& redis_socket() const { return redis_socket_; }
  bool ours() const { return process_.has_value(); }
  Usage usage() const;
  std::int64_t resident() const;        // of the gateway, octets
  std::int64_t redis_resident() const;  // of its Redis
  // From now on a server that ends by itself throws std::runtime_error, with the end of its log, out of
  // io.run...().
  void watch(boost::asio::io_context& io);
  // SIGTERM and wait. The exit code, 128 + signal if it had to be killed; 0 if it is not ours.
  int stop();

 private:
  Gateway() = default;
  void look();

  std::optional<Process> process_;
  pid_t redis_ = 0;
  std::unique_ptr<boost::asio::steady_timer> watch_;
  std::string data_dir_;
  bool keep_data_ = false;
  Target target_;
  std::string key_;
  std::string redis_socket_;
};

// A token of the shop's own making for a simulated person; valid for a day.
std::string make_token(const std::string& key, const std::string& shop, const std::string& subject,
                       bool agent, const std::string& name, std::uint32_t tier = 0);

}  // namespace switchboard::load
