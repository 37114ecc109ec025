// When to look at the silence of which conversation (rule 2.8). A desk's own note: it may be too early, the
// store knows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/store/values.hpp"

namespace switchboard::desk {

// Conversations by their number. One time for each: the latest that was noted.
class Silences {
 public:
  void look_at(std::uint64_t number, store::Millis when) {
    forget(number);
    due_.emplace(when, number);
    when_.emplace(number, when);
  }

  void forget(std::uint64_t number) {
    const auto known = when_.find(number);
    if (known == when_.end()) return;
    due_.erase({known->second, number});
    when_.erase(known);
  }

  std::optional<store::Millis> next() const {
    return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
  }

  // At most `most` that are due, earliest first; they are noted no more.
  std::vector<std::uint64_t> take_due(store::Millis now, std::size_t most) {
    std::vector<std::uint64_t> taken;
    while (taken.size() < most && !due_.empty() && due_.begin()->first <= now) {
      taken.push_back(due_.begin()->second);
      forget(taken.back());
    }
    return taken;
  }

 private:
  std::set<std::pair<store::Millis, std::uint64_t>> due_;
  std::unordered_map<std::uint64_t, store::Millis> when_;
};

}  // namespace switchboard::desk
