// redis-servers of a test's own: several side by side, killed, stopped and started again by hand; a master
// with replicas and sentinels; a cluster. Each on free ports of the loopback in a directory of its own, all
// gone afterwards. For one that is only to be there: private_redis.hpp.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace switchboard::test {

// A port on which nobody listens; neither does anybody on the one 10000 above (the cluster's bus).
std::uint16_t free_redis_port();

// Waits, without running anything, until `holds`; throws with `what` when patience has ended.
void wait_until(const std::function<bool()>& holds, const std::string& what,
                std::chrono::seconds within = std::chrono::seconds(30));

class RedisProcess {
 public:
  // Starts it with these lines of redis.conf beside the port, the directory and appendfsync always. A
  // sentinel is one whose lines say so.
  explicit RedisProcess(std::vector<std::string> lines, bool sentinel = false,
                        std::uint16_t port = free_redis_port());
  ~RedisProcess();
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  void kill_9();  // dead when it returns
  void start();   // again, with what it had; answers when it returns
  void pause();
  void resume();

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string log() const;

  // A command and its reply as text: arrays joined by blanks, errors with a leading "-". Empty: no answer
  // within two seconds.
  std::string ask(const std::vector<std::string>& words) const;
  // The value of a line of INFO.
  std::string info(const std::string& field) const;

 private:
  TempDir dir_;
  bool sentinel_;
  std::uint16_t port_;
  pid_t pid_ = 0;
};

// A master, replicas that have caught up, and three sentinels that know each other.
class SentinelRedis {
 public:
  explicit SentinelRedis(int replicas = 1, const std::string& min_replicas = "0");

  std::string url() const;  // redis+sentinel://...
  // The process that the sentinels name now; null: they name none of ours.
  RedisProcess* named() const;
  // Waits until the sentinels name a living master that is not `former`.
  RedisProcess& wait_for_failover(const RedisProcess& former) const;

  std::vector<std::unique_ptr<RedisProcess>> servers;  // the first one begins as master
  std::vector<std::unique_ptr<RedisProcess>> sentinels;
};

// Masters that share the slots, each with as many replicas.
class ClusterRedis {
 public:
  explicit ClusterRedis(int masters = 3, int replicas = 0, int node_timeout_ms = 1000);

  std::string url() const;  // redis+cluster://..., of the first two masters
  // The master that holds this key now, as the nodes that live agree; null: none.
  RedisProcess* owner(const std::string& key) const;
  // As redis-cli moves a slot: both ends know, then the keys go one by one, then all know its new owner.
  // Between the steps `meanwhile` is called, with how many keys are still at the old one.
  void move_slot(
      int slot, RedisProcess& from, RedisProcess& to,
      const std::function<void(std::size_t)>& meanwhile = [](std::size_t) {});
  int slot_of(const std::string& key) const;

  std::vector<std::unique_ptr<RedisProcess>> servers;  // the masters, then the replicas

 private:
  std::string id_of(const RedisProcess& node) const;
  void wait_until_all_agree() const;
};

}  // namespace switchboard::test
