// Who waits, in the order in which they will be served: visitors, and the classes of equals among them
// (skill, wish, tier). Also remembers those who are offered or served, until they leave. Knows nothing of
// agents but their numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "router/bitset.hpp"
#include "router/conversation_map.hpp"
#include "router/events.hpp"
#include "router/policy.hpp"
#include "router/roster.hpp"
#include "router/router.hpp"
#include "router/waiting_line.hpp"

namespace switchboard::router {

struct Exclusion {
  std::uint32_t agent = 0;
  Millis until = 0;
};

// Why a waiting visitor is not given to somebody who could serve her (2.5).
enum class Held : std::uint8_t { no, for_last_agent, for_persona };

struct Visitor {
  ConversationId id;
  Millis entered_at = 0;
  Millis started_at = 0;  // of the chat
  std::uint32_t class_index = 0;
  std::uint32_t agent = kNone32;                       // unless waiting
  std::array<std::uint32_t, kKnownAgentsMax> known{};  // last agent first, then former agents
  std::uint8_t known_count = 0;
  ConversationState state = ConversationState::waiting;
  Held held = Held::no;
  bool in_use = false;
  std::uint8_t units = 0;         // of a place, unless waiting
  std::int32_t told_p50_ms = -1;  // what she was told on arrival (2.12); -1 = nothing
  std::int32_t told_p90_ms = -1;
  std::vector<Exclusion> exclusions;

  bool excludes(std::uint32_t who, Millis now) const {
    for (const Exclusion& e : exclusions) {
      if (e.agent == who && e.until > now) return true;
    }
    return false;
  }
  bool knows(std::uint32_t who) const {
    for (std::uint8_t i = 0; i < known_count; ++i) {
      if (known[i] == who) return true;
    }
    return false;
  }
  void learn(std::uint32_t who);  // becomes the last agent
};

// Whatever 2.4 needs to score the head stands in its first cache line: a freed place looks at dozens of
// heads.
struct alignas(64) VisitorClass {
  WaitingLine::Entry head;  // the first of `line`, if any
  std::int64_t weight = 0;  // rate[v] * w[s] of 2.2
  Millis head_start = 0;    // head[v]
  SkillId skill;
  Wish wish;
  Tier tier;
  bool plain_head = true;    // the head has no exclusions and knows nobody: no need to look at her record
  bool held = false;         // somebody in it is known to be held
  Millis deadline = kNever;  // when the head (or who may pass her) must be looked at again (2.7)
  WaitingLine line;
  std::vector<std::uint32_t> wanted;  // groups of the wanted persona with the skill
  std::vector<std::uint32_t> others;  // the other groups with the skill; none if strict
};

class Queue {
 public:
  // Classes anew for this policy. Visitors stay, re-classed; those whose skill is gone are returned, still
  // known.
  std::vector<std::uint32_t> reshape(const Policy& policy);
  // Enters a new group in its classes and them in it.
  void index_group(Roster& roster, std::uint32_t group);

  std::uint32_t find(ConversationId id) const { return index_.find(id); }
  Visitor& visitor(std::uint32_t index) { return visitors_[index]; }
  const Visitor& visitor(std::uint32_t index) const { return visitors_[index]; }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(visitors_.size()); }

  std::size_t classes() const { return classes_.size(); }
  VisitorClass& of_class(std::size_t index) { return classes_[index]; }
  const VisitorClass& of_class(std::size_t index) const { return classes_[index]; }
  const VisitorClass& class_of(const Visitor& v) const { return classes_[v.class_index]; }
  VisitorClass& class_of(const Visitor& v) { return classes_[v.class_index]; }
  const Bitset& non_empty() const { return non_empty_; }
  const Bitset& held() const { return held_; }
  void mark_held(std::size_t class_index, bool held);

  // The policy's shape bounds what a visit may name.
  bool valid_skill(SkillId skill) const { return skill.value < skills_; }
  bool valid_wish(const Wish& wish) const {
    return wish.kind == WishKind::any || wish.persona.value < personas_;
  }
  std::size_t class_index(SkillId skill, const Wish& wish, Tier tier) const;
  // First class of a skill; its classes lie together.
  std::size_t first_class(SkillId skill) const { return skill.value * classes_per_skill(); }
  std::size_t classes_per_skill() const { return (1u + 2u * personas_) * tiers_; }

  // A new record, in state waiting but in no line yet. The id must be new; skill valid.
  std::uint32_t add(ConversationId id, const Visit& visit, Millis now);
  void describe(Visitor& v, const Visit& visit);
  void forget(std::uint32_t index);
  // Into and out of the line of her class and those of the agents she knows.
  void enter(std::uint32_t index, Roster& roster);
  void leave(std::uint32_t index, Roster& roster);
  // After the head, her exclusions or the agents she knows have changed.
  void refresh_head(std::size_t class_index);

  std::uint32_t waiting() const { return waiting_; }
  // Waiting with this skill who wish this persona, strictly or not: want[s][p].
  std::uint32_t wanting(SkillId skill, PersonaId persona) const {
    return wanting_[skill.value * (personas_ + 1u) + persona.value];
  }
  std::uint32_t waiting(SkillId skill) const { return wanting_[skill.value * (personas_ + 1u) + personas_]; }

  // 2.2 without what depends on the agent. Clamped so that no wait can overflow a score.
  static std::int64_t score(const VisitorClass& c, Millis entered_at, Millis now, Millis bonus) {
    constexpr Millis kBoostedWaitMax = Millis{1} << 31;
    const Millis boosted = now - entered_at + c.head_start + bonus;
    return (boosted < kBoostedWaitMax ? boosted : kBoostedWaitMax) * c.weight;
  }
  // Visitors in `c` who go before one of this score, entry and id (2.2 with its ties). O(log n).
  static std::size_t ahead(const VisitorClass& c, std::int64_t score, Millis entered_at, std::uint64_t id,
                           Millis now);

  std::string self_check() const;

 private:
  void count(const Visitor& v, int sign);

  std::size_t skills_ = 0;
  std::uint8_t personas_ = 0;
  std::size_t tiers_ = 1;

  std::vector<Visitor> visitors_;
  std::vector<std::uint32_t> free_visitors_;
  ConversationMap index_;
  std::vector<VisitorClass> classes_;
  Bitset non_empty_;
  Bitset held_;
  std::vector<std::uint32_t> wanting_;  // by skill, then persona, then (last) all
  std::uint32_t waiting_ = 0;
};

}  // namespace switchboard::router
