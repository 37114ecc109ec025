// The embedded default: a private redis-server, a child of this process, in a data directory of its own. It
// dies with us (also when we are killed), it is restarted when it dies alone, and as long as it lives nobody
// else can start another one on the same directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "server/base/result.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::store {

struct RedisServerOptions {
  std::filesystem::path
      data;  // made if missing, for us alone (0700); socket, AOF, lock and redis.log are here
  std::string binary = "redis-server";             // a path, or a name that is looked up in PATH
  std::string appendfsync = "always";              // anything else breaks promise M1
  std::int64_t memory_octets_max = 0;              // --maxmemory; 0: half of the machine's memory
  std::chrono::milliseconds lock_wait{5'000};      // for a predecessor on this directory that is still ending
  std::chrono::milliseconds stop_timeout{10'000};  // from SIGTERM; then SIGKILL
  std::chrono::milliseconds rewrite_wait{
      10'000};  // before a stop, to fold a long AOF so that the next start is quick
  std::chrono::milliseconds restart_min{100};  // between the death of Redis and its next start; doubles
  std::chrono::milliseconds restart_max{5'000};
  std::chrono::milliseconds damaged_retry{30'000};  // when it cannot load its data
};

class RedisServer {
 public:
  enum class State {
    starting,    // forked, not yet answering
    loading,     // answers, reads its data
    ready,       // answers PING
    restarting,  // died; next start after a pause
    damaged,     // cannot load its data; retried slowly, never repaired by us
    stopped,
  };
  struct Status {
    State state = State::stopped;
    int pid = 0;             // 0: none lives
    int loaded_percent = 0;  // while loading
    unsigned restarts = 0;   // since start()
    std::string detail;      // one sentence for the operator; empty when ready
  };

  // `report` is called on the supervising thread.
  RedisServer(RedisServerOptions, Report report);
  ~RedisServer();  // as stop()
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // Checks everything that can be checked, takes the lock and starts the supervising thread, which forks
  // Redis and lives until stop (the kernel ties Redis' life to the thread that forked it). Does not wait for
  // `ready`. The error is a sentence for the operator: no binary, directory in use, socket path too long ...
  // Once.
  Result<Done, std::string> start();
  // Blocks until Redis is ready (true), or `limit` is over or it is stopped (false; see status).
  bool wait_ready(std::chrono::milliseconds limit);
  // Folds a long AOF, asks (SIGTERM), waits, insists (SIGKILL). Blocks. Idempotent. Call it after the last
  // store stopped.
  void stop();

  Status status() const;  // any thread
  // Where stores connect to; known after start().
  RedisUrl url() const;

 private:
  class Supervisor;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace switchboard::store
