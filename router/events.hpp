// What goes into the router: facts that have happened, in the order in which they happened. A fact about
// somebody the router does not know, or one that contradicts its state, changes nothing and is counted
// (Router::refused_events).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "router/ids.hpp"
#include "router/policy.hpp"

namespace switchboard::router {

// --- the shop

// The whole policy, also at run time. Waiting visitors keep their places; those whose skill, persona or tier
// no longer exists get Reject (skill), lose the wish (persona) or fall to the highest tier there is (tier).
struct PolicyChanged {
  Policy policy;
};

// --- agents

struct SkillLevel {
  SkillId skill;
  std::uint8_t level = 0;  // 0 own skill, 1.. backup; below kLevelsMax

  friend auto operator<=>(const SkillLevel&, const SkillLevel&) = default;
};

// New agent, or a changed one (skills, persona, capacity, shift end are all replaced; status, line, chats
// stay). A new agent is offline and live until AgentStatusChanged says otherwise.
struct AgentConfigured {
  AgentId agent;
  std::vector<SkillLevel> skills;  // each skill once
  std::optional<PersonaId> persona;
  std::int32_t capacity = 0;        // chats at once, 0 .. kCapacityMax
  std::optional<Millis> shift_end;  // point in time; from then on no offer (2.10)
  // Rebuild only: when he last got an offer (2.3.4). Kept as it is if empty.
  std::optional<Millis> last_offer;

  friend bool operator==(const AgentConfigured&, const AgentConfigured&) = default;
};

enum class AgentStatus : std::uint8_t { offline, on_break, drain, available };

// drain, on_break and offline differ for people, not for routing: no offer; an unanswered offer is withdrawn;
// open chats stay with him until they end or the desk requeues them (ChatRequeued).
struct AgentStatusChanged {
  AgentId agent;
  AgentStatus status = AgentStatus::offline;
};

// lost comes after the grace time: his chats re-enter the queue at their old places (2.10).
enum class AgentLine : std::uint8_t { lost, suspect, live };

struct AgentLineChanged {
  AgentId agent;
  AgentLine line = AgentLine::live;
};

// --- visitors

enum class WishKind : std::uint8_t { any, prefer, strict };

struct Wish {
  WishKind kind = WishKind::any;
  PersonaId persona;  // no meaning for any

  friend bool operator==(const Wish&, const Wish&) = default;
};

// Everything about a visitor that routing looks at.
struct Visit {
  SkillId skill;
  Wish wish;
  Tier tier;
  std::optional<AgentId> last_agent;   // of last time, or asked for by name
  std::vector<AgentId> former_agents;  // others who took part in this conversation, latest first
  // When she entered the queue (2.1 `t`): may lie in the past, is never reset. In the future counts as now.
  Millis entered_at = 0;
};

// A new conversation, or one fed again during a rebuild. The same id twice is refused.
struct VisitorArrived {
  ConversationId conversation;
  Visit visit;
};

// While waiting. She keeps her place. While she is offered or served it is only noted, for a later return to
// the queue.
struct WishChanged {
  ConversationId conversation;
  Wish wish;
};

// She closed, or her patience ended: leaves the queue, or frees the place she holds.
struct VisitorLeft {
  ConversationId conversation;
};

// --- offers. The router has reserved the place when it decided Offer; deadlines of offers are the desk's.

struct OfferAccepted {
  ConversationId conversation;
  AgentId agent;
};

struct OfferRefused {
  ConversationId conversation;
  AgentId agent;
};

struct OfferMissed {
  ConversationId conversation;
  AgentId agent;
};

// The store did not take the offer (2.9 does not apply: no exclusion, no miss). The place is free again, she
// is back at hers; this agent gets no offer for Policy::void_pause_ms so that two who disagree do not spin.
// Feed the facts that explain the refusal before this event.
struct OfferVoid {
  ConversationId conversation;
  AgentId agent;
};

// --- chats

struct ChatEnded {
  ConversationId conversation;
};

// She was silent after his answer (2.8) / wrote again.
struct ChatParked {
  ConversationId conversation;
};
struct ChatWoken {
  ConversationId conversation;
};

// Transfer or hand-back: the place is freed, she re-enters with her own `t`. `visit` replaces what was known
// (visit.entered_at is ignored).
struct ChatRequeued {
  ConversationId conversation;
  Visit visit;
  bool exclude_agent = true;  // not back to the agent she comes from, for Policy::exclusion_ms
};

// --- rebuild

enum class AssignmentState : std::uint8_t { offered, active, parked };

// A fact the router did not decide: after a restart, or a supervisor's explicit override. Takes a place (over
// capacity if need be), makes no decision. A waiting conversation leaves the queue by it.
struct AssignmentRestored {
  ConversationId conversation;
  AgentId agent;
  AssignmentState state = AssignmentState::active;
  Visit visit;
  Millis started_at = 0;  // when it was accepted, for the mean handling time
};

// The learnt mean handling time of a skill, from an earlier router's Router::mean_handling_ms.
struct HandlingTimeRestored {
  SkillId skill;
  Millis mean_ms = 0;
};

// What an earlier router learnt about expected waits (2.12), as Router::facts tells it. Refused if the shop's
// shape is another; values are brought into their bounds.
struct ForecastRestored {
  std::vector<std::int64_t> learnt;
};

// A refused or missed offer of before: this agent is not offered her again until then (2.9). Of somebody
// known; one whose time is over is refused.
struct ExclusionRestored {
  ConversationId conversation;
  AgentId agent;
  Millis until = 0;
};

// A new router holds: it takes facts in, decides nothing and has no deadline, until Started. Then everything
// that was fed is matched as if it stood there, highest score first.
struct Started {};

// Time has passed: fires every deadline up to and including now.
struct Tick {};

using Event =
    std::variant<Tick, Started, PolicyChanged, AgentConfigured, AgentStatusChanged, AgentLineChanged,
                 VisitorArrived, WishChanged, VisitorLeft, OfferAccepted, OfferRefused, OfferMissed,
                 OfferVoid, ChatEnded, ChatParked, ChatWoken, ChatRequeued, AssignmentRestored,
                 HandlingTimeRestored, ExclusionRestored, ForecastRestored>;

// Index into Event, as it stands in decision records ("tick" 0, "started" 1, ...).
using EventKind = std::uint8_t;
const char* event_name(EventKind kind);

}  // namespace switchboard::router
