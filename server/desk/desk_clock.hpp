// The time by which a desk decides. Its own: it begins as that of the store and goes on with the steady
// clock, so that a step of the store's wall clock, ahead or back, lets no deadline pass, makes nobody's wait
// an hour and freezes nobody's. What is no more than drift is followed slowly.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "server/store/values.hpp"

namespace switchboard::desk {

inline constexpr store::Millis clock_step_min_ms = 2'000;     // a greater difference is a step, not drift
inline constexpr store::Millis clock_follows_ms = 5;          // of drift, in one look
inline constexpr store::Millis arrival_late_max_ms = 60'000;  // a desk that leads hears of an arrival sooner

// All of it on the desk's own thread.
class DeskClock {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  void start(store::Millis of_store, Instant at) {
    began_ = at;
    base_ = of_store;
    stepped_by_ = 0;
  }

  store::Millis now(Instant at) const {
    return base_ + std::chrono::duration_cast<std::chrono::milliseconds>(at - began_).count();
  }

  // A look at the store's clock. Returns by how much it has been stepped since the last look that said so,
  // ms; 0 nearly always. Seen twice in a row, for a single late answer looks like a step, too.
  store::Millis follow(store::Millis of_store, Instant at) {
    const auto ahead = of_store - now(at);
    const auto step = ahead - stepped_by_;
    if (std::abs(step) <= clock_step_min_ms) {
      suspected_ = 0;
      if (stepped_by_ == 0) base_ += std::clamp(ahead, -clock_follows_ms, clock_follows_ms);
      if (std::abs(ahead) <= clock_step_min_ms) stepped_by_ = 0;
      return 0;
    }
    if (suspected_++ == 0) return 0;
    suspected_ = 0;
    stepped_by_ = ahead;
    return step;
  }

 private:
  Instant began_{};
  store::Millis base_ = 0;
  store::Millis stepped_by_ = 0;  // of which we know, and which we do not follow
  int suspected_ = 0;
};

// When the waiting entered, on the desk's clock (R3). The store notes wall clock time, and numbers
// conversations as they come. The number decides who came first: nobody is told the router to have entered
// later than somebody who came after her.
class Entrances {
 public:
  // Of all that is open, by ascending number, as a new desk finds it: what was noted before the clock was set
  // back is brought down to what was noted since. Waits are then too short, by no more than she had waited
  // until then; an order that the clock had turned round is put right.
  void restore(std::vector<store::ConversationView>& by_number, store::Millis now) {
    auto latest = now;
    for (auto view = by_number.rbegin(); view != by_number.rend(); ++view)
      view->entered = latest = std::min(view->entered, latest);
    if (by_number.empty()) return;
    last_ = by_number.back().number;
    last_entered_ = by_number.back().entered;
  }

  // Of one that is new. What the store noted holds if it can be true: not before who came before her, not
  // ahead, and not longer ago than a desk takes to hear of it. Otherwise she entered now.
  store::Millis of(std::uint64_t number, store::Millis noted, store::Millis now) {
    if (number <= last_) return std::min(noted, last_entered_);
    const bool possible = noted >= std::max(last_entered_, now - arrival_late_max_ms) && noted <= now;
    last_ = number;
    return last_entered_ = std::max(possible ? noted : now, last_entered_);
  }

 private:
  std::uint64_t last_ = 0;  // the youngest number, and when she entered
  store::Millis last_entered_ = INT64_MIN / 2;
};

}  // namespace switchboard::desk
