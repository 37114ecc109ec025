#include "server/desk/why.hpp"

#include <algorithm>

namespace switchboard::desk {

namespace {

constexpr std::int64_t share_scale = 27'720;  // of router::AgentKey::load_share

std::uint32_t bounded(std::int64_t value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, UINT32_MAX));
}

proto::AgentRank rank(const router::AgentKey& key, const shop::Shop& shop, const Names& names) {
  const auto& id = names.agent(key.agent);
  const auto* agent = shop.agent(id);
  return {.agent = id,
          .name = agent ? agent->name : id,
          .level = key.level,
          .load_pm = bounded(key.load_share * 1'000 / share_scale),
          .demand_pm = bounded(key.demand_pm),
          .last_offer_ms = key.last_offer == router::kNeverOffered ? 0 : key.last_offer,
          .shift_ends_soon = !key.not_tapering};
}

proto::VisitorRank rank(const router::VisitorKey& key, router::Millis now) {
  return {key.score, bounded(now - key.entered_at)};
}

// In the order of what she cares for most.
proto::AssignReason reason_of(const router::Offer& offer, const store::ConversationView& view,
                              const shop::Shop& shop, const Names& names) {
  using proto::AssignReason;
  const auto& id = names.agent(offer.agent);
  if (offer.rule == router::Rule::last_agent || (!view.last_agent.empty() && view.last_agent == id))
    return AssignReason::last_agent;
  const auto* agent = shop.agent(id);
  if (view.wish.mode != store::WishMode::any)
    return agent && agent->persona == view.wish.persona ? AssignReason::wished_persona
                                                        : AssignReason::other_persona;
  return offer.rule == router::Rule::best_visitor ? AssignReason::your_turn : AssignReason::first_free;
}

}  // namespace

proto::Why why_offered(const router::Offer& offer, const store::ConversationView& view,
                       const shop::Shop& shop, const Names& names) {
  proto::Why why{.conversation = view.id,
                 .reason = reason_of(offer, view, shop, names),
                 .waited_ms = bounded(offer.waited_ms),
                 .decided_ms = offer.record.now,
                 .agents = {},
                 .visitors = {},
                 .event = router::event_name(static_cast<router::EventKind>(offer.record.cause))};
  if (const auto* c = std::get_if<router::AgentChoice>(&offer.record.why)) {
    why.agents = {c->on_duty,
                  c->not_open,
                  c->level_closed,
                  c->other_persona,
                  c->excluded,
                  c->candidates,
                  rank(c->winner, shop, names),
                  {}};
    if (c->runner_up) why.agents.runner_up = rank(*c->runner_up, shop, names);
  } else if (const auto* v = std::get_if<router::VisitorChoice>(&offer.record.why)) {
    why.visitors = {v->heads,
                    v->level_closed,
                    v->strict_other,
                    v->held,
                    v->excluded,
                    v->candidates,
                    rank(v->winner, offer.record.now),
                    {}};
    if (v->runner_up) why.visitors.runner_up = rank(*v->runner_up, offer.record.now);
  }
  return why;
}

}  // namespace switchboard::desk
