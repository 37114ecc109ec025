// This gateway's incarnation: who it is in Redis. All workers sign their agents in under it; worker 0 beats
// for it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace switchboard::app {

inline std::string incarnation_of(std::string_view node, std::uint64_t start, std::string_view random) {
  return std::string(node) + "." + std::to_string(start) + "." + std::string(random);
}

// Any thread.
class Node {
 public:
  // "<node>.<start>.<random>", as start_node() of bootstrap.hpp gives it.
  explicit Node(std::string incarnation) : incarnation_(std::move(incarnation)) {}

  std::string incarnation() const {
    const std::lock_guard guard(mutex_);
    return incarnation_;
  }
  void become(std::string incarnation) {
    const std::lock_guard guard(mutex_);
    incarnation_ = std::move(incarnation);
  }

 private:
  mutable std::mutex mutex_;
  std::string incarnation_;
};

}  // namespace switchboard::app
