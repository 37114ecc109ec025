// The state of a router told as events.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

namespace {

Visit visit_of(const Visitor& v, const VisitorClass& c) {
  Visit visit{c.skill, c.wish, c.tier, std::nullopt, {}, v.entered_at};
  if (visit.wish.kind == WishKind::any) visit.wish.persona = PersonaId();
  if (v.known_count > 0) visit.last_agent = AgentId(v.known[0]);
  for (std::uint8_t i = 1; i < v.known_count; ++i) visit.former_agents.push_back(AgentId(v.known[i]));
  return visit;
}

AssignmentState state_of(const Visitor& v) {
  if (v.state == ConversationState::offered) return AssignmentState::offered;
  return v.state == ConversationState::parked ? AssignmentState::parked : AssignmentState::active;
}

void describe_agent(const Agent& a, AgentId id, std::vector<Event>& facts) {
  AgentConfigured configured{id,           a.skills,    a.persona, a.capacity_units / kUnitsPerChat,
                             std::nullopt, std::nullopt};
  if (a.shift_end != kNever) configured.shift_end = a.shift_end;
  if (a.last_offer != kNeverOffered) configured.last_offer = a.last_offer;
  facts.emplace_back(std::move(configured));
  if (a.status != AgentStatus::offline) facts.emplace_back(AgentStatusChanged{id, a.status});
  if (a.line != AgentLine::live) facts.emplace_back(AgentLineChanged{id, a.line});
}

}  // namespace

std::vector<Event> Router::Engine::facts() const {
  std::vector<Event> facts;
  for (std::uint32_t i = 0; i < roster_.size(); ++i) {
    if (roster_.agent(i).configured) describe_agent(roster_.agent(i), AgentId(i), facts);
  }
  for (std::size_t i = 0; i < handling_ms_.size(); ++i) {
    facts.emplace_back(HandlingTimeRestored{SkillId(static_cast<std::uint8_t>(i)), handling_ms_[i]});
  }
  facts.emplace_back(ForecastRestored{forecast_.learnt()});
  std::vector<const Visitor*> visitors;
  for (std::uint32_t i = 0; i < queue_.slots(); ++i) {
    if (queue_.visitor(i).in_use) visitors.push_back(&queue_.visitor(i));
  }
  std::sort(visitors.begin(), visitors.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  for (const Visitor* v : visitors) {
    const Visit visit = visit_of(*v, queue_.class_of(*v));
    if (v->state == ConversationState::waiting) {
      facts.emplace_back(VisitorArrived{v->id, visit});
    } else {
      facts.emplace_back(AssignmentRestored{v->id, AgentId(v->agent), state_of(*v), visit, v->started_at});
    }
    for (const Exclusion& e : v->exclusions) {
      if (e.until > now_) facts.emplace_back(ExclusionRestored{v->id, AgentId(e.agent), e.until});
    }
  }
  return facts;
}

}  // namespace switchboard::router
