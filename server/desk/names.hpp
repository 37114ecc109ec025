// Names of a shop <-> the router's numbers. The router knows numbers only; this is the one place that maps
// them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "router/events.hpp"
#include "router/policy.hpp"
#include "server/shop/shop.hpp"
#include "server/store/values.hpp"

namespace switchboard::desk {

// Skills, personas and agents are numbered in the order of the shop file, so that the same file gives the
// same numbers everywhere (R6).
class Names {
 public:
  explicit Names(const shop::Shop& shop);

  // Another revision of the shop. Agents keep their numbers: who is new gets the next one, who has left keeps
  // hers. False, and nothing has changed: the skills or the personas are others, or in another order, and the
  // numbers that visitors wait under would be wrong.
  bool take(const shop::Shop& shop);

  std::optional<router::AgentId> agent(std::string_view id) const;
  std::optional<router::SkillId> skill(std::string_view id) const;
  const std::string& agent(router::AgentId id) const { return agents_.at(id.value); }
  std::size_t agents() const { return agents_.size(); }
  const std::vector<std::string>& skills() const { return skills_; }
  const std::vector<std::string>& personas() const { return personas_; }

  // What routing looks at. nullopt: the skill is not one of the shop's (any more).
  std::optional<router::Visit> visit(const store::ConversationView& view) const;
  router::Wish wish(const store::Wish& wish) const;

 private:
  using Index = std::unordered_map<std::string, std::uint32_t>;
  static std::optional<std::uint32_t> find(const Index& index, std::string_view id);

  Index skill_index_, persona_index_, agent_index_;
  std::vector<std::string> skills_, personas_, agents_;  // by number
};

// The shop's routing settings as the router takes them.
router::Policy policy_of(const shop::Shop& shop);
// One event per agent that has a number, in that order; without places for those whom the shop does not
// employ.
std::vector<router::AgentConfigured> roster_of(const shop::Shop& shop, const Names& names);

router::AgentStatus to_router(store::AgentStatus status);
router::AgentLine to_router(store::Line line);

}  // namespace switchboard::desk
