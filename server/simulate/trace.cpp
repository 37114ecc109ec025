#include "server/simulate/trace.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>
#include <unordered_map>

namespace switchboard::simulate {

std::optional<std::uint8_t> Shift::level(std::uint8_t skill) const {
  for (const router::SkillLevel& s : skills) {
    if (s.skill.value == skill) return s.level;
  }
  return std::nullopt;
}

bool Shift::has(std::uint8_t skill) const {
  return level(skill).has_value();
}

std::uint8_t Trace::tiers() const {
  std::uint8_t highest = 0;
  for (const Arrival& a : arrivals) highest = std::max(highest, a.vip);
  return static_cast<std::uint8_t>(highest + 1);
}

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::vector<std::string_view> split(std::string_view line, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = line.find(by);
    parts.push_back(line.substr(0, at));
    if (at == std::string_view::npos) return parts;
    line.remove_prefix(at + 1);
  }
}

template <class T>
bool number(std::string_view text, T low, T high, T& out) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && stop == end && out >= low && out <= high;
}

std::optional<std::size_t> find_name(const std::vector<std::string>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<std::size_t>(at - names.begin());
}

constexpr Millis kTimeMax = Millis{1} << 42;  // over a century

// Reads one trace; the first fault stops it and is kept in `wrong`.
class Reader {
 public:
  explicit Reader(const fs::path& folder) : folder_(folder) {}

  // Only a roster, in place of the one that `trace` has.
  std::string replace_roster(Trace& trace, const fs::path& file) {
    trace_ = std::move(trace);
    const std::vector<std::string> former = std::move(trace_.agents);
    trace_.agents.clear();
    trace_.shifts.clear();
    const bool done = table(file, 7, &Reader::shift);
    for (Arrival& a : trace_.arrivals) {
      if (!a.last_agent) continue;
      const auto at = agents_.find(former[*a.last_agent]);
      a.last_agent = at == agents_.end() ? std::nullopt : std::optional(at->second);
    }
    trace = std::move(trace_);
    return done ? std::string() : wrong_;
  }

  Result<Trace, std::string> read() {
    if (!meta() || !table(folder_ / "roster.csv", 7, &Reader::shift) ||
        !table(folder_ / "arrivals.csv", 10, &Reader::arrival)) {
      return wrong_;
    }
    std::stable_sort(trace_.arrivals.begin(), trace_.arrivals.end(), [](const Arrival& a, const Arrival& b) {
      return a.t_ms != b.t_ms ? a.t_ms < b.t_ms : a.id < b.id;
    });
    std::vector<std::int64_t> ids;
    for (const Arrival& a : trace_.arrivals) ids.push_back(a.id);
    std::sort(ids.begin(), ids.end());
    if (std::adjacent_find(ids.begin(), ids.end()) != ids.end())
      return std::string("arrivals.csv: an id stands twice");
    return std::move(trace_);
  }

 private:
  bool fail(std::string what) {
    wrong_ = std::move(what);
    return false;
  }

  bool meta() {
    std::ifstream in(folder_ / "meta.json");
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return fail((folder_ / "meta.json").string() + ": cannot be read");
    boost::system::error_code error;
    const json::value value = json::parse(text.str(), error);
    if (error || !value.is_object()) return fail("meta.json: not a JSON object");
    const json::object& object = value.get_object();
    const auto text_of = [&](const char* key) {
      const json::value* v = object.if_contains(key);
      return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
    };
    const auto number_of = [&](const char* key) {
      const json::value* v = object.if_contains(key);
      return v != nullptr && v->is_int64() ? v->get_int64() : 0;
    };
    if (text_of("format") != "switchboard-trace/1")
      return fail("meta.json: format is not switchboard-trace/1");
    trace_.name = text_of("name");
    trace_.notes = text_of("notes");
    trace_.seed = number_of("seed");
    trace_.starts_at_min = clock_minutes(text_of("starts_at"));
    trace_.horizon_ms = number_of("horizon_ms");
    const auto names = [&](const char* key, std::size_t max, std::vector<std::string>& out) {
      const json::value* v = object.if_contains(key);
      if (v == nullptr || !v->is_array() || v->get_array().size() > max) return false;
      for (const json::value& name : v->get_array()) {
        if (!name.is_string()) return false;
        out.emplace_back(name.get_string());
      }
      return true;
    };
    if (!names("skills", router::kSkillsMax, trace_.skills) || trace_.skills.empty())
      return fail("meta.json: skills");
    if (!names("personas", router::kPersonasMax, trace_.personas)) return fail("meta.json: personas");
    return true;
  }

