#include "server/simulate/report.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <string_view>

#include "server/simulate/report_files.hpp"

namespace switchboard::simulate {

namespace json = boost::json;

namespace {

// JSON inside a script element: nothing in it may end the element or open another.
std::string for_script(const json::value& value) {
  std::string out;
  for (char c : json::serialize(value)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string page_of(const json::object& data) {
  std::string page;
  std::string_view rest = report_html();
  const auto put = [&](std::string_view mark, std::string_view what) {
    const std::size_t at = rest.find(mark);
    page.append(rest.substr(0, at)).append(what);
    rest.remove_prefix(at + mark.size());
  };
  put("/*STYLE*/", report_css());
  put("/*DATA*/", for_script(data));
  put("/*SCRIPT*/", report_js());
  return page.append(rest);
}

// Empty if written, else why not.
std::string write(const std::string& page, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  out << page;
  out.close();
  return out ? std::string() : file + ": cannot be written";
}

}  // namespace

std::string report_page(const Study& study, Millis answer_within_ms) {
  const Trace& trace = *study.trace;
  json::array results;
  for (const PolicyResult& r : study.results) {
    results.push_back(
        json::object{{"figures", to_json(study, r)}, {"details", details_json(study, r, answer_within_ms)}});
  }
  json::object data{{"trace", trace.name},
                    {"notes", trace.notes},
                    {"horizon_ms", trace.horizon_ms},
                    {"agents", trace.agents.size()},
                    {"answer_within_s", static_cast<double>(answer_within_ms) / 1000},
                    {"results", std::move(results)}};
  if (trace.starts_at_min) data["starts_at_min"] = *trace.starts_at_min;

  return page_of(data);
}

std::string staff_report_page(const Trace& trace, const StaffOptions& options, const Plan& plan) {
  json::object data{{"trace", trace.name},
                    {"notes", trace.notes},
                    {"horizon_ms", trace.horizon_ms},
                    {"skills", json::array(trace.skills.begin(), trace.skills.end())},
                    {"staff", to_json(trace, options, plan)}};
  if (trace.starts_at_min) data["starts_at_min"] = *trace.starts_at_min;
  return page_of(data);
}

std::string write_report(const Study& study, Millis answer_within_ms, const std::string& file) {
  return write(report_page(study, answer_within_ms), file);
}

std::string write_staff_report(const Trace& trace, const StaffOptions& options, const Plan& plan,
                               const std::string& file) {
  return write(staff_report_page(trace, options, plan), file);
}

}  // namespace switchboard::simulate
