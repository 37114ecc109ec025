// The routing engine of one shop: events in, decisions out.
//
//   Router router(policy);
//   router.handle(AgentConfigured{...}, now); ...            // facts; nothing is decided yet
//   router.handle(Started{}, now);
//   for (const Decision& d : router.handle(VisitorArrived{...}, now)) ...
//   sleep until router.next_deadline(), then router.handle(Tick{}, now)
//
// A pure function of what it is handed (R6): no clock, no randomness, no floating point, no I/O, no threads,
// no globals; the same events with the same times give the same decisions bit for bit, on every machine. Not
// synchronised: one owner. The rules are numbered as in router/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "router/decisions.hpp"
#include "router/events.hpp"
#include "router/ids.hpp"
#include "router/policy.hpp"

namespace switchboard::router {

// 2.12. Her wait is at most p50_ms with a chance of one half, at most p90_ms with nine in ten.
struct Eta {
  Millis p50_ms = 0;
  Millis p90_ms = 0;

  friend bool operator==(const Eta&, const Eta&) = default;
};

// What a wish would cost now.
struct Availability {
  std::uint32_t on_duty = 0;      // agents: available, live, on shift, with the skill (and persona)
  std::uint32_t free_places = 0;  // whole chats they could take
  std::uint32_t waiting = 0;      // visitors of the skill (who wish the persona)
  std::optional<Eta>
      eta;  // of a visitor of tier 0 arriving now; zero if a place is free; empty if nobody is on duty
};

enum class ConversationState : std::uint8_t { waiting, offered, active, parked };

struct ConversationView {
  ConversationState state = ConversationState::waiting;
  std::optional<AgentId> agent;  // unless waiting
  SkillId skill;
  Wish wish;
  Tier tier;
  Millis entered_at = 0;
  bool held =
      false;  // waiting for her persona or last agent although somebody else is free or might be (2.5)
  bool held_for_last_agent = false;  // ... and it is the last agent
};

struct AgentView {
  AgentStatus status = AgentStatus::offline;
  AgentLine line = AgentLine::live;
  bool on_duty = false;             // available, live, on shift
  bool open = false;                // 2.1: and room for a chat (and not paused by the ramp)
  std::int32_t used_units = 0;      // offers, active and parked chats
  std::int32_t capacity_units = 0;  // kUnitsPerChat each
  std::uint32_t chats = 0;          // offered, active and parked
  std::optional<Millis> last_offer;
};

// What the router holds. Kept as counters; self_check recounts.
struct Counts {
  std::uint32_t agents_on_duty = 0;
  std::uint32_t agents_open = 0;
  std::uint64_t capacity_units = 0;  // of agents on duty
  std::uint64_t used_units = 0;      // of all agents
  std::uint32_t waiting = 0;
  std::uint32_t offered = 0;
  std::uint32_t active = 0;
  std::uint32_t parked = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};

enum class Verdict : std::uint8_t {
  candidate,
  not_on_duty,
  not_open,
  no_skill,
  level_closed,
  other_persona,
  excluded
};

struct Candidate {
  Verdict verdict = Verdict::no_skill;
  AgentKey key;  // key.agent always; the rest for those with the skill
};

class Router {
 public:
  explicit Router(const Policy& policy);
  // A copy is a snapshot: copy and original give the same decisions for the same further events.
  Router(const Router& other);
  Router& operator=(const Router& other);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // Takes one fact in. The decisions are in the order in which they were made and stay valid until the next
  // call. `now` never runs backwards: an earlier one counts as the latest seen. Shift ends up to `now` and
  // other deadlines before `now` fire first, those at `now` with a Tick (at one instant an arrival comes
  // before a timer). Cost: O(groups of her class) for an arrival, O(non-empty classes) for a freed place,
  // O(log n) for the rest; Started and PolicyChanged look at everything.
  std::span<const Decision> handle(const Event& event, Millis now);

  // When to call handle(Tick{}) at the latest. May be earlier than anything happens. Empty: nothing is timed,
  // or holding.
  std::optional<Millis> next_deadline() const;

  // False until Started.
  bool started() const;
  const Policy& policy() const;
  // The latest `now` seen.
  Millis now() const;

  // --- queries; they change nothing and speak of `now()`

  // Place in the queue of her skill in score order (2.2, without bonuses that depend on the agent), 1 = next.
  // Empty if she is not waiting. O(classes of the skill * log n).
  std::optional<std::size_t> position(ConversationId conversation) const;
  // 2.12. Empty if she is not waiting or nobody who could serve her is on duty.
  std::optional<Eta> eta(ConversationId conversation) const;
  // 2.12 for a visitor arriving now: what her wish would cost. Unknown skill: empty.
  std::optional<Eta> eta(const Visit& visit) const;
  // persona empty: anyone with the skill.
  Availability availability(SkillId skill, std::optional<PersonaId> persona) const;
  // h[s] of 2.5.
  Millis mean_handling_ms(SkillId skill) const;

  std::optional<ConversationView> conversation(ConversationId conversation) const;
  std::optional<AgentView> agent(AgentId agent) const;
  // His offered, active and parked conversations, by number.
  std::vector<ConversationId> conversations_of(AgentId agent) const;
  // The first `limit` waiting of a skill in score order.
  std::vector<ConversationId> queue(SkillId skill, std::size_t limit) const;
  // Every configured agent as 2.3 sees him for her now, in roster order: the table of "why this agent".
  // O(agents).
  std::vector<Candidate> candidates(ConversationId conversation) const;

  Counts counts() const;
  // What a new router of the same policy has to be told, before Started, to stand where this one stands: agents,
  // mean handling times, what was learnt of waits, who waits, who is offered or served and by whom, exclusions.
  // In a fixed order. Not in it: pauses (ramp, a refused commit), misses in a row, and what those who wait were
  // told on arrival. O(everything): for the start of a new chapter of the record.
  std::vector<Event> facts() const;
  // Recounts everything from the ground (R2). Empty if all is right, else what differs. O(everything): for
  // tests and alarms.
  std::string self_check() const;

  std::uint64_t events_handled() const;
  std::uint64_t decisions_made() const;
  // Events that changed nothing because they named something unknown or contradicted the state.
  std::uint64_t refused_events() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace switchboard::router