  bool table(const fs::path& file, std::size_t columns,
             bool (Reader::*row)(const std::vector<std::string_view>&)) {
    std::ifstream in(file);
    if (!in) return fail(file.string() + ": cannot be read");
    std::string line;
    for (std::size_t n = 1; std::getline(in, line); ++n) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (n == 1 || line.empty()) continue;
      const std::string where = file.filename().string() + ":" + std::to_string(n) + ": ";
      if (line.size() > kLineBytesMax) return fail(where + "line too long");
      const std::vector<std::string_view> cells = split(line, ',');
      if (cells.size() != columns) return fail(where + std::to_string(columns) + " columns expected");
      if (!(this->*row)(cells)) return fail(where + wrong_);
    }
    return true;
  }

  bool persona(std::string_view name, std::optional<std::uint8_t>& out) {
    if (name.empty()) return true;
    const auto at = find_name(trace_.personas, name);
    if (!at) return fail("unknown persona");
    out = static_cast<std::uint8_t>(*at);
    return true;
  }

  // agent,start_ms,end_ms,capacity,skills,persona,speed_pm
  bool shift(const std::vector<std::string_view>& cells) {
    if (trace_.shifts.size() == kShiftsMax) return fail("too many shifts");
    Shift s;
    const auto [at, is_new] =
        agents_.try_emplace(std::string(cells[0]), static_cast<std::uint32_t>(agents_.size()));
    s.agent = at->second;
    if (is_new) trace_.agents.emplace_back(cells[0]);
    if (trace_.agents.size() > router::kAgentsMax) return fail("too many agents");
    if (!number(cells[1], Millis{0}, kTimeMax, s.start_ms) ||
        !number(cells[2], s.start_ms, kTimeMax, s.end_ms)) {
      return fail("start_ms, end_ms");
    }
    if (!number(cells[3], 0, router::kCapacityMax, s.capacity)) return fail("capacity");
    if (!number(cells[6], 1, 1'000'000, s.speed_pm)) return fail("speed_pm");
    for (std::string_view skill : split(cells[4], ';')) {
      const std::vector<std::string_view> parts = split(skill, ':');
      const auto index = find_name(trace_.skills, parts[0]);
      unsigned level = 0;
      if (!index) return fail("unknown skill");
      if (parts.size() > 2 ||
          (parts.size() == 2 && !number(parts[1], 0u, unsigned{router::kLevelsMax - 1}, level))) {
        return fail("level");
      }
      const auto id = static_cast<std::uint8_t>(*index);
      if (s.has(id)) return fail("a skill stands twice");
      s.skills.push_back({router::SkillId(id), static_cast<std::uint8_t>(level)});
    }
    if (!persona(cells[5], s.persona)) return false;
    trace_.shifts.push_back(std::move(s));
    return true;
  }

  // id,t_ms,customer,skill,persona,strict,vip,patience_ms,handle_ms,last_agent
  bool arrival(const std::vector<std::string_view>& cells) {
    if (trace_.arrivals.size() == kArrivalsMax) return fail("too many arrivals");
    Arrival a;
    if (!number(cells[0], std::int64_t{0}, INT64_MAX, a.id)) return fail("id");
    if (!number(cells[1], Millis{0}, kTimeMax, a.t_ms)) return fail("t_ms");
    a.customer = cells[2];
    const auto skill = find_name(trace_.skills, cells[3]);
    if (!skill) return fail("unknown skill");
    a.skill = static_cast<std::uint8_t>(*skill);
    if (!persona(cells[4], a.persona)) return false;
    unsigned strict = 0, vip = 0;
    if (!number(cells[5], 0u, 1u, strict)) return fail("strict");
    if (!number(cells[6], 0u, unsigned{router::kTiersMax - 1}, vip)) return fail("vip");
    a.strict = strict == 1;
    a.vip = static_cast<std::uint8_t>(vip);
    Millis patience = 0;
    if (!cells[7].empty()) {
      if (!number(cells[7], Millis{0}, kTimeMax, patience)) return fail("patience_ms");
      a.patience_ms = patience;
    }
    if (!number(cells[8], Millis{0}, kTimeMax, a.handle_ms)) return fail("handle_ms");
    if (!cells[9].empty()) {
      const auto at = agents_.find(std::string(cells[9]));
      if (at != agents_.end()) a.last_agent = at->second;  // one who has left the shop counts as none
    }
    trace_.arrivals.push_back(std::move(a));
    return true;
  }

  fs::path folder_;
  Trace trace_;
  std::unordered_map<std::string, std::uint32_t> agents_;
  std::string wrong_;
};

}  // namespace

