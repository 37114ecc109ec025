#include "server/app/start.hpp"

#include <cstdio>

#include "server/app/log.hpp"
#include "server/shop/token.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
using asio::ip::tcp;

Failure start_redis(const Config& config, RedisPart& redis) {
  if (!config.redis.url.empty()) {
    auto url = store::parse_redis_url(config.redis.url);
    if (!url) return url.error();
    if (auto why = store::refusal_of_files(*url); !why.empty()) return why;
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

std::string node_id(const RedisPart& redis) {
  return redis.child ? "gateway" : shop::make_visitor_id();
}

Result<tcp::endpoint, std::string> endpoint_of(const Config& config) {
  boost::system::error_code bad;
  const auto address = asio::ip::make_address(config.server.address, bad);
  if (bad) return "server.address: not an IP address: " + config.server.address;
  return tcp::endpoint(address, static_cast<unsigned short>(config.server.port));
}

namespace {

std::string shown(const tcp::endpoint& endpoint, bool secure) {
  const bool v6 = endpoint.address().is_v6();
  return (secure ? "https://" : "http://") + std::string(v6 ? "[" : "") + endpoint.address().to_string() +
         (v6 ? "]" : "") + ":" + std::to_string(endpoint.port()) + "/";
}

}  // namespace

void announce(const tcp::endpoint& endpoint, const Config& config, const Bootstrapped& shop) {
  const auto url = shown(endpoint, !config.tls.certificate.empty());
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

}  // namespace switchboard::app
