// A trace: who came to a shop in some hours, and who was there to serve. The files are described in README.md
// beside this one; every time is in milliseconds since the start of the trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/events.hpp"
#include "server/base/result.hpp"

namespace switchboard::simulate {

using router::Millis;

// A trace is read whole into memory; these bound what a damaged or hostile file can cost.
inline constexpr std::size_t kArrivalsMax = 5'000'000;
inline constexpr std::size_t kShiftsMax = 200'000;
inline constexpr std::size_t kLineBytesMax = 4'096;

struct Arrival {
  std::int64_t id = 0;
  Millis t_ms = 0;
  std::string customer;
  std::uint8_t skill = 0;
  std::optional<std::uint8_t> persona;  // empty = any
  bool strict = false;
  std::uint8_t vip = 0;
  std::optional<Millis> patience_ms;  // empty = waits for ever
  Millis handle_ms = 0;
  std::optional<std::uint32_t> last_agent;
};

struct Shift {
  std::uint32_t agent = 0;  // in the order of first mention
  Millis start_ms = 0;
  Millis end_ms = 0;
  std::int32_t capacity = 0;
  std::vector<router::SkillLevel> skills;
  std::optional<std::uint8_t> persona;
  std::int32_t speed_pm = 1000;

  bool has(std::uint8_t skill) const;
  std::optional<std::uint8_t> level(std::uint8_t skill) const;
};

struct Trace {
  std::string name;
  std::int64_t seed = 0;
  Millis horizon_ms = 0;
  std::string notes;
  std::optional<int> starts_at_min;  // the clock at 0 ms, minutes since midnight; empty = not told
  std::vector<std::string> skills;
  std::vector<std::string> personas;
  std::vector<std::string> agents;
  std::vector<Arrival> arrivals;  // by (t_ms, id)
  std::vector<Shift> shifts;      // as in the file

  std::uint8_t tiers() const;  // highest vip + 1
};

// Reads meta.json, arrivals.csv and roster.csv of a folder. The reason names file, line and what is wrong
// with it.
Result<Trace, std::string> read_trace(const std::filesystem::path& folder);

// Another roster.csv for the same trace: its shifts take the place of the trace's. Last agents who are not in
// it count as none, and offer_what_is_there. Empty if done, else why not.
std::string replace_roster(Trace& trace, const std::filesystem::path& file);

// A strict wish for a persona that nobody on shift with the skill has at that moment is not offered to a
// visitor (rule 2.11): she prefers it. `wishes` has the same arrivals as they were wished.
void offer_what_is_there(Trace& trace, const std::vector<Arrival>& wishes);

// One roster.csv. Empty if written, else why not.
std::string write_roster(const Trace& trace, const std::filesystem::path& file);

// "HH:MM" to minutes since midnight; empty if it is not that.
std::optional<int> clock_minutes(std::string_view text);

// Writes the three files; empty if done, else why not.
std::string write_trace(const Trace& trace, const std::filesystem::path& folder);

}  // namespace switchboard::simulate
