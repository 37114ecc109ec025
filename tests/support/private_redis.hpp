// A real redis-server for one test program or test: our own embedded child in a directory of its own. Links
// switchboard_store.
//
//   PrivateRedis redis;                     // ready when constructed
//   RedisStore store(executor, redis.options(), test_random(1), quiet());
//   redis.kill_9();                         // it comes back by itself, with what it had acknowledged
#pragma once

#include <signal.h>

#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "server/store/redis_options.hpp"
#include "server/store/redis_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::test {

// A report that says nothing.
inline store::Report quiet() {
  return [](store::Severity, const std::string&) {};
}

// A random source that is the same for the same seed.
inline store::Random test_random(unsigned seed) {
  return [engine = std::mt19937(seed)]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

class PrivateRedis {
 public:
  explicit PrivateRedis(store::RedisServerOptions options = {}, store::Report report = quiet()) {
    options.data = dir_ / "redis";
    if (options.memory_octets_max == 0) options.memory_octets_max = 256 << 20;
    options.rewrite_wait = std::chrono::milliseconds(0);
    server_ = std::make_unique<store::RedisServer>(std::move(options), std::move(report));
    if (const auto started = server_->start(); !started) throw std::runtime_error(started.error());
    wait_ready();
  }
  ~PrivateRedis() { server_->stop(); }

  store::RedisServer& server() { return *server_; }
  std::filesystem::path data() const { return dir_ / "redis"; }
  int pid() const { return server_->status().pid; }

  // For a RedisStore, RedisClient or RedisSubscriber; quick to notice and to come back.
  store::RedisOptions options(std::string name = "test") const {
    store::RedisOptions options;
    options.url = server_->url();
    options.name = std::move(name);
    options.backoff_max = std::chrono::milliseconds(200);
    return options;
  }

  void wait_ready() {
    if (!server_->wait_ready(std::chrono::seconds(60)))
      throw std::runtime_error("redis-server did not start: " + server_->status().detail);
  }

  // Kills redis-server and returns when it is dead; the supervisor starts it again.
  void kill_9() {
    const int victim = pid();
    if (victim <= 0) throw std::runtime_error("no redis-server lives");
    ::kill(victim, SIGKILL);
    while (pid() == victim) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  void pause() { ::kill(pid(), SIGSTOP); }
  void resume() { ::kill(pid(), SIGCONT); }

 private:
  TempDir dir_;
  std::unique_ptr<store::RedisServer> server_;
};

}  // namespace switchboard::test
