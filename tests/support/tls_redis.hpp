// A redis-server that speaks TLS on a port of its own and wants to be shown a certificate, with the files for
// both sides. Links switchboard_test_redis and OpenSSL::SSL.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/certificate.hpp"
#include "tests/support/redis_processes.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::test {

class TlsRedis {
 public:
  TlsRedis() {
    renew(name);
    write_certificate(file("us.pem"), file("us.key"), "gateway");
    redis_ = std::make_unique<RedisProcess>(std::vector<std::string>{
        "tls-port " + std::to_string(tls_port_), "tls-cert-file " + file("redis.pem"),
        "tls-key-file " + file("redis.key"), "tls-ca-cert-file " + file("us.pem")});
  }

  static constexpr const char* name = "redis.test";  // that its certificate bears

  // rediss://..., with this behind the question mark.
  std::string url(const std::string& query) const {
    return "rediss://127.0.0.1:" + std::to_string(tls_port_) + "?" + query;
  }
  // With all that is needed.
  std::string url() const { return url(ca() + "&" + ours() + "&name=" + name); }
  std::string ca() const { return "ca=" + file("redis.pem"); }
  std::string ours() const { return "certificate=" + file("us.pem") + "&key=" + file("us.key"); }
  std::string file(const char* which) const { return dir_ / which; }

  // Its certificate, and whom we believe, are others from the next connection on.
  void renew(const std::string& to_name) {
    write_certificate(file("redis.pem"), file("redis.key"), to_name);
    if (!redis_) return;
    redis_->ask({"CONFIG", "SET", "tls-cert-file", file("redis.pem"), "tls-key-file", file("redis.key")});
    redis_->ask({"CLIENT", "KILL", "TYPE", "normal"});
  }
  RedisProcess& process() { return *redis_; }

 private:
  TempDir dir_;
  const std::uint16_t tls_port_ = free_redis_port();
  std::unique_ptr<RedisProcess> redis_;
};

}  // namespace switchboard::test
