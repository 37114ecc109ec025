// 2.12: how long she will wait. Slots that can serve her fall free like a Poisson stream of rate b / h, so
// behind m others her wait is Gamma(m + 1, b / h); the quantiles by Wilson and Hilferty (1931), in integers.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

namespace {

// Largest r with r * r <= n.
std::uint64_t integer_sqrt(std::uint64_t n) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit > 0; bit >>= 1) {
    const std::uint64_t next = root | bit;
    if (next * next <= n) root = next;
  }
  return root;
}

constexpr std::int64_t kMillion = 1'000'000;

// (1 - 1/(9n) + 1.2816/(3 sqrt n))^3 in millionths, n <= 10^6.
std::int64_t p90_factor(std::int64_t n) {
  const auto root =
      static_cast<std::int64_t>(integer_sqrt(static_cast<std::uint64_t>(n) * kMillion * kMillion));
  const std::int64_t x = kMillion - kMillion / (9 * n) + 427'200 * kMillion / root;
  return x * x / kMillion * x / kMillion;
}

// h (m + 2/3) / b and h (m + 1) / b * factor, b in units of a quarter place.
Eta quantiles(Millis handling, std::int64_t ahead, std::int64_t busy_units) {
  const std::int64_t m = std::min<std::int64_t>(ahead, kMillion - 1);
  const Millis p50 = handling * (3 * m + 2) * kUnitsPerChat / (3 * busy_units);
  const Millis mean = handling * (m + 1) * kUnitsPerChat / busy_units;
  constexpr Millis kLongest = 1'000'000'000'000;  // thirty years: keeps the product in bounds
  return {p50, std::min(mean, kLongest) * p90_factor(m + 1) / kMillion};
}

}  // namespace

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

// Nobody on duty who could: no answer. A place that is free for her class means no wait. Of the slots of
// agents open to her only those count that fall free for her like: the ones at work for her skill; for a
// strict wish, those of agents of that persona whose own skill it is. Counting every slot of every agent who
// could also promised half of the true waits.
std::optional<Eta> Router::Engine::eta_behind(const VisitorClass& c, std::size_t ahead) const {
  const bool strict = c.wish.kind == WishKind::strict;
  const Pool& pool = strict ? roster_.pool(c.skill, c.wish.persona) : roster_.pool(c.skill);
  if (pool.on_duty == 0) return std::nullopt;
  if (ahead == 0 && pool.open > 0) return Eta{};
  std::int64_t busy = strict ? pool.busy_own_units : serving_units_[c.skill.value];
  if (busy == 0) busy = std::max<std::int64_t>(pool.busy_units, 1);
  return quantiles(handling_ms_[c.skill.value], static_cast<std::int64_t>(ahead), busy);
}

std::optional<Eta> Router::Engine::eta(std::uint32_t visitor) const {
  const Visitor& v = queue_.visitor(visitor);
  if (v.state != ConversationState::waiting) return std::nullopt;
  const VisitorClass& c = queue_.class_of(v);
  const std::size_t ahead = c.wish.kind == WishKind::strict ? wanting_ahead(c, v.entered_at, v.id.value)
                                                            : ahead_in_skill(c, v.entered_at, v.id.value);
  return eta_behind(c, ahead);
}

std::optional<Eta> Router::Engine::eta(const Visit& visit) const {
  if (!queue_.valid_skill(visit.skill)) return std::nullopt;
  const Wish wish = queue_.valid_wish(visit.wish) ? visit.wish : Wish{};
  const auto tier =
      static_cast<std::uint8_t>(std::min<std::size_t>(visit.tier.value, policy_.tiers.size() - 1));
  const VisitorClass& c = queue_.of_class(queue_.class_index(visit.skill, wish, Tier(tier)));
  const std::size_t ahead = wish.kind == WishKind::strict ? wanting_ahead(c, now_, UINT64_MAX)
                                                          : ahead_in_skill(c, now_, UINT64_MAX);
  return eta_behind(c, ahead);
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
