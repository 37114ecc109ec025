#include "bench/shopday/trace.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace switchboard::shopday {

namespace {

namespace fs = std::filesystem;
namespace js = boost::json;

// Thrown and caught within this file: reading is deep, and one sentence is all that its caller wants.
struct Problem : std::runtime_error {
  using runtime_error::runtime_error;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Problem("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const auto end = text.find(separator, from);
    parts.push_back(text.substr(from, end - from));
    if (end == std::string_view::npos) return parts;
    from = end + 1;
  }
}

// A file of comma-separated values without quotes: the format has no field that needs them.
class Table {
 public:
  Table(const fs::path& file, std::string_view header)
      : name_(file.filename().string()), text_(content_of(file)) {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      auto line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.push_back(line);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    if (lines_.empty() || lines_[0] != header)
      fail(1, "the first line must be \"" + std::string(header) + "\"");
    columns_ = split(header, ',').size();
  }

  template <class Read>
  void each(Read read) {
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      line_ = i + 1;
      if (lines_[i].empty()) continue;
      const auto fields = split(lines_[i], ',');
      if (fields.size() != columns_) fail(line_, std::to_string(columns_) + " fields are needed");
      read(fields);
    }
  }

  std::int64_t number(std::string_view text, const char* what, std::int64_t min, std::int64_t max) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
      fail(line_, std::string(what) + " must be a whole number from " + std::to_string(min) + " to " +
                      std::to_string(max));
    }
    return value;
  }

  std::string one_of(std::string_view text, const std::vector<std::string>& all, const char* what) const {
    if (std::ranges::find(all, text) == all.end())
      fail(line_, std::string(what) + " \"" + std::string(text) + "\" is not in meta.json");
    return std::string(text);
  }

  [[noreturn]] void fail(const std::string& why) const { fail(line_, why); }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& why) const {
    throw Problem(name_ + ":" + std::to_string(line) + ": " + why);
  }

  std::string name_, text_;
  std::vector<std::string_view> lines_;
  std::size_t columns_ = 0, line_ = 1;
};

constexpr std::int64_t time_max_ms = 366LL * 24 * 3600 * 1000;

std::vector<std::string> words(const js::object& meta, const char* name) {
  std::vector<std::string> all;
  const auto* value = meta.if_contains(name);
  if (!value || !value->is_array()) throw Problem(std::string("meta.json: ") + name + " must be a list");
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) throw Problem(std::string("meta.json: ") + name + " must hold texts");
    all.emplace_back(item.get_string());
  }
  return all;
}

std::int64_t whole(const js::object& meta, const char* name, std::int64_t min, std::int64_t max) {
  const auto* value = meta.if_contains(name);
  js::error_code error;
  const auto number = value ? value->to_number<std::int64_t>(error) : 0;
  if (!value || error || number < min || number > max)
    throw Problem(std::string("meta.json: ") + name + " is missing or out of range");
  return number;
}

void read_meta(const fs::path& file, Trace& trace) {
  js::error_code error;
  const auto value = js::parse(content_of(file), error);
  if (error || !value.is_object()) throw Problem("meta.json: not a JSON object");
  const auto& meta = value.get_object();
  const auto* format = meta.if_contains("format");
  if (!format || !format->is_string() || format->get_string() != "switchboard-trace/1") {
    throw Problem("meta.json: format must be \"switchboard-trace/1\"");
  }
  if (const auto* name = meta.if_contains("name"); name && name->is_string())
    trace.name = std::string(name->get_string());
  trace.seed = static_cast<std::uint64_t>(whole(meta, "seed", 0, std::numeric_limits<std::int64_t>::max()));
  trace.horizon_ms = whole(meta, "horizon_ms", 1, time_max_ms);
  trace.skills = words(meta, "skills");
  trace.personas = words(meta, "personas");
}

void read_arrivals(const fs::path& file, Trace& trace) {
  Table table(file, "id,t_ms,customer,skill,persona,strict,vip,patience_ms,handle_ms,last_agent");
  table.each([&](const std::vector<std::string_view>& f) {
    Arrival a;
    a.id = static_cast<std::uint64_t>(table.number(f[0], "id", 0, std::numeric_limits<std::int64_t>::max()));
    a.t_ms = table.number(f[1], "t_ms", 0, time_max_ms);
    a.customer = std::string(f[2]);
    a.skill = table.one_of(f[3], trace.skills, "skill");
    if (!f[4].empty()) a.persona = table.one_of(f[4], trace.personas, "persona");
    a.strict = table.number(f[5], "strict", 0, 1) == 1;
    a.vip = static_cast<std::uint32_t>(table.number(f[6], "vip", 0, 2));
    if (!f[7].empty()) a.patience_ms = table.number(f[7], "patience_ms", 0, time_max_ms);
    a.handle_ms = table.number(f[8], "handle_ms", 0, time_max_ms);
    a.last_agent = std::string(f[9]);
    if (a.strict && a.persona.empty()) table.fail("strict needs a persona");
    if (!trace.arrivals.empty() &&
        std::pair(trace.arrivals.back().t_ms, trace.arrivals.back().id) >= std::pair(a.t_ms, a.id)) {
      table.fail("arrivals must be sorted by (t_ms, id)");
    }
    trace.arrivals.push_back(std::move(a));
  });
}

void read_roster(const fs::path& file, Trace& trace) {
  Table table(file, "agent,start_ms,end_ms,capacity,skills,persona,speed_pm");
  table.each([&](const std::vector<std::string_view>& f) {
    Shift s;
    s.agent = std::string(f[0]);
    if (s.agent.empty()) table.fail("agent must not be empty");
    s.start_ms = table.number(f[1], "start_ms", 0, time_max_ms);
    s.end_ms = table.number(f[2], "end_ms", s.start_ms, time_max_ms);
    s.capacity = table.number(f[3], "capacity", 1, 1'000);
    for (const auto part : split(f[4], ';')) {
      const auto colon = part.rfind(':');
      if (colon == std::string_view::npos) table.fail("skills must be like \"presale:0;logistics:1\"");
      s.skills.emplace_back(table.one_of(part.substr(0, colon), trace.skills, "skill"),
                            table.number(part.substr(colon + 1), "level", 0, 9));
    }
    if (!f[5].empty()) s.persona = table.one_of(f[5], trace.personas, "persona");
    s.speed_pm = table.number(f[6], "speed_pm", 1, 100'000);
    trace.roster.push_back(std::move(s));
  });
}

}  // namespace

Result<Trace, std::string> read_trace(const std::filesystem::path& folder) {
  try {
    Trace trace;
    read_meta(folder / "meta.json", trace);
    read_arrivals(folder / "arrivals.csv", trace);
    read_roster(folder / "roster.csv", trace);
    return trace;
  } catch (const Problem& problem) {
    return std::string(problem.what());
  }
}

}  // namespace switchboard::shopday
