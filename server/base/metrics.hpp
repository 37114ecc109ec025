// Counters and gauges by name, rendered for Prometheus. One Metrics object is made at start and handed to
// everyone; there is no registry behind it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace switchboard {

// Only grows. Any thread.
class alignas(64) Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Goes up and down. Any thread.
class alignas(64) Gauge {
 public:
  void add(std::int64_t n) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::int64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The counter (gauge) of this name and these labels, made at the first call; later calls return the same
  // one, so that every worker adds to it. `name` is [a-zA-Z_][a-zA-Z0-9_]*, a counter's ends in _total;
  // `labels` is the inside of the braces, e.g. `reason="too_slow"`, made by the program and never from input.
  // The reference lives as long as this object. Any thread; look names up at start, not per event.
  Counter& counter(std::string_view name, std::string_view help, std::string_view labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = {});

  // All of them in Prometheus' text format 0.0.4, sorted by name. Any thread.
  std::string render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace switchboard
