// Reads what the store keeps straight from Redis, past the server: the logs, and the shop's event stream
// while it is written. Blocking; not for the io thread while something is measured.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
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
  // When the conversation came into the queue, by the store's clock, and the epoch that it is of. All 0:
  // there is no such conversation.
  struct Head {
    std::int64_t entered_ms = 0;
    std::uint32_t epoch = 0;
  };
  std::optional<Head> head(const std::string& conversation);
  // The number of the last event that there ever was.
  std::optional<std::uint32_t> last_event();
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
  // The store has lost all events behind this one; their ids are given to others. While it cannot be reached.
  void rewind(std::uint32_t last);
  // Reads what is left and ends. The transitions so far; complete: from the first event on, without a gap.
  std::vector<Transition> finish(bool& complete);

 private:
  void run();
  bool read_all();

  const std::string socket_, shop_;
  std::mutex mutex_;
  std::unique_ptr<RedisReader> reader_;
  std::uint32_t last_ = 0;
  bool complete_ = true;
  std::vector<Transition> transitions_;  // if complete: of the events 1 to last_
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

// What an entry's body is, for comparing: a person's text by its letters, everything else by its kind.
Digest digest_of_body(std::string_view encoded_body);

}  // namespace switchboard::check
