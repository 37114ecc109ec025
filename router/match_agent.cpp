// 2.4: a visitor for an agent, when a place became free or he came on.
#include "router/engine.hpp"

namespace switchboard::router {

// Fills his places with the highest scores. An agent just come on is paused after each offer (ramp) until he
// has been full once or nobody waits for him.
void Router::Engine::serve(std::uint32_t agent) {
  while (roster_.agent(agent).open()) {
    Pick pick;
    if (!pick_visitor(agent, pick)) {
      roster_.agent(agent).ramping = false;
      return;
    }
    offer(pick.visitor, agent, Rule::best_visitor, pick.choice);
  }
}

// Among the first of every non-empty class compatible with him, and the first of those whose last agent he
// is.
bool Router::Engine::pick_visitor(std::uint32_t agent, Pick& pick) {
  const Group& group = roster_.groups()[roster_.agent(agent).group];
  pick.choice.strict_other =
      static_cast<std::uint32_t>(Bitset::count_common(queue_.non_empty(), group.strict_other));
  pick.choice.heads = pick.choice.strict_other;
  if (!roster_.agent(agent).returning.empty()) consider_returning(agent, pick);
  Bitset::for_each_common(queue_.non_empty(), group.classes,
                          [&](std::size_t index) { consider_class(index, agent, pick); });
  return pick.visitor != kNone32;
}

// His own come to him whatever his level (2.3.1).
void Router::Engine::consider_returning(std::uint32_t agent, Pick& pick) {
  for (auto at = roster_.agent(agent).returning.begin(); !at.done(); at.next()) {
    const Visitor& v = queue_.visitor(at->visitor);
    if (!counts_as_last(v, agent) || v.excludes(agent, now_)) continue;
    const VisitorClass& c = queue_.class_of(v);
    const bool match = c.wish.kind != WishKind::any && roster_.agent(agent).persona == c.wish.persona;
    const Millis bonus = policy_.sticky_bonus_ms + (match ? policy_.persona_bonus_ms : 0);
    pick.returning = at->visitor;
    pick.see({Queue::score(c, v.entered_at, now_, bonus), v.entered_at, v.id}, at->visitor);
    return;
  }
}

// The first of the class whom he may have: not one to whom his level is not yet open (2.3.2), not one held
// for another (2.5), not one he refused (2.9).
void Router::Engine::consider_class(std::size_t index, std::uint32_t agent, Pick& pick) {
  VisitorClass& c = queue_.of_class(index);
  const Agent& a = roster_.agent(agent);
  const bool match = c.wish.kind != WishKind::any && a.persona == c.wish.persona;
  const std::uint8_t level = roster_.groups()[a.group].levels[c.skill.value];
  ++pick.choice.heads;
  for (auto at = c.line.begin(); !at.done(); at.next()) {
    if (at->visitor == pick.returning) return;  // seen already, with her bonus
    const Millis waited = now_ - at->entered_at;
    if (!match && !a.counted_idle && !level_open(level, waited)) {
      ++pick.choice.level_closed;
      return;
    }
    Millis bonus = match ? policy_.persona_bonus_ms : 0;
    if (!c.plain_head) {
      Visitor& v = queue_.visitor(at->visitor);
      if (v.excludes(agent, now_)) {
        ++pick.choice.excluded;
        if (way_past(v) == Way::to_wanted_persona && !match) return;
        continue;
      }
      const bool his = v.knows(agent) && counts_as_last(v, agent);
      if (his) bonus += policy_.sticky_bonus_ms;
      if (!his && holds_for_known_agent(v)) {
        v.held = Held::for_last_agent;
        queue_.mark_held(index, true);
        ++pick.choice.held;
        if (c.wish.kind == WishKind::prefer && !match) return;
        continue;
      }
    }
    if (c.wish.kind == WishKind::prefer && !match && holds_for_persona(c, at->entered_at, at->id)) {
      queue_.visitor(at->visitor).held = Held::for_persona;
      queue_.mark_held(index, true);
      ++pick.choice.held;
      return;
    }
    pick.see({Queue::score(c, at->entered_at, now_, bonus), at->entered_at, ConversationId(at->id)},
             at->visitor);
    return;
  }
}

}  // namespace switchboard::router
