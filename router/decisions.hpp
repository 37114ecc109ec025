// What comes out of the router. A decision has already taken effect inside it when it is returned: an Offer
// holds the place. Each carries its record (2.13): what was looked at, what was ruled out and why, who won
// and by what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "router/ids.hpp"

namespace switchboard::router {

// --- 2.13 the record

// 2.3.4 in its order: the smallest wins, field by field.
struct AgentKey {
  bool not_tapering = true;  // false (first): his shift ends within taper
  std::uint8_t level = 0;
  std::int32_t load_share = 0;  // used units * 27720 / capacity units
  std::int64_t demand_pm = 0;   // demand for his persona per free place of it
  Millis last_offer = 0;        // kNeverOffered if none yet
  AgentId agent;                // place in the roster

  friend auto operator<=>(const AgentKey&, const AgentKey&) = default;
};
inline constexpr Millis kNeverOffered = INT64_MIN;

// 2.2: the highest score wins, then the smaller entered_at, then the smaller id.
struct VisitorKey {
  std::int64_t score = 0;
  Millis entered_at = 0;
  ConversationId conversation;
};

enum class Rule : std::uint8_t {
  last_agent,      // 2.3.1
  wanted_persona,  // 2.3.3, an agent of the wanted persona
  best_agent,      // 2.3.3 "best of all"
  best_visitor,    // 2.4
};

// An agent was chosen for a visitor (2.3). Counts are of agents; on_duty is the sum of those below it.
struct AgentChoice {
  Rule rule = Rule::best_agent;
  std::uint32_t on_duty = 0;        // available, live, on shift, with the skill
  std::uint32_t not_open = 0;       // full, or paused (ramp)
  std::uint32_t level_closed = 0;   // 2.3.2
  std::uint32_t other_persona = 0;  // an agent of the wanted persona was there, or the wish is strict
  std::uint32_t excluded = 0;       // 2.9
  std::uint32_t candidates = 0;     // what was left
  AgentKey winner;
  std::optional<AgentKey> runner_up;
};

// A visitor was chosen for an agent (2.4). Counts are of classes (their heads), plus one for his own
// returning visitor.
struct VisitorChoice {
  std::uint32_t heads = 0;         // non-empty classes whose skill he has
  std::uint32_t level_closed = 0;  // 2.3.2
  std::uint32_t strict_other = 0;  // strict about another persona
  std::uint32_t held = 0;          // within a worthwhile hold for somebody else
  std::uint32_t excluded = 0;      // 2.9
  std::uint32_t candidates = 0;
  VisitorKey winner;
  std::optional<VisitorKey> runner_up;
};

struct DecisionRecord {
  std::uint64_t sequence = 0;  // of decisions, from 1, without gaps
  std::uint64_t event = 0;     // of events handled, from 1: the one that led here
  std::uint8_t cause = 0;      // its kind (EventKind)
  Millis now = 0;
  std::variant<std::monostate, AgentChoice, VisitorChoice> why;
};

// --- decisions

// Offer her to him. The place is reserved until OfferAccepted, OfferRefused, OfferMissed, OfferVoid or
// VisitorLeft.
struct Offer {
  ConversationId conversation;
  AgentId agent;
  Rule rule = Rule::best_agent;
  Millis waited_ms = 0;
  DecisionRecord record;
};

enum class WithdrawReason : std::uint8_t { agent_gone, shift_ended, line_lost };

// His unanswered offer is void; she is back at her place in the queue (and often offered to another right
// after this).
struct Withdraw {
  ConversationId conversation;
  AgentId agent;
  WithdrawReason reason = WithdrawReason::agent_gone;
  DecisionRecord record;
};

// Too many misses in a row (2.9): the router already treats him as on break.
struct PutOnBreak {
  AgentId agent;
  DecisionRecord record;
};

// A lost agent's chat is back in the queue at its old place (2.10).
struct Requeue {
  ConversationId conversation;
  AgentId from;
  DecisionRecord record;
};

enum class LeaveMessageReason : std::uint8_t { nobody_on_shift, persona_not_on_shift, max_wait };

// 2.11: she may leave a message or keep waiting. She is in the queue; only VisitorLeft takes her out.
struct OfferToLeaveMessage {
  ConversationId conversation;
  LeaveMessageReason reason = LeaveMessageReason::nobody_on_shift;
  Millis eta_p50_ms = 0;  // with max_wait
  DecisionRecord record;
};

enum class RejectReason : std::uint8_t { unknown_skill };

// She cannot be queued at all; the router does not know her.
struct Reject {
  ConversationId conversation;
  RejectReason reason = RejectReason::unknown_skill;
  DecisionRecord record;
};

using Decision = std::variant<Offer, Withdraw, PutOnBreak, Requeue, OfferToLeaveMessage, Reject>;

// The decision and its record as one line of "key=value" words, stable, made of numbers and fixed words only:
// what the desk writes to the decision stream and what a replay is compared by, byte for byte.
std::string to_line(const Decision& decision);

const char* rule_name(Rule rule);
const char* reason_name(WithdrawReason reason);
const char* reason_name(LeaveMessageReason reason);
const char* reason_name(RejectReason reason);

}  // namespace switchboard::router
