// 2.5: when it is worth keeping somebody waiting for the agent she wants.
#include "router/engine.hpp"

namespace switchboard::router {

// hold iff h * (m + 1) * 1000 <= hold * worth * b, with b in units of a quarter place. In bounds: h <= 1 day,
// m < 2^24; hold <= 1 h, worth <= 100,000, b <= 2^28 units.
bool Router::Engine::worth(Millis handling, std::uint64_t ahead, Millis hold, std::int32_t worth_pm,
                           std::int64_t busy_units) const {
  return handling * static_cast<std::int64_t>(ahead + 1) * 1000 * kUnitsPerChat <=
         hold * worth_pm * busy_units;
}

// For a preferred persona: b of the agents of that persona with the skill, m of those ahead who want the
// same.
bool Router::Engine::holds_for_persona(const VisitorClass& c, Millis entered_at, std::uint64_t id) const {
  if (now_ - entered_at >= policy_.persona_hold_ms) return false;
  const std::int64_t busy = roster_.pool(c.skill, c.wish.persona).busy_units;
  const Millis handling = handling_ms_[c.skill.value];
  if (!worth(handling, 0, policy_.persona_hold_ms, policy_.persona_worth_pm, busy)) return false;
  return worth(handling, wanting_ahead(c, entered_at, id), policy_.persona_hold_ms, policy_.persona_worth_pm,
               busy);
}

// For a last agent who is on duty and full, within sticky_hold: b of his chats, m of those ahead who know him
// too.
bool Router::Engine::holds_for_agent(const Visitor& v, std::uint32_t agent) const {
  const Agent& a = roster_.agent(agent);
  if (!a.full()) return false;
  const SkillId skill = queue_.class_of(v).skill;
  return worth(handling_ms_[skill.value], a.returning.rank(v.entered_at, v.id.value), policy_.sticky_hold_ms,
               policy_.sticky_worth_pm, a.used_units);
}

// Waiting for the same skill and persona who entered before her, whatever their tier: an order that does not
// change while time passes, so that a hold never ceases to be worth it without an event.
std::size_t Router::Engine::wanting_ahead(const VisitorClass& c, Millis entered_at, std::uint64_t id) const {
  std::size_t ahead = 0;
  for (const WishKind kind : {WishKind::prefer, WishKind::strict}) {
    const std::size_t first = queue_.class_index(c.skill, {kind, c.wish.persona}, Tier(0));
    for (std::size_t tier = 0; tier < policy_.tiers.size(); ++tier) {
      ahead += queue_.of_class(first + tier).line.rank(entered_at, id);
    }
  }
  return ahead;
}

// For any of the agents she knows.
bool Router::Engine::holds_for_known_agent(const Visitor& v) const {
  if (now_ - v.entered_at >= policy_.sticky_hold_ms) return false;
  for (std::uint8_t i = 0; i < v.known_count; ++i) {
    const std::uint32_t agent = v.known[i];
    if (counts_as_last(v, agent) && !v.excludes(agent, now_) && holds_for_agent(v, agent)) return true;
  }
  return false;
}

// A hold ends not only by time: when b, h or m change it may cease to be worth it, and then she goes at once.
void Router::Engine::recheck_holds() {
  if (!roster_.any_touched()) return;
  Bitset::for_each_common(queue_.held(), queue_.held(), [this](std::size_t index) {
    const VisitorClass& c = queue_.of_class(index);
    if (c.line.empty()) return;
    const Visitor& head = queue_.visitor(c.head.visitor);
    if (head.held == Held::for_persona) {
      if (!roster_.touched().test(roster_.pool_index(c.skill, c.wish.persona))) return;
      if (holds_for_persona(c, head.entered_at, head.id.value)) return;
    }
    look_at_class(index);
  });
  roster_.clear_touched();
}

}  // namespace switchboard::router
