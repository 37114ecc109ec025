// Who could serve: agents, the groups of equals among them (2, section "Data structure"), and counters per
// skill and persona. Knows nothing of visitors but how many units of a place they take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "router/bitset.hpp"
#include "router/decisions.hpp"
#include "router/events.hpp"
#include "router/ids.hpp"
#include "router/policy.hpp"
#include "router/waiting_line.hpp"

namespace switchboard::router {

inline constexpr Millis kNever = INT64_MAX;
inline constexpr std::uint32_t kNone32 = UINT32_MAX;
// lcm(1..12): shares of capacities up to 12 are exact (2.3.4).
inline constexpr std::int32_t kShareScale = 27'720;
inline constexpr std::uint8_t kNoSkill = UINT8_MAX;  // in place of a level

// What is asked of a last agent (2.1) and by a refresh stands in the first cache line.
struct alignas(64) Agent {
  bool configured = false;
  AgentStatus status = AgentStatus::offline;
  AgentLine line = AgentLine::live;
  bool ramping = false;  // came on and has not yet been full, nor found the queue empty
  // Derived; kept by Roster::refresh and the joining of groups.
  bool on_duty = false;
  bool counted_idle = false;
  std::optional<PersonaId> persona;
  std::int32_t capacity_units = 0;
  std::int32_t used_units = 0;
  std::uint64_t skill_set = 0;  // derived: a bit per skill
  std::uint32_t group = kNone32;
  std::uint32_t heap_at = kNone32;  // where he stands among the open agents of his group; kNone32 = not open
  Millis shift_end = kNever;
  Millis last_offer = kNeverOffered;
  Millis pause_until = INT64_MIN;  // ramp (2.4) or a refused commit: not open before

  std::int32_t misses = 0;  // in a row
  std::int32_t counted_units = 0;
  std::int32_t counted_places = 0;
  std::int32_t counted_capacity = 0;
  std::vector<SkillLevel> skills;    // by skill
  std::vector<std::uint32_t> chats;  // visitors offered to, active or parked with him
  WaitingLine returning;             // the waiting who know him (last or former agent)

  bool full() const { return used_units + kUnitsPerChat > capacity_units; }
  bool open() const { return heap_at != kNone32; }
  bool has(SkillId skill) const { return (skill_set >> skill.value & 1) != 0; }
};

// Agents with the same levels and persona.
struct Group {
  // 2.3.4 within a group: level and demand are the same for all.
  struct Open {
    std::uint64_t rank = 0;  // not tapering, load share
    Millis last_offer = 0;
    std::uint32_t agent = 0;

    friend auto operator<=>(const Open&, const Open&) = default;
    std::int32_t load_share() const { return static_cast<std::int32_t>(rank & 0xFFFFFFFF); }
    bool not_tapering() const { return (rank >> 32) != 0; }
  };

  std::vector<std::uint8_t> levels;  // by skill, kNoSkill = has it not
  std::optional<PersonaId> persona;
  std::uint32_t members = 0;
  std::uint32_t idle = 0;  // open members with a free share of at least overflow_idle (2.3.2)
  std::vector<Open> open;  // binary heap, smallest first
  Bitset classes;          // what its members may serve; kept by Queue
  Bitset strict_other;     // their skills, but strict about another persona
};

// Agents on duty with one skill, of one persona or of all.
struct Pool {
  std::uint32_t on_duty = 0;
  std::uint32_t open = 0;
  std::uint32_t places = 0;         // free, of open agents
  std::int64_t busy_units = 0;      // b of 2.5, times kUnitsPerChat
  std::int64_t busy_own_units = 0;  // of those with the skill as their own: b of 2.12

  friend bool operator==(const Pool&, const Pool&) = default;
};

class Roster {
 public:
  // Keeps agents, forgets groups and counters and builds them anew for this policy.
  void reshape(const Policy& policy, Millis now);

  std::uint32_t size() const { return static_cast<std::uint32_t>(agents_.size()); }
  // A slot for an agent who is spoken of before he is configured.
  void make_room(std::uint32_t index) {
    if (index >= agents_.size()) agents_.resize(index + 1u);
  }
  bool known(AgentId id) const { return id.value < agents_.size() && agents_[id.value].configured; }
  Agent& agent(std::uint32_t index) { return agents_[index]; }
  const Agent& agent(std::uint32_t index) const { return agents_[index]; }

  const std::vector<Group>& groups() const { return groups_; }
  Group& group(std::uint32_t index) { return groups_[index]; }

  // The index of a group that is new by this, kNone32 if there is none.
  std::uint32_t configure(const AgentConfigured& event, Millis now);
  // Brings group heap and counters in step with the agent's fields; call after every change to them.
  // True if he came on or went off duty.
  bool refresh(std::uint32_t index, Millis now);

  // Level of the agent for a skill, kNoSkill if he has it not.
  std::uint8_t level(const Agent& agent, SkillId skill) const;
  bool tapering(const Agent& agent, Millis now) const;
  std::int32_t free_share_pm(const Agent& agent) const;

  const Pool& pool(SkillId skill) const { return pools_[skill.value * (personas_ + 1u) + personas_]; }
  const Pool& pool(SkillId skill, PersonaId persona) const {
    return pools_[skill.value * (personas_ + 1u) + persona.value];
  }
  // Free places of all open agents of a persona, whatever their skills: free(p) of 2.3.4.
  std::uint32_t free_places(std::optional<PersonaId> persona) const {
    return free_places_[persona ? persona->value : personas_];
  }

  // Pools whose busy units or agents on duty have changed since the last call of clear_touched (2.5 must look
  // again).
  const Bitset& touched() const { return touched_; }
  std::size_t pool_index(SkillId skill, PersonaId persona) const {
    return skill.value * (personas_ + 1u) + persona.value;
  }
  void touch(SkillId skill);
  void touch(SkillId skill, PersonaId persona);
  void clear_touched();
  bool any_touched() const { return any_touched_; }

  struct Totals {
    std::uint32_t on_duty = 0;
    std::uint32_t open = 0;
    std::uint64_t capacity_units = 0;  // on duty
    std::uint64_t used_units = 0;

    friend bool operator==(const Totals&, const Totals&) = default;
  };
  Totals totals() const { return totals_; }
  // What differs from a recount; empty if nothing.
  std::string self_check(Millis now) const;

 private:
  void count(const Agent& agent, int sign);
  bool join_group(std::uint32_t index);
  void leave_group(std::uint32_t index);
  Group::Open open_key(std::uint32_t index, Millis now) const;
  void heap_insert(Group& group, const Group::Open& key);
  void heap_erase(Group& group, std::uint32_t at);
  void sift_up(Group& group, std::uint32_t at);
  void sift_down(Group& group, std::uint32_t at);
  void heap_put(Group& group, std::uint32_t at, const Group::Open& key);

  std::size_t skills_ = 0;
  std::uint8_t personas_ = 0;
  Millis taper_ms_ = 0;
  std::int32_t overflow_idle_pm_ = 0;

  std::vector<Agent> agents_;
  std::vector<Group> groups_;
  std::vector<Pool> pools_;                 // by skill, then persona, then (last) all
  std::vector<std::uint32_t> free_places_;  // by persona, then (last) none
  Bitset touched_;
  bool any_touched_ = false;
  Totals totals_;
};

}  // namespace switchboard::router
