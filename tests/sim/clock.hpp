// Virtual time. In this binary std::chrono's clocks read it, so that the product's code, which asks them as
// ever, lives in it too; and Asio's timers say when they want to be looked at, so that time can jump to that
// moment.
#pragma once

#include <cstdint>

namespace switchboard::sim {

using Micros = std::int64_t;  // since the beginning of the run

inline constexpr Micros ms = 1'000;
inline constexpr Micros second = 1'000'000;
inline constexpr Micros minute = 60 * second;
inline constexpr Micros never = INT64_MAX;

// What steady_clock and system_clock say now. There is one time for the whole process, since there is one
// std::chrono: one simulation at a time.
Micros now() noexcept;
void set_now(Micros) noexcept;  // never backwards within a run

// Whoever runs until the next call has a time of day that is so far off; steady_clock is not.
void set_wall_offset(Micros) noexcept;
Micros wall_offset() noexcept;

// Unix time in microseconds at the beginning of every run.
inline constexpr std::int64_t unix_epoch_us = 1'767'225'600'000'000;

// The timers of the io_context that is made while this object is the youngest one.
class Timers {
 public:
  Timers();
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  // When the first of them is due; `never` while there is none. Within five minutes Asio looks anyway.
  Micros due() const noexcept { return due_; }
  void set_due(Micros at) noexcept { due_ = at; }

 private:
  Micros due_ = never;
};

}  // namespace switchboard::sim
