// Which of its own messages a connection has posted: those come back to it as answers, all others as entries.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace switchboard::session {

// The numbers of one sender in one conversation, kept as runs: a client counts on, so there is one run, or a
// few after a connection broke and only some of its messages had been answered.
class PostedNumbers {
 public:
  // Beyond so many runs the oldest is forgotten: what was posted in it may also come as an entry.
  static constexpr std::size_t runs_max = 64;

  void add(std::uint32_t number) {
    if (contains(number)) return;
    if (!runs_.empty() && number == runs_.back().second + 1) {
      runs_.back().second = number;
      return;
    }
    if (runs_.size() == runs_max) runs_.erase(runs_.begin());
    runs_.emplace_back(number, number);
  }

  bool contains(std::uint32_t number) const {
    return std::ranges::any_of(
        runs_, [number](const auto& run) { return run.first <= number && number <= run.second; });
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> runs_;  // first and last
};

}  // namespace switchboard::session
