#include "bench/modes/router.hpp"

#include <cstdio>

#include "bench/router/measure.hpp"
#include "bench/router/page.hpp"

namespace switchboard::bench {

namespace {

namespace json = boost::json;

json::object to_json(const EventCost& c) {
  return {{"agents", c.size.agents},   {"classes", c.size.classes()},
          {"waiting", c.size.waiting}, {"mean_us", c.mean_us},
          {"p50_us", c.p50_us},        {"p99_us", c.p99_us},
          {"p999_us", c.p999_us},      {"events_per_s", c.events_per_s()}};
}

std::string row_of(const EventCost& c) {
  char text[128];
  std::snprintf(text, sizeof text, "%.2f / %.2f / %.2f us, %.0f events/s", c.mean_us, c.p50_us, c.p99_us,
                c.events_per_s());
  return text;
}

std::string name_of(const EventCost& c) {
  return std::to_string(c.size.agents) + " x " + std::to_string(c.size.classes()) + " x " +
         std::to_string(c.size.waiting);
}

void tell(const RouterCost& cost, Outcome& outcome) {
  json::object& f = outcome.figures;
  const EventCost& largest = cost.largest;
  f = to_json(largest);
  f["line_us"] = largest.line_us;
  f["bars_met"] = largest.mean_us <= kMeanBarUs && largest.p99_us <= kP99BarUs &&
                  largest.events_per_s() >= kEventsPerSecondBar;
  json::array small, worst;
  for (const EventCost& c : cost.small) small.push_back(to_json(c));
  f["small_shops"] = std::move(small);
  outcome.rows.emplace_back("agents x classes x waiting", "mean / p50 / p99 of an event");
  for (const EventCost& c : cost.small) outcome.rows.emplace_back(name_of(c), row_of(c));
  for (const Growth& growth : cost.growths) {
    json::array points;
    for (const EventCost& c : growth.points) {
      points.push_back(to_json(c));
      outcome.rows.emplace_back(name_of(c), row_of(c));
    }
    f["by_" + growth.what] = std::move(points);
  }
  json::object kinds;
  for (const KindCost& k : cost.kinds)
    kinds[k.kind] = json::object{{"events", k.events}, {"p50_us", k.p50_us}, {"p99_us", k.p99_us}};
  f["by_event"] = std::move(kinds);
  for (const WorstCase& w : cost.worst) {
    worst.push_back({{"what", w.what}, {"ms", w.ms}});
    char text[32];
    std::snprintf(text, sizeof text, "%.3f ms", w.ms);
    outcome.rows.emplace_back(w.what, text);
  }
  f["worst"] = std::move(worst);
  f["neighbour_alone_p99_us"] = cost.alone.p99_us;
  f["neighbour_beside_crowd_p99_us"] = cost.beside.p99_us;
  char text[64];
  std::snprintf(text, sizeof text, "p99 %.2f us alone, %.2f us in turns", cost.alone.p99_us,
                cost.beside.p99_us);
  outcome.rows.emplace_back("60 agents beside 100,000 waiting", text);
  std::snprintf(text, sizeof text, "%.2f us", largest.line_us);
  outcome.rows.emplace_back("writing a decision as a line", text);
}

}  // namespace

Outcome run_router(const RouterOptions& options) {
  Outcome outcome{.mode = "router"};
  const RouterCost cost = measure_router(
      options.turns, [](const std::string& what) { std::fprintf(stderr, "router: %s\n", what.c_str()); });
  tell(cost, outcome);
  outcome.sections = router_sections(cost);
  outcome.failure = cost.failure;
  return outcome;
}

}  // namespace switchboard::bench
