// What a record tells of a shop's days, without the router's choices: who came, what she wished, how long she
// was patient or was served, and when each agent was there. The ground of a dry run.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/record/reader.hpp"
#include "server/replay/window.hpp"

namespace switchboard::replay {

using router::Millis;

struct Guest {
  std::string conversation;
  Millis entered = 0;  // the beginning of the record, if that is later
  std::string skill;
  router::WishKind wish = router::WishKind::any;  // her last one
  std::string persona;                            // of the wish
  std::uint8_t tier = 0;
  std::string last_agent;        // "" = none
  std::string agent;             // who served her first, "" = nobody
  std::optional<Millis> served;  // when the offer was made that was accepted
  std::optional<Millis> ended;   // the chat
  std::optional<Millis> left;    // while she waited
};

// An agent who could be offered something, under one setting, from when to when.
struct Presence {
  std::string agent;
  Millis from = 0, to = 0;
  std::int32_t capacity = 0;
  std::vector<std::pair<std::string, std::uint8_t>> skills;  // with levels
  std::string persona;                                       // "" = none

  bool same_setting(const Presence&) const;
};

struct Observed {
  std::string shop;
  Millis from = 0, to = 0;
  router::Policy policy;                      // the last one
  std::vector<std::string> skills, personas;  // of the last chapter, in its order
  std::vector<Guest> guests;                  // by the time of entering
  std::vector<Presence> presences;            // by their beginnings
  std::size_t interrupted = 0;                // chats that went back to the queue: they count as one
};

// Absences that are shorter count as none: a gateway that went and came back is not a break.
inline constexpr Millis kBlinkMs = 15'000;

// Of a part: who waits when it begins enters then; who is served then is left out, as at the beginning of a
// record.
Observed observe(const record::Record& record, router::Millis since = kFromTheBeginning);

}  // namespace switchboard::replay
