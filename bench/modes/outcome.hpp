// What a mode brings home, and what all modes are told.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/load/gateway.hpp"
#include "bench/load/histogram.hpp"

namespace switchboard::bench {

// Counts that must all be 0 for a run to be good.
struct Faults {
  std::uint64_t lost = 0;           // acknowledged and not in the log, or in the log and not delivered
  std::uint64_t doubled = 0;        // in the log or delivered more than once
  std::uint64_t reordered = 0;      // another order than the sender's, or than another reader's
  std::uint64_t over_capacity = 0;  // an agent held more than his capacity
  std::uint64_t stuck = 0;          // waited while there was room, or never got an answer
  std::uint64_t overtaken = 0;      // served before somebody of the same needs who came earlier
  std::uint64_t leaked = 0;         // got something of another shop
  bool none() const { return lost + doubled + reordered + over_capacity + stuck + overtaken + leaked == 0; }
};

struct Outcome {
  std::string mode;
  boost::json::object figures;                                      // the line of --json: names say the unit
  std::vector<std::pair<std::string, std::string>> rows;            // the table for people
  std::vector<std::pair<std::string, std::vector<double>>> curves;  // for the report: name, values over time
  std::string sections;  // for the report: HTML of the mode's own, before the curves
  Faults faults;
  std::string failure;     // not empty: the run could not be made or a check failed; why
  std::string too_little;  // not empty: it was good, and proves nothing, because so little happened

  bool good() const { return failure.empty() && faults.none(); }
};

struct CommonOptions {
  load::GatewayOptions gateway;
  std::string shop_id = "bench";
  std::uint64_t seed = 1;
  double duration_s = 10;
};

// Puts count, p50_us, p99_us ... of a histogram of microseconds under names that begin with `prefix`.
void add_quantiles(boost::json::object&, const std::string& prefix, const load::Histogram&);
void add_faults(boost::json::object&, const Faults&);
std::string milliseconds(std::int64_t us);  // "1.23 ms"

}  // namespace switchboard::bench
