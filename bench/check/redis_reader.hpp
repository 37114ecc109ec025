// Reads what the store keeps straight from Redis, past the server: the logs, and the shop's event stream
// while it is written. Blocking; not for the io thread while something is measured.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/check/history.hpp"

struct redisContext;

namespace switchboard::check {

class RedisReader {
 public:
  // A unix socket. Null: not reachable.
  static std::unique_ptr<RedisReader> open(const std::string& socket, const std::string& shop);
  ~RedisReader();

  std::optional<std::vector<Stored>> log(const std::string& conversation);
  // When the conversation came into the queue, by the store's clock.
  std::optional<std::int64_t> entered_ms(const std::string& conversation);
  struct Event {
    std::string id;
    Transition transition;
  };
  // Up to a thousand events behind `after` ("0-0" for the first).
  std::optional<std::vector<Event>> events(const std::string& after);
  // Who served this visitor last time, as if she had been here before.
  bool set_last_agent(const std::string& visitor, const std::string& agent);

 private:
  RedisReader(redisContext*, std::string prefix);
  redisContext* context_;
  std::string prefix_;  // of all keys of the shop
};

// Follows the event stream on a thread of its own, faster than it is trimmed.
class EventFollower {
 public:
  EventFollower(const std::string& socket, const std::string& shop);
  ~EventFollower();
  // Reads what is left and ends. The transitions so far; complete: from the first event on, without a gap.
  std::vector<Transition> finish(bool& complete);

 private:
  void run();
  bool read_all();

  const std::string socket_, shop_;
  std::unique_ptr<RedisReader> reader_;
  std::string last_ = "0-0";
  bool complete_ = true;
  std::vector<Transition> transitions_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

// What an entry's body is, for comparing: a person's text by its letters, everything else by its kind.
Digest digest_of_body(std::string_view encoded_body);

}  // namespace switchboard::check
