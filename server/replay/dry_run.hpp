// What would have been under another policy or with other agents: the recorded visitors and agents on the
// simulator's virtual clock, once under the recorded settings and once under the changed ones. README.md says
// what this assumes.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "server/replay/observe.hpp"
#include "server/simulate/trace.hpp"

namespace switchboard::replay {

// The settings to try. Numbers in the policy and in the agents' skills count in `skills` and `personas`.
struct Change {
  router::Policy policy;
  std::vector<std::string> skills, personas;
  struct Agent {
    std::string id;
    std::int32_t capacity = 0;
    std::vector<std::pair<std::string, std::uint8_t>> skills;
    std::string persona;
  };
  std::optional<std::vector<Agent>> agents;  // empty: those of the record
};

struct Waits {
  std::size_t left = 0;     // before they were served
  std::size_t waiting = 0;  // still, at the end
  double mean_s = 0;        // of all, served or not
  double p50_s = 0, p95_s = 0;
  double persona_match_pct = 0;  // of the served who wished one
  double same_agent_pct = 0;     // of the served who had been served before
};

struct Group {
  std::string name;  // "all", "skill presale", "persona crazy", "tier 1"
  std::size_t chats = 0;
  Waits recorded, as_it_was, changed;   // the last two modelled
  std::size_t other_agent = 0;          // served by another agent under the change than modelled as it was
  std::size_t longer = 0, shorter = 0;  // their waits differ by more than a second
  double longer_mean_s = 0, shorter_mean_s = 0;  // by so much, those
};

struct DryRun {
  std::vector<Group> groups;  // "all" first
  std::size_t dropped = 0;    // visitors whose skill the changed settings do not have
  std::vector<std::string> notes;
};

// The error is a sentence.
Result<DryRun, std::string> dry_run(const Observed& observed, const Change& change);

// The recorded days as a trace for `switchboard simulate`. `change` null: under the recorded settings.
simulate::Trace trace_of(const Observed& observed, const Change* change = nullptr);

std::string to_text(const DryRun&);
std::string to_json(const DryRun&);  // one object, one line

}  // namespace switchboard::replay
