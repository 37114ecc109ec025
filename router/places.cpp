// 2.8 places, 2.9 exclusions, 2.10 agents who go. A visitor who has a place is in no line; who waits has
// none.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

// --- 2.8

// The caller sets the visitor's state and refreshes the agent.
void Router::Engine::take_place(std::uint32_t visitor, std::uint32_t agent, int units) {
  Visitor& v = queue_.visitor(visitor);
  Agent& a = roster_.agent(agent);
  v.agent = agent;
  v.units = static_cast<std::uint8_t>(units);
  a.used_units += units;
  serving_units_[queue_.class_of(v).skill.value] += units;
  a.chats.push_back(visitor);
}

// The caller puts the visitor elsewhere and updates the agent.
void Router::Engine::free_place(std::uint32_t visitor) {
  Visitor& v = queue_.visitor(visitor);
  Agent& a = roster_.agent(v.agent);
  a.used_units -= v.units;
  serving_units_[queue_.class_of(v).skill.value] -= v.units;
  a.chats.erase(std::find(a.chats.begin(), a.chats.end(), visitor));
  switch (v.state) {
    case ConversationState::waiting:
      break;
    case ConversationState::offered:
      --offered_;
      break;
    case ConversationState::active:
      --active_;
      break;
    case ConversationState::parked:
      --parked_;
      break;
  }
  v.units = 0;
  v.agent = kNone32;
}

void Router::Engine::set_units(std::uint32_t visitor, int units) {
  Visitor& v = queue_.visitor(visitor);
  roster_.agent(v.agent).used_units += units - v.units;
  serving_units_[queue_.class_of(v).skill.value] += units - v.units;
  v.units = static_cast<std::uint8_t>(units);
  update_agent(v.agent);
}

// A parked chat takes what the policy says now, however much it was when it was parked.
void Router::Engine::set_units_of_parked() {
  for (std::uint32_t agent = 0; agent < roster_.size(); ++agent) {
    const std::vector<std::uint32_t> chats = roster_.agent(agent).chats;
    for (const std::uint32_t visitor : chats)
      if (queue_.visitor(visitor).state == ConversationState::parked) set_units(visitor, policy_.park_units);
  }
}

// h[s]: moving average of 1/64 over the chats that have ended (2.5).
void Router::Engine::note_chat_over(const Visitor& v) {
  if (v.state != ConversationState::active && v.state != ConversationState::parked) return;
  const SkillId skill = queue_.class_of(v).skill;
  Millis& mean = handling_ms_[skill.value];
  const Millis took = std::clamp<Millis>(now_ - v.started_at, 0, 86'400'000);
  const Millis next = std::max<Millis>(mean + (took - mean) / 64, 1);
  if (next != mean) roster_.touch(skill);
  mean = next;
}

// --- 2.9

void Router::Engine::return_to_queue(std::uint32_t visitor) {
  free_place(visitor);
  enter_queue(visitor);
  look_at_visitor(visitor);
  const Visitor& v = queue_.visitor(visitor);
  if (!v.exclusions.empty()) look_at_class(v.class_index);  // those behind her may pass where she may not go
}

void Router::Engine::exclude(std::uint32_t visitor, std::uint32_t agent) {
  Visitor& v = queue_.visitor(visitor);
  if (policy_.exclusion_ms == 0) return;
  if (v.exclusions.empty()) excluding_.push_back(visitor);
  if (v.exclusions.size() == kExclusionsMax) v.exclusions.erase(v.exclusions.begin());
  v.exclusions.push_back({agent, now_ + policy_.exclusion_ms});
  deadlines_.add({now_ + policy_.exclusion_ms, DeadlineKind::exclusion_end, visitor});
}

