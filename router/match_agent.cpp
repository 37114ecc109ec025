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
  pick.levels = group.levels.data();
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

// The first of the class whom he may have.
void Router::Engine::consider_class(std::size_t index, std::uint32_t agent, Pick& pick) {
  const VisitorClass& c = queue_.of_class(index);
  ++pick.choice.heads;
  if (consider(c.head, index, agent, pick) == Next::class_is_done) return;
  auto at = c.line.begin();
  for (at.next(); !at.done(); at.next()) {
    if (consider(*at, index, agent, pick) == Next::class_is_done) return;
  }
}

// One of a class, if nobody before her is for him: not one to whom his level is not yet open (2.3.2), not one
// held for another (2.5), not one he refused (2.9).
Router::Engine::Next Router::Engine::consider(const WaitingLine::Entry& at, std::size_t index,
                                              std::uint32_t agent, Pick& pick) {
  if (at.visitor == pick.returning) return Next::class_is_done;  // seen already, with her bonus
  const VisitorClass& c = queue_.of_class(index);
  const Agent& a = roster_.agent(agent);
  const bool match = c.wish.kind != WishKind::any && a.persona == c.wish.persona;
  const bool may_be_held = c.wish.kind == WishKind::prefer && !match;
  if (!match && !a.counted_idle && !level_open(pick.levels[c.skill.value], now_ - at.entered_at)) {
    ++pick.choice.level_closed;
    return Next::class_is_done;
  }
  const auto hold = [&](Held why) {
    queue_.visitor(at.visitor).held = why;
    queue_.mark_held(index, true);
    ++pick.choice.held;
    return may_be_held ? Next::class_is_done : Next::who_is_behind_her;
  };
  Millis bonus = match ? policy_.persona_bonus_ms : 0;
  if (!c.plain_head) {
    const Visitor& v = queue_.visitor(at.visitor);
    if (v.excludes(agent, now_)) {
      ++pick.choice.excluded;
      return way_past(v) == Way::to_wanted_persona && !match ? Next::class_is_done : Next::who_is_behind_her;
    }
    const bool his = v.knows(agent) && counts_as_last(v, agent);
    if (his) bonus += policy_.sticky_bonus_ms;
    if (!his && holds_for_known_agent(v)) return hold(Held::for_last_agent);
  }
  if (may_be_held && holds_for_persona(c, at.entered_at, at.id)) return hold(Held::for_persona);
  pick.see({Queue::score(c, at.entered_at, now_, bonus), at.entered_at, ConversationId(at.id)}, at.visitor);
  return Next::class_is_done;
}

}  // namespace switchboard::router
