// What an event costs the router: by size of shop, at the worst moments, and beside another shop's crowd.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/router/busy_shop.hpp"

namespace switchboard::bench {

// Times in microseconds. The mean is of the thread's CPU time, the load's own work in it; quantiles are of
// wall time, each event on its own, two readings of the clock in it.
struct EventCost {
  ShopSize size;
  double mean_us = 0;
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double line_us = 0;  // median of writing a decision with its record as a line
  double events_per_s() const { return mean_us > 0 ? 1e6 / mean_us : 0; }
};

// All else fixed, one thing grows.
struct Growth {
  std::string what;  // "agents", "classes", "waiting"
  std::vector<EventCost> points;
  std::vector<double> at;  // of `what`
};

struct WorstCase {
  std::string what;
  double ms = 0;
};

struct KindCost {
  std::string kind;
  std::uint64_t events = 0;
  double p50_us = 0;
  double p99_us = 0;
};

struct RouterCost {
  EventCost largest;            // the size at which the bars stand
  std::vector<KindCost> kinds;  // of the largest
  std::vector<EventCost> small;
  std::vector<Growth> growths;
  std::vector<WorstCase> worst;
  EventCost alone, beside;  // a shop of 60 agents, alone and in turns with the largest on one thread
  std::string failure;      // a recount that differs, or empty
};

// Bars, at 5,000 agents x 648 classes x 100,000 waiting.
inline constexpr double kMeanBarUs = 1.5;
inline constexpr double kP99BarUs = 5;
inline constexpr double kEventsPerSecondBar = 500'000;

// `turns` per measured point (each three events and more). `say` is told what comes next.
RouterCost measure_router(int turns, const std::function<void(const std::string&)>& say);

}  // namespace switchboard::bench
