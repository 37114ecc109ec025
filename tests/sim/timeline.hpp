// What happens outside of the gateways, in the order of its time: octets that arrive, people who act, faults.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/clock.hpp"

namespace switchboard::sim {

class Timeline {
 public:
  using Action = std::function<void()>;

  // Of two actions at the same time the one that was asked for first comes first.
  void at(Micros when, Action action) {
    actions_.push({when < now() ? now() : when, next_++, std::move(action)});
  }
  void after(Micros delay, Action action) { at(now() + delay, std::move(action)); }

  Micros next() const { return actions_.empty() ? never : actions_.top().when; }

  // Runs what is due now, also what that asks for at once. Returns how much it was.
  std::size_t run_due() {
    std::size_t count = 0;
    for (; next() <= now(); ++count) {
      auto action = std::move(const_cast<Scheduled&>(actions_.top()).action);
      actions_.pop();
      action();
    }
    return count;
  }

  // For who looks at a run: prints what speaks of the watched word (a conversation, a person, a device).
  // `text` makes it.
  template <class Text>
  void show(const char* who, Text text) const {
    if (watched.empty()) return;
    const std::string shown = text();
    if (shown.find(watched) == std::string::npos) return;
    std::fprintf(stderr, "%12.6f  %s: %.300s\n", static_cast<double>(now()) / second, who, shown.c_str());
  }
  std::string watched;

  // Two runs of one seed are the same if and only if they note the same: FNV-1a over all that was noted, with
  // its time.
  void note(std::string_view what) {
    mix(static_cast<std::uint64_t>(now()));
    for (const char c : what) trace_ = (trace_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::uint64_t trace() const { return trace_; }

 private:
  struct Scheduled {
    Micros when;
    std::uint64_t number;
    Action action;
    bool operator<(const Scheduled& other) const {
      return when != other.when ? when > other.when : number > other.number;
    }
  };
  void mix(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) trace_ = (trace_ ^ ((value >> (8 * i)) & 0xff)) * 0x100000001b3;
  }

  std::priority_queue<Scheduled> actions_;
  std::uint64_t next_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325;
};

}  // namespace switchboard::sim
