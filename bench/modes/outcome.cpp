#include "bench/modes/outcome.hpp"

#include <cstdio>

namespace switchboard::bench {

void add_quantiles(boost::json::object& figures, const std::string& prefix,
                   const load::Histogram& histogram) {
  figures[prefix + "_p50_us"] = histogram.quantile(0.5);
  figures[prefix + "_p99_us"] = histogram.quantile(0.99);
  figures[prefix + "_p999_us"] = histogram.quantile(0.999);
  figures[prefix + "_max_us"] = histogram.max();
}

void add_faults(boost::json::object& figures, const Faults& faults) {
  figures["lost"] = faults.lost;
  figures["doubled"] = faults.doubled;
  figures["reordered"] = faults.reordered;
  figures["over_capacity"] = faults.over_capacity;
  figures["stuck"] = faults.stuck;
  figures["overtaken"] = faults.overtaken;
  figures["leaked"] = faults.leaked;
}

std::string milliseconds(std::int64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(us) / 1000.0);
  return text;
}

}  // namespace switchboard::bench
