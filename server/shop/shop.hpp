// A shop as plain values, and the file that says the same in TOML. The file is the truth of a shop: it can be
// read, diffed and applied; export_shop writes it back (parse(export(x)) == x for every x that parse_shop can
// return).
//
// Everything here is pure: no I/O, no clock, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/toml/problem.hpp"

namespace switchboard::shop {

// Text by language: keys are the shop's languages; in auto-replies and quick replies "" stands for any
// language (written `any` in the file).
using Texts = std::map<std::string, std::string>;

struct Skill {
  std::string id;
  Texts names;  // one for each language of the shop
  std::int64_t target_ms =
      30'000;  // wait that the shop aims at; weighs the skill's queue (routing policy, w[s])
  friend bool operator==(const Skill&, const Skill&) = default;
};

struct Persona {
  std::string id;
  Texts names;
  Texts taglines;     // one line on the card in the widget; may be empty
  std::string color;  // "#rrggbb"
  friend bool operator==(const Persona&, const Persona&) = default;
};

struct AgentSkill {
  std::string skill;
  std::int64_t level = 0;  // 0 own skill, 1.. backup
  friend bool operator==(const AgentSkill&, const AgentSkill&) = default;
};

struct Agent {
  std::string id;
  std::string name;     // what visitors see
  std::string persona;  // "" = none
  std::vector<AgentSkill> skills;
  std::int64_t capacity = 5;  // chats at once
  bool enabled = true;        // false: cannot log in, gets nothing
  bool supervisor = false;    // may also do what supervisors may
  std::string password_hash;  // argon2id string; "" = the one that the server keeps (made at the first start)
  friend bool operator==(const Agent&, const Agent&) = default;
};

// What a customer tier is worth in the queue. Tier 0 is everybody.
struct Tier {
  Texts names;                   // may be empty
  std::int64_t head_ms = 0;      // waiting time given in advance
  std::int64_t rate_pm = 1'000;  // per mille at which waiting time counts
  friend bool operator==(const Tier&, const Tier&) = default;
};

// The parameters of the routing policy, named as there; milliseconds, per mille and counts. The desk hands
// them to router::Policy together with the tiers and the skills' targets.
struct RoutingSettings {
  std::int64_t persona_bonus_ms = 30'000;
  std::int64_t sticky_bonus_ms = 60'000;
  bool sticky_over_persona = true;
  std::int64_t sticky_hold_ms = 30'000;
  std::int64_t persona_hold_ms = 20'000;
  std::vector<std::int64_t> overflow_ms = {0, 10'000, 30'000};  // by level; the last one counts for all above
  std::int64_t overflow_idle_pm = 300;
  std::int64_t sticky_worth_pm = 1'000;
  std::int64_t persona_worth_pm = 1'000;
  std::int64_t handling_start_ms = 300'000;  // mean handling time before any chat has ended
  std::int64_t park_after_ms = 180'000;  // silence after the agent's answer until a chat is parked; 0 = never
  std::int64_t park_units = 1;           // of 4: what a parked chat takes of a place
  std::int64_t ramp_ms = 1'000;          // between offers to an agent just come on; 0 = off
  std::int64_t taper_ms = 0;             // before a shift's end; 0 = off
  std::int64_t exclusion_ms = 30'000;    // after a refused or missed offer
  std::int64_t void_pause_ms = 250;      // no offer to an agent for so long after the store refused one
  std::int64_t max_wait_ms = 0;          // ETA above which leaving a message is proposed; 0 = never
  friend bool operator==(const RoutingSettings&, const RoutingSettings&) = default;
};

struct OfferSettings {
  std::int64_t accept_within_s = 20;
  bool auto_accept = false;          // an offer is accepted as it is made
  std::int64_t misses_to_break = 2;  // in a row
  friend bool operator==(const OfferSettings&, const OfferSettings&) = default;
};

// A lost agent's conversations wait this long for him before another takes over (R5).
struct PresenceSettings {
  std::int64_t lost_grace_s = 30;
  friend bool operator==(const PresenceSettings&, const PresenceSettings&) = default;
};

// Minutes of the local day, 0 <= from < to <= 1440.
struct Span {
  std::int64_t from_min = 0;
  std::int64_t to_min = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

struct Hours {
  std::string time_zone;  // IANA name, "Asia/Shanghai"
  std::array<std::vector<Span>, 7>
      weekday;  // 0 = Monday; ascending, without overlap; empty = closed that day
  friend bool operator==(const Hours&, const Hours&) = default;
};

enum class Trigger : std::uint8_t { opened, waiting, assigned, agent_away, closed };
inline constexpr std::array<Trigger, 5> triggers = {Trigger::opened, Trigger::waiting, Trigger::assigned,
                                                    Trigger::agent_away, Trigger::closed};
std::string_view to_string(Trigger);  // "agent_away"
std::optional<Trigger> trigger_from(std::string_view);

struct AutoReply {
  Trigger trigger = Trigger::opened;
  std::string persona;  // "" = all
  Texts texts;
  friend bool operator==(const AutoReply&, const AutoReply&) = default;
};

// When the `waiting` auto-reply speaks to somebody who waits.
struct WaitingSettings {
  std::int64_t first_after_s = 20;
  std::int64_t repeat_s = 60;  // 0 = once
  std::int64_t times_max = 5;
  friend bool operator==(const WaitingSettings&, const WaitingSettings&) = default;
};

// One intent with a wording per persona. `stage` is one of welcome, answering, price, payment, shipping,
// aftersale, farewell, praise.
struct QuickReply {
  std::string stage;
  std::string shortcut;  // typed behind "/", [a-z0-9_-]{1,24}, unique in the shop
  Texts titles;
  std::map<std::string, Texts> texts;  // by persona; "" = all others
  friend bool operator==(const QuickReply&, const QuickReply&) = default;
};

struct Limits {
  std::int64_t queue_max = 10'000;       // waiting conversations; beyond it: "leave a message"
  std::int64_t text_octets_max = 8'000;  // of one message
  std::int64_t visitor_token_ttl_s = 30 * 86'400;
  std::int64_t agent_token_ttl_s = 12 * 3'600;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Shop {
  std::string id;  // [a-z0-9_-]{1,32}
  std::string name;
  std::vector<std::string> languages;  // BCP 47 primary tags, [a-z]{2,3}
  std::string default_language;        // one of them
  std::vector<std::string>
      origins;  // allowed values of Origin, "https://shop.example"; empty = same host only
  std::vector<Skill> skills;
  std::vector<Persona> personas;
  std::vector<Agent> agents;
  std::vector<Tier> tiers = {
      {{}, 0, 1'000}, {{}, 30'000, 1'500}, {{}, 60'000, 2'000}};  // by number, at least one
  RoutingSettings routing;
  OfferSettings offer;
  PresenceSettings presence;
  std::optional<Hours> hours;  // absent = always open
  WaitingSettings waiting;
  std::vector<AutoReply> auto_replies;
  std::vector<QuickReply> quick_replies;
  Limits limits;
  friend bool operator==(const Shop&, const Shop&) = default;

  const Skill* skill(std::string_view skill_id) const;  // nullptr if there is none
  const Persona* persona(std::string_view persona_id) const;
  const Agent* agent(std::string_view agent_id) const;
};

// The largest file that is looked at.
inline constexpr std::size_t shop_octets_max = 1024 * 1024;

// Every unknown key, wrong type, value out of bounds, id used twice and id that leads nowhere is a problem
// with its line; all of them are reported, up to problems_max.
Result<Shop, std::vector<Problem>> parse_shop(std::string_view text);

// The shop as a file: stable order, readable, everything written out (also what is at its default).
std::string export_shop(const Shop&);

// [a-z0-9_-]{1,32}: the form of the ids of shops, skills, personas and agents.
bool valid_id(std::string_view);

// The text for `language`: that one, else any language (""), else `default_language`, else the first; "" if
// there is none.
std::string_view pick(const Texts&, std::string_view language, std::string_view default_language);

// The wording of a quick reply for an agent of `persona` ("" = none) who writes to a reader of `language`.
// Empty if the reply has none. As with auto-replies, the reader's language is worth more than the persona's
// voice.
std::string_view wording(const QuickReply&, std::string_view persona, std::string_view language,
                         std::string_view default_language);

}  // namespace switchboard::shop
