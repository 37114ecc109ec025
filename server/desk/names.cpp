#include "server/desk/names.hpp"

#include <algorithm>

namespace switchboard::desk {

Names::Names(const shop::Shop& shop) {
  const auto add = [](Index& index, std::vector<std::string>& ids, const std::string& id) {
    index.emplace(id, static_cast<std::uint32_t>(ids.size()));
    ids.push_back(id);
  };
  for (const auto& skill : shop.skills) add(skill_index_, skills_, skill.id);
  for (const auto& persona : shop.personas) add(persona_index_, personas_, persona.id);
  for (const auto& agent : shop.agents) add(agent_index_, agents_, agent.id);
}

bool Names::take(const shop::Shop& shop) {
  const auto is = [](const auto& one, const std::string& id) { return one.id == id; };
  if (!std::ranges::equal(shop.skills, skills_, is) || !std::ranges::equal(shop.personas, personas_, is))
    return false;
  for (const auto& agent : shop.agents)
    if (agent_index_.emplace(agent.id, static_cast<std::uint32_t>(agents_.size())).second)
      agents_.push_back(agent.id);
  return true;
}

std::optional<std::uint32_t> Names::find(const Index& index, std::string_view id) {
  const auto found = index.find(std::string(id));
  return found == index.end() ? std::nullopt : std::optional(found->second);
}

std::optional<router::AgentId> Names::agent(std::string_view id) const {
  const auto found = find(agent_index_, id);
  return found ? std::optional(router::AgentId(*found)) : std::nullopt;
}

std::optional<router::SkillId> Names::skill(std::string_view id) const {
  const auto found = find(skill_index_, id);
  return found ? std::optional(router::SkillId(static_cast<std::uint8_t>(*found))) : std::nullopt;
}

router::Wish Names::wish(const store::Wish& wish) const {
  const auto persona = find(persona_index_, wish.persona);
  if (wish.mode == store::WishMode::any || !persona) return {};
  return {wish.mode == store::WishMode::strict ? router::WishKind::strict : router::WishKind::prefer,
          router::PersonaId(static_cast<std::uint8_t>(*persona))};
}

std::optional<router::Visit> Names::visit(const store::ConversationView& view) const {
  const auto skill = find(skill_index_, view.skill);
  if (!skill) return std::nullopt;
  router::Visit visit;
  visit.skill = router::SkillId(static_cast<std::uint8_t>(*skill));
  visit.wish = wish(view.wish);
  visit.tier =
      router::Tier(static_cast<std::uint8_t>(std::min<std::uint32_t>(view.tier, router::kTiersMax - 1)));
  visit.last_agent = agent(view.last_agent);
  visit.entered_at = view.entered;
  return visit;
}

router::Policy policy_of(const shop::Shop& shop) {
  const auto& from = shop.routing;
  router::Policy policy;
  policy.target_ms.clear();
  for (const auto& skill : shop.skills) policy.target_ms.push_back(skill.target_ms);
  policy.persona_count = static_cast<std::uint8_t>(shop.personas.size());
  policy.tiers.clear();
  for (const auto& tier : shop.tiers)
    policy.tiers.push_back({tier.head_ms, static_cast<std::int32_t>(tier.rate_pm)});
  policy.persona_bonus_ms = from.persona_bonus_ms;
  policy.sticky_bonus_ms = from.sticky_bonus_ms;
  policy.sticky_over_persona = from.sticky_over_persona;
  policy.sticky_hold_ms = from.sticky_hold_ms;
  policy.persona_hold_ms = from.persona_hold_ms;
  policy.sticky_worth_pm = static_cast<std::int32_t>(from.sticky_worth_pm);
  policy.persona_worth_pm = static_cast<std::int32_t>(from.persona_worth_pm);
  policy.handling_start_ms = from.handling_start_ms;
  policy.overflow_ms = from.overflow_ms;
  policy.overflow_idle_pm = static_cast<std::int32_t>(from.overflow_idle_pm);
  policy.taper_ms = from.taper_ms;
  policy.ramp_ms = from.ramp_ms;
  policy.park_units = static_cast<std::int32_t>(from.park_units);
  policy.exclusion_ms = from.exclusion_ms;
  policy.misses_to_break = static_cast<std::int32_t>(shop.offer.misses_to_break);
  policy.max_wait_ms = from.max_wait_ms;
  policy.void_pause_ms = from.void_pause_ms;
  return policy;
}

std::vector<router::AgentConfigured> roster_of(const shop::Shop& shop, const Names& names) {
  std::vector<router::AgentConfigured> roster(names.agents());
  for (std::uint32_t i = 0; i < roster.size(); ++i) roster[i].agent = router::AgentId(i);
  for (const auto& agent : shop.agents) {
    router::AgentConfigured& configured = roster[names.agent(agent.id)->value];
    for (const auto& skill : agent.skills)
      configured.skills.push_back({*names.skill(skill.skill), static_cast<std::uint8_t>(skill.level)});
    if (const auto* persona = shop.persona(agent.persona))
      configured.persona = router::PersonaId(static_cast<std::uint8_t>(persona - shop.personas.data()));
    configured.capacity = agent.enabled ? static_cast<std::int32_t>(agent.capacity) : 0;
  }
  return roster;
}

router::AgentStatus to_router(store::AgentStatus status) {
  switch (status) {
    case store::AgentStatus::available:
      return router::AgentStatus::available;
    case store::AgentStatus::drain:
      return router::AgentStatus::drain;
    case store::AgentStatus::on_break:
      return router::AgentStatus::on_break;
    case store::AgentStatus::offline:
      return router::AgentStatus::offline;
  }
  return router::AgentStatus::offline;
}

router::AgentLine to_router(store::Line line) {
  switch (line) {
    case store::Line::live:
      return router::AgentLine::live;
    case store::Line::suspect:
      return router::AgentLine::suspect;
    case store::Line::lost:
      return router::AgentLine::lost;
  }
  return router::AgentLine::lost;
}

}  // namespace switchboard::desk
