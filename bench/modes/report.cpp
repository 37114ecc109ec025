#include "bench/modes/report.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace switchboard::bench {

namespace {

constexpr double width = 860, height = 160;  // of a curve, in its own units

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string row(const std::string& name, const std::string& value, bool bad = false) {
  return "<tr" + std::string(bad ? " class=bad" : "") + "><th>" + escaped(name) + "</th><td>" +
         escaped(value) + "</td></tr>\n";
}

std::string curve(const std::string& name, const std::vector<double>& values) {
  if (values.size() < 2) return {};
  const double most = std::max(1.0, *std::max_element(values.begin(), values.end()));
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    points += rounded(width * static_cast<double>(i) / static_cast<double>(values.size() - 1)) + "," +
              rounded(height - height * values[i] / most) + " ";
  }
  return "<figure><figcaption>" + escaped(name) + ", up to " + rounded(most) +
         "</figcaption><svg viewBox=\"0 -4 860 168\"><polyline points=\"" + points + "\"/></svg></figure>\n";
}

}  // namespace

std::string report_html(const Outcome& outcome) {
  char when[32] = "";
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &utc);

  std::string html =
      "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\">\n<title>switchboard-bench " +
      escaped(outcome.mode) +
      "</title>\n<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
      "1rem;color:#223}"
      "table{border-collapse:collapse;margin:1rem 0}th{text-align:left;font-weight:400;padding:.2rem 2rem "
      ".2rem 0;color:#556}"
      "td{font-variant-numeric:tabular-nums}.bad "
      "td{color:#b00020;font-weight:700}.good{color:#0a7a3d}figure{margin:1.5rem 0}"
      "svg{width:100%;background:#f6f7f9}polyline{fill:none;stroke:#2a6fdb;stroke-width:1.5}small{color:#778}"
      "</style>\n<h1>" +
      escaped(outcome.mode) + (outcome.good() ? " <span class=good>good</span>" : "") + "</h1>\n<small>" +
      when + "</small>\n<table>\n";
  if (!outcome.failure.empty()) html += row("failure", outcome.failure, true);
  if (outcome.sections.empty()) {  // they say it better
    for (const auto& [name, value] : outcome.rows) html += row(name, value);
  }
  const auto fault = [&](const char* name, std::uint64_t count) {
    html += row(name, std::to_string(count), count > 0);
  };
  fault("lost", outcome.faults.lost);
  fault("doubled", outcome.faults.doubled);
  fault("reordered", outcome.faults.reordered);
  fault("over capacity", outcome.faults.over_capacity);
  fault("stuck", outcome.faults.stuck);
  fault("overtaken", outcome.faults.overtaken);
  fault("leaked", outcome.faults.leaked);
  html += "</table>\n" + outcome.sections;
  for (const auto& [name, values] : outcome.curves) html += curve(name, values);
  html += "<details><summary>All figures</summary><table>\n";
  for (const auto& [name, value] : outcome.figures)
    html += row(std::string(name), boost::json::serialize(value));
  return html + "</table></details>\n</html>\n";
}

}  // namespace switchboard::bench
