// A day of a shop, read from a folder in the format "switchboard-trace/1": meta.json, arrivals.csv,
// roster.csv. Times are milliseconds since the start of the trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/result.hpp"

namespace switchboard::shopday {

struct Arrival {
  std::uint64_t id = 0;
  std::int64_t t_ms = 0;
  std::string customer;
  std::string skill;
  std::string persona;  // "" = any
  bool strict = false;  // only that persona
  std::uint32_t vip = 0;
  std::optional<std::int64_t> patience_ms;  // absent: waits for ever
  std::int64_t handle_ms = 0;
  std::string last_agent;  // "" = none
};

struct Shift {
  std::string agent;
  std::int64_t start_ms = 0, end_ms = 0;
  std::int64_t capacity = 0;
  std::vector<std::pair<std::string, std::int64_t>> skills;  // with level, 0 = own
  std::string persona;
  std::int64_t speed_pm = 1'000;  // a chat takes handle_ms * 1000 / speed_pm
};

struct Trace {
  std::string name;
  std::uint64_t seed = 0;
  std::int64_t horizon_ms = 0;
  std::vector<std::string> skills, personas;
  std::vector<Arrival> arrivals;  // by (t_ms, id)
  std::vector<Shift> roster;      // in the file's order
};

// The error is a sentence with file and line. Anything that a run would stumble over later is refused here:
// unknown columns, skills or personas, numbers out of range, arrivals out of order.
Result<Trace, std::string> read_trace(const std::filesystem::path& folder);

}  // namespace switchboard::shopday