Result<Trace, std::string> read_trace(const fs::path& folder) {
  return Reader(folder).read();
}

std::string replace_roster(Trace& trace, const fs::path& file) {
  std::string wrong = Reader({}).replace_roster(trace, file);
  offer_what_is_there(trace, trace.arrivals);
  return wrong;
}

void offer_what_is_there(Trace& trace, const std::vector<Arrival>& wishes) {
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    if (!wishes[i].strict) continue;
    Arrival& a = trace.arrivals[i];
    a.strict = std::any_of(trace.shifts.begin(), trace.shifts.end(), [&](const Shift& s) {
      return s.start_ms <= a.t_ms && a.t_ms < s.end_ms && s.persona == a.persona && s.has(a.skill);
    });
  }
}

std::optional<int> clock_minutes(std::string_view text) {
  int hours = 0, minutes = 0;
  if (text.size() != 5 || text[2] != ':' || !number(text.substr(0, 2), 0, 23, hours) ||
      !number(text.substr(3), 0, 59, minutes)) {
    return std::nullopt;
  }
  return hours * 60 + minutes;
}

namespace {

std::string persona_name(const Trace& trace, const std::optional<std::uint8_t>& persona) {
  return persona ? trace.personas[*persona] : std::string();
}

}  // namespace

std::string write_roster(const Trace& trace, const fs::path& file) {
  std::ofstream roster(file);
  roster << "agent,start_ms,end_ms,capacity,skills,persona,speed_pm\n";
  for (const Shift& s : trace.shifts) {
    roster << trace.agents[s.agent] << ',' << s.start_ms << ',' << s.end_ms << ',' << s.capacity << ',';
    for (std::size_t i = 0; i < s.skills.size(); ++i) {
      roster << (i > 0 ? ";" : "") << trace.skills[s.skills[i].skill.value] << ':' << int{s.skills[i].level};
    }
    roster << ',' << persona_name(trace, s.persona) << ',' << s.speed_pm << '\n';
  }
  roster.close();
  return roster ? std::string() : file.string() + ": cannot be written";
}

std::string write_trace(const Trace& trace, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return folder.string() + ": " + error.message();

  std::ofstream meta(folder / "meta.json");
  json::array skills(trace.skills.begin(), trace.skills.end());
  json::array personas(trace.personas.begin(), trace.personas.end());
  json::object about{{"format", "switchboard-trace/1"},
                     {"name", trace.name},
                     {"seed", trace.seed},
                     {"horizon_ms", trace.horizon_ms},
                     {"skills", skills},
                     {"personas", personas},
                     {"notes", trace.notes}};
  if (trace.starts_at_min) {
    char clock[8];
    std::snprintf(clock, sizeof clock, "%02d:%02d", *trace.starts_at_min / 60 % 24,
                  *trace.starts_at_min % 60);
    about["starts_at"] = clock;
  }
  meta << about << '\n';

  std::ofstream arrivals(folder / "arrivals.csv");
  arrivals << "id,t_ms,customer,skill,persona,strict,vip,patience_ms,handle_ms,last_agent\n";
  for (const Arrival& a : trace.arrivals) {
    arrivals << a.id << ',' << a.t_ms << ',' << a.customer << ',' << trace.skills[a.skill] << ','
             << persona_name(trace, a.persona) << ',' << (a.strict ? 1 : 0) << ',' << int{a.vip} << ',';
    if (a.patience_ms) arrivals << *a.patience_ms;
    arrivals << ',' << a.handle_ms << ',' << (a.last_agent ? trace.agents[*a.last_agent] : "") << '\n';
  }
  meta.close();
  arrivals.close();
  if (!meta || !arrivals) return folder.string() + ": cannot be written";
  return write_roster(trace, folder / "roster.csv");
}

}  // namespace switchboard::simulate
