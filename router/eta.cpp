// 2.12: who is ahead of her (m), which places count (b), and what she is told. The formula is in
// forecast.cpp.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

// Of all classes of the skill, in score order.
std::size_t Router::Engine::ahead_in_skill(const VisitorClass& c, Millis entered_at, std::uint64_t id) const {
  const std::int64_t score = Queue::score(c, entered_at, now_, 0);
  const std::size_t first = queue_.first_class(c.skill);
  std::size_t ahead = 0;
  for (std::size_t i = 0; i < queue_.classes_per_skill(); ++i) {
    ahead += Queue::ahead(queue_.of_class(first + i), score, entered_at, id, now_);
  }
  return ahead;
}

std::optional<std::size_t> Router::Engine::position(std::uint32_t visitor) const {
  const Visitor& v = queue_.visitor(visitor);
  if (v.state != ConversationState::waiting) return std::nullopt;
  return ahead_in_skill(queue_.class_of(v), v.entered_at, v.id.value) + 1;
}

// Those who could serve the class.
const Pool& Router::Engine::pool_for(const VisitorClass& c) const {
  return c.wish.kind == WishKind::strict ? roster_.pool(c.skill, c.wish.persona) : roster_.pool(c.skill);
}

// Nobody on duty who could: no answer. Of the slots of agents open to her only those count that fall free for
// her like: the ones at work for her skill; for a strict wish, the part of them that agents of that persona
// hold.
std::optional<Eta> Router::Engine::eta_behind(const VisitorClass& c, std::size_t ahead) const {
  const bool strict = c.wish.kind == WishKind::strict;
  const Pool& everybody = roster_.pool(c.skill);
  const Pool& pool = pool_for(c);
  if (pool.on_duty == 0) return std::nullopt;
  std::int64_t busy = serving_units_[c.skill.value];
  if (strict && everybody.busy_own_units > 0) busy = busy * pool.busy_own_units / everybody.busy_own_units;
  if (busy == 0) busy = std::max<std::int64_t>(pool.busy_units, 1);
  return forecast_.expect(
      {c.skill, c.wish.kind, static_cast<std::int64_t>(ahead), busy, handling_ms_[c.skill.value]});
}

std::optional<Eta> Router::Engine::eta(std::uint32_t visitor) const {
  const Visitor& v = queue_.visitor(visitor);
  if (v.state != ConversationState::waiting) return std::nullopt;
  const VisitorClass& c = queue_.class_of(v);
  const bool strict = c.wish.kind == WishKind::strict;
  const std::size_t ahead =
      strict ? wanting_ahead(c, v.entered_at, v.id.value) : ahead_in_skill(c, v.entered_at, v.id.value);
  const std::optional<Eta> eta = eta_behind(c, ahead);
  if (!eta || ahead > 0 || pool_for(c).open == 0) return eta;
  // A place is free that is not open to her yet (2.3.2, 2.5): she goes, at the latest, when it will be.
  const Millis at = next_deadline_of(c, v);
  if (at == kNever) return eta;
  return Eta{std::min(eta->p50_ms, at - now_), std::min(eta->p90_ms, at - now_)};
}

std::optional<Eta> Router::Engine::eta(const Visit& visit) const {
  if (!queue_.valid_skill(visit.skill)) return std::nullopt;
  const Wish wish = queue_.valid_wish(visit.wish) ? visit.wish : Wish{};
  const auto tier =
      static_cast<std::uint8_t>(std::min<std::size_t>(visit.tier.value, policy_.tiers.size() - 1));
  const VisitorClass& c = queue_.of_class(queue_.class_index(visit.skill, wish, Tier(tier)));
  const bool strict = wish.kind == WishKind::strict;
  const std::size_t ahead = strict ? wanting_ahead(c, now_, UINT64_MAX) : ahead_in_skill(c, now_, UINT64_MAX);
  if (ahead == 0 && pool_for(c).open > 0) return Eta{};
  return eta_behind(c, ahead);
}

// What she was told on arrival is kept, to be held against how long she waited. Where very many wait a sample
// teaches as much.
void Router::Engine::note_told(ConversationId id) {
  constexpr std::uint32_t kAllUpTo = 256;
  if (!started_ || queue_.waiting() == 0 || (queue_.waiting() > kAllUpTo && events_ % 8 != 0)) return;
  const std::uint32_t visitor = queue_.find(id);
  if (visitor == ConversationMap::kNone) return;
  const std::optional<Eta> told = eta(visitor);
  if (!told) return;
  Visitor& v = queue_.visitor(visitor);
  v.told_p50_ms = static_cast<std::int32_t>(std::min<Millis>(told->p50_ms, INT32_MAX));
  v.told_p90_ms = static_cast<std::int32_t>(std::min<Millis>(told->p90_ms, INT32_MAX));
}

// The wait that she was told about is over. A second one, after a lost agent, began at another time and
// teaches nothing.
void Router::Engine::note_wait_over(Visitor& v, bool left) {
  if (v.told_p50_ms < 0) return;
  const VisitorClass& c = queue_.class_of(v);
  const Millis waited = now_ - v.entered_at;
  forecast_.wait_over(c.skill, waited, left);
  if (!left) forecast_.served_after(c.skill, c.wish.kind, {v.told_p50_ms, v.told_p90_ms}, waited);
  v.told_p50_ms = v.told_p90_ms = -1;
}

Availability Router::Engine::availability(SkillId skill, std::optional<PersonaId> persona) const {
  if (!queue_.valid_skill(skill) || (persona && persona->value >= policy_.persona_count)) return {};
  const Pool& pool = persona ? roster_.pool(skill, *persona) : roster_.pool(skill);
  const std::uint32_t waiting = persona ? queue_.wanting(skill, *persona) : queue_.waiting(skill);
  Visit visit;
  visit.skill = skill;
  if (persona) visit.wish = {WishKind::strict, *persona};
  return {pool.on_duty, pool.places, waiting, eta(visit)};
}

}  // namespace switchboard::router
