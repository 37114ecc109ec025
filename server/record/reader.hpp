// Reads the text of a record back: chapters of events with the decisions that were written beside them. What
// is read may come from a file: nothing in it is trusted, and what is missing is named.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "router/events.hpp"
#include "router/policy.hpp"
#include "server/base/result.hpp"

namespace switchboard::record {

using router::Millis;

// Bounds of what is looked at; beyond them the record is refused.
inline constexpr std::size_t kRecordOctetsMax = std::size_t{4} << 30;
inline constexpr std::size_t kNameOctetsMax = 1'024;

// Names behind the router's numbers. By the number; a number without a name is shown as it is.
struct Names {
  std::map<std::uint64_t, std::string> skills, personas, agents, conversations;

  // "wanqing", or "agent 3" if nobody said.
  std::string agent(router::AgentId id) const;
  std::string skill(router::SkillId id) const;
  std::string persona(router::PersonaId id) const;
  std::string conversation(router::ConversationId id) const;
};

struct Step {
  Millis now = 0;
  router::Event event;
  std::vector<std::string> decisions;  // as written, in their order
  std::size_t line = 0;                // of the event, in the text
};

struct Chapter {
  std::uint64_t epoch = 0;
  Millis time = 0;
  std::string why;
  router::Policy policy;  // a router of this policy, told the steps, stands where the desk's stood
  Names names;
  std::vector<Step> steps;
  bool ended = false;  // in good order; else its end may be missing, because a gateway died
  bool last = false;   // of the record: perhaps it goes on
};

struct Record {
  std::string shop;
  std::vector<Chapter> chapters;
  std::vector<std::string>
      gaps;  // what is missing, in sentences; the chapters are complete from their beginnings on
};

// The error says which line, and why it is none. Two chapters have no step in common.
Result<Record, std::string> read_record(std::string_view text);

}  // namespace switchboard::record
