#include "bench/router/page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace switchboard::bench {

namespace {

// Of a plot, in the units of its viewBox.
constexpr double kWidth = 420, kHeight = 260, kLeft = 46, kBottom = 34, kTop = 14, kRight = 12;
// Both axes are logarithmic; microseconds.
constexpr double kLeast = 0.05, kMost = 20;

std::string text_of(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// 5000 -> "5,000"
std::string count_of(double value) {
  const std::string digits = text_of("%.0f", value);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string cell(const std::string& text) {
  return std::string("<td>").append(text).append("</td>");
}

class Plot {
 public:
  explicit Plot(const Growth& growth)
      : growth_(growth), from_(std::log(growth.at.front())), to_(std::log(growth.at.back())) {}

  std::string svg() const {
    std::string out = "<svg class=plot viewBox=\"0 0 420 260\" role=img aria-label=\"cost of an event by " +
                      growth_.what + "\">";
    for (const double us : {0.1, 1.0, 10.0}) {
      out += line(kLeft, y(us), kWidth - kRight, y(us), "grid") +
             label(kLeft - 6, y(us) + 4, "end", text_of("%g", us));
    }
    for (const double at : growth_.at) out += label(x(at), kHeight - kBottom + 16, "middle", count_of(at));
    out += label((kLeft + kWidth) / 2, kHeight - 2, "middle", growth_.what);
    out += label(4, 11, "start", "µs an event");
    out += line(kLeft, y(kMeanBarUs), kWidth - kRight, y(kMeanBarUs), "bar mean") +
           line(kLeft, y(kP99BarUs), kWidth - kRight, y(kP99BarUs), "bar p99");
    out += curve("p99", [](const EventCost& c) { return c.p99_us; });
    out += curve("mean", [](const EventCost& c) { return c.mean_us; });
    out += curve("p50", [](const EventCost& c) { return c.p50_us; });
    return out + "</svg>";
  }

 private:
  double x(double at) const {
    const double share = to_ > from_ ? (std::log(at) - from_) / (to_ - from_) : 0;
    return kLeft + 14 + share * (kWidth - kRight - kLeft - 40);
  }
  static double y(double us) {
    const double share = std::log(std::clamp(us, kLeast, kMost) / kLeast) / std::log(kMost / kLeast);
    return kHeight - kBottom - share * (kHeight - kBottom - kTop);
  }
  static std::string line(double x1, double y1, double x2, double y2, const char* kind) {
    char out[160];
    std::snprintf(out, sizeof out, "<line class=\"%s\" x1=%.1f y1=%.1f x2=%.1f y2=%.1f />", kind, x1, y1, x2,
                  y2);
    return out;
  }
  static std::string label(double at_x, double at_y, const char* anchor, const std::string& what) {
    char out[96];
    std::snprintf(out, sizeof out, "<text x=%.1f y=%.1f text-anchor=%s>", at_x, at_y, anchor);
    return out + what + "</text>";
  }
  template <class Value>
  std::string curve(const char* kind, Value value) const {
    std::string points, dots;
    for (std::size_t i = 0; i < growth_.points.size(); ++i) {
      const double us = value(growth_.points[i]);
      char at[96];
      std::snprintf(at, sizeof at, "%.1f,%.1f ", x(growth_.at[i]), y(us));
      points += at;
      std::snprintf(at, sizeof at, "<circle class=\"%s\" cx=%.1f cy=%.1f r=3><title>", kind, x(growth_.at[i]),
                    y(us));
      dots += at + count_of(growth_.at[i]) + " " + growth_.what + ", " + kind + " " + text_of("%.2f", us) +
              " µs</title></circle>";
    }
    return "<polyline class=\"" + std::string(kind) + "\" points=\"" + points + "\"/>" + dots;
  }

  const Growth& growth_;
  double from_, to_;
};

std::string row_of(const EventCost& c) {
  return "<tr>" + cell(count_of(c.size.agents)) + cell(count_of(c.size.classes())) +
         cell(count_of(c.size.waiting)) + cell(text_of("%.2f", c.mean_us)) + cell(text_of("%.2f", c.p50_us)) +
         cell(text_of("%.2f", c.p99_us)) + cell(text_of("%.1f", c.p999_us)) +
         cell(count_of(std::floor(c.events_per_s()))) + "</tr>\n";
}

std::string table_of_sizes(const RouterCost& cost) {
  std::string out =
      "<h2>By size</h2>\n<table class=figures><tr><th>agents<th>classes<th>waiting<th>mean µs<th>p50<th>p99"
      "<th>p99.9<th>events/s</tr>\n";
  for (const EventCost& c : cost.small) out += row_of(c);
  for (const Growth& growth : cost.growths) {
    out += "<tr><th colspan=8>more " + growth.what + "</tr>\n";
    for (const EventCost& c : growth.points) out += row_of(c);
  }
  return out + "</table>\n";
}

}  // namespace

std::string router_sections(const RouterCost& cost) {
  std::string out =
      "<style>.plots{display:flex;flex-wrap:wrap;gap:1rem}svg.plot{width:27rem;max-width:100%}svg.plot "
      "text{font:11px system-ui,sans-serif;fill:#556}.grid{stroke:#dde}.bar{stroke-dasharray:5 4}"
      ".plot polyline{stroke-width:2}.p99{stroke:#c2410c}.mean{stroke:#2a6fdb}.p50{stroke:#0a7a3d}"
      "circle.p99{fill:#c2410c}circle.mean{fill:#2a6fdb}circle.p50{fill:#0a7a3d}polyline.p99,polyline.mean,"
      "polyline.p50{fill:none}.figures td{text-align:right;padding:.15rem .9rem .15rem 0}.figures "
      "th{padding-right:.9rem}.key b{display:inline-block;width:1.6rem;height:.2rem;vertical-align:middle;"
      "margin:0 .3rem 0 1rem}</style>\n"
      "<h2>How the cost of an event grows</h2>\n<p class=key><b style=\"background:#c2410c\"></b>99 in 100 "
      "below<b style=\"background:#2a6fdb\"></b>mean<b style=\"background:#0a7a3d\"></b>half below; dashed: "
      "the bars. Both axes are logarithmic.</p>\n<div class=plots>";
  for (const Growth& growth : cost.growths) out += Plot(growth).svg();
  out += "</div>\n" + table_of_sizes(cost);

  out +=
      "<h2>By kind of event, at the largest</h2>\n<table class=figures><tr><th>event<th>events<th>p50 "
      "µs<th>p99</tr>\n";
  for (const KindCost& k : cost.kinds) {
    out += "<tr><th>" + k.kind + "</th>" + cell(count_of(static_cast<double>(k.events))) +
           cell(text_of("%.2f", k.p50_us)) + cell(text_of("%.2f", k.p99_us)) + "</tr>\n";
  }
  out += "</table>\n<h2>The worst moments, at the largest</h2>\n<table class=figures>";
  for (const WorstCase& w : cost.worst)
    out += "<tr><th>" + w.what + "</th>" + cell(text_of("%.3f ms", w.ms)) + "</tr>\n";
  out +=
      "</table>\n<h2>A shop of 60 agents beside one with 100,000 waiting</h2>\n<table class=figures>"
      "<tr><th><th>p50 µs<th>p99<th>p99.9</tr>\n";
  for (const auto& [name, c] : {std::pair("alone", &cost.alone), std::pair("in turns", &cost.beside)}) {
    out += "<tr><th>" + std::string(name) + "</th>" + cell(text_of("%.2f", c->p50_us)) +
           cell(text_of("%.2f", c->p99_us)) + cell(text_of("%.1f", c->p999_us)) + "</tr>\n";
  }
  return out + "</table>\n";
}

}  // namespace switchboard::bench