// Those whose time is over; and all of them when nobody else is left who could serve her: she must not be
// stuck.
void Router::Engine::drop_spent_exclusions(std::uint32_t visitor) {
  Visitor& v = queue_.visitor(visitor);
  std::erase_if(v.exclusions, [this](const Exclusion& e) { return e.until <= now_; });
  const VisitorClass& c = queue_.class_of(v);
  const bool strict = c.wish.kind == WishKind::strict;
  const std::uint32_t able =
      strict ? roster_.pool(c.skill, c.wish.persona).on_duty : roster_.pool(c.skill).on_duty;
  std::uint32_t excluded = 0;
  for (std::size_t i = 0; i < v.exclusions.size(); ++i) {
    const std::uint32_t agent = v.exclusions[i].agent;
    const auto same = [agent](const Exclusion& e) { return e.agent == agent; };
    if (std::any_of(v.exclusions.begin(), v.exclusions.begin() + static_cast<std::ptrdiff_t>(i), same))
      continue;
    const Agent& a = roster_.agent(agent);
    if (!a.configured || !a.on_duty || !a.has(c.skill)) continue;
    if (!strict || a.persona == c.wish.persona) ++excluded;
  }
  if (excluded >= able) v.exclusions.clear();
  if (!v.exclusions.empty()) return;
  std::erase(excluding_, visitor);
  if (c.head.visitor == visitor) queue_.refresh_head(v.class_index);
}

// --- 2.10

// After any change to an agent: counters and open set, then whoever this concerns.
void Router::Engine::update_agent(std::uint32_t agent, WithdrawReason if_gone) {
  const bool came_or_went = roster_.refresh(agent, now_);
  const Agent& a = roster_.agent(agent);
  if (a.on_duty) {
    if (a.open()) look_at_agent(agent);
    return;
  }
  withdraw_offers(agent, if_gone);
  if (came_or_went) release_held_for(agent);
}

// Who comes back to the queue first chooses first among the open agents.
std::vector<std::uint32_t> Router::Engine::highest_score_first(std::vector<std::uint32_t> chats) const {
  const auto key = [this](std::uint32_t visitor) {
    const Visitor& v = queue_.visitor(visitor);
    return VisitorKey{Queue::score(queue_.class_of(v), v.entered_at, now_, 0), v.entered_at, v.id};
  };
  std::sort(chats.begin(), chats.end(),
            [&](std::uint32_t x, std::uint32_t y) { return Pick::before(key(x), key(y)); });
  return chats;
}

// What he has not answered when he goes. Not while his line is only suspect: he may be back in time.
void Router::Engine::withdraw_offers(std::uint32_t agent, WithdrawReason reason) {
  const Agent& a = roster_.agent(agent);
  if (a.status == AgentStatus::available && a.line == AgentLine::suspect && now_ < a.shift_end) return;
  for (std::uint32_t visitor : highest_score_first(a.chats)) {
    const Visitor& v = queue_.visitor(visitor);
    if (v.state != ConversationState::offered) continue;
    decisions_.push_back(Withdraw{v.id, AgentId(agent), reason, record()});
    return_to_queue(visitor);
  }
  roster_.refresh(agent, now_);
}

// Visitors held for him go to others; and who was excluded from others but not from him may have nobody left.
void Router::Engine::release_held_for(std::uint32_t agent) {
  for (auto at = roster_.agent(agent).returning.begin(); !at.done(); at.next()) {
    const Visitor& v = queue_.visitor(at->visitor);
    if (v.held == Held::for_last_agent) look_at_class(v.class_index);
  }
  for (std::uint32_t visitor : excluding_) look_at_visitor(visitor);
}

// His chats re-enter with their own time; he stays among the agents they know, should he come back.
void Router::Engine::agent_lost(std::uint32_t agent) {
  for (std::uint32_t visitor : highest_score_first(roster_.agent(agent).chats)) {
    const ConversationId id = queue_.visitor(visitor).id;
    if (queue_.visitor(visitor).state == ConversationState::offered) {
      decisions_.push_back(Withdraw{id, AgentId(agent), WithdrawReason::line_lost, record()});
    } else {
      decisions_.push_back(Requeue{id, AgentId(agent), record()});
    }
    return_to_queue(visitor);
  }
  update_agent(agent);
}

// No offer before now + length.
void Router::Engine::pause(std::uint32_t agent, Millis length) {
  Agent& a = roster_.agent(agent);
  if (length > 0) {
    a.pause_until = now_ + length;
    deadlines_.add({a.pause_until, DeadlineKind::pause_end, agent});
  }
  update_agent(agent);
}

}  // namespace switchboard::router
