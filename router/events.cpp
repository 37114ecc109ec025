// What each event does to the state. False: refused, nothing has changed.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

namespace {

bool valid_agent(AgentId id) {
  return id.value < kAgentsMax;
}

}  // namespace

const char* event_name(EventKind kind) {
  static constexpr const char* kNames[] = {"tick",
                                           "started",
                                           "policy_changed",
                                           "agent_configured",
                                           "agent_status_changed",
                                           "agent_line_changed",
                                           "visitor_arrived",
                                           "wish_changed",
                                           "visitor_left",
                                           "offer_accepted",
                                           "offer_refused",
                                           "offer_missed",
                                           "offer_void",
                                           "chat_ended",
                                           "chat_parked",
                                           "chat_woken",
                                           "chat_requeued",
                                           "assignment_restored",
                                           "handling_time_restored",
                                           "exclusion_restored",
                                           "forecast_restored"};
  static_assert(std::size(kNames) == std::variant_size_v<Event>);
  return kind < std::size(kNames) ? kNames[kind] : "unknown";
}

// --- the shop

bool Router::Engine::on(const Started&) {
  if (started_) return false;
  for (std::uint32_t i = 0; i < roster_.size(); ++i) {
    if (roster_.agent(i).configured) update_agent(i, WithdrawReason::shift_ended);
  }
  started_ = true;
  agents_to_serve_.clear();
  route_everybody();
  return true;
}

bool Router::Engine::on(const PolicyChanged& e) {
  policy_ = bounded(e.policy);
  reshape();
  set_units_of_parked();
  if (started_) route_everybody();
  return true;
}

bool Router::Engine::on(const HandlingTimeRestored& e) {
  if (!queue_.valid_skill(e.skill) || e.mean_ms <= 0) return false;
  handling_ms_[e.skill.value] = std::min<Millis>(e.mean_ms, 86'400'000);
  roster_.touch(e.skill);
  return true;
}

bool Router::Engine::on(const ForecastRestored& e) {
  return forecast_.restore(e.learnt);
}

bool Router::Engine::on(const ExclusionRestored& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone || !valid_agent(e.agent) || e.until <= now_) return false;
  roster_.make_room(e.agent.value);
  Visitor& v = queue_.visitor(visitor);
  if (v.exclusions.size() == kExclusionsMax) return false;
  if (v.exclusions.empty()) excluding_.push_back(visitor);
  v.exclusions.push_back({e.agent.value, e.until});
  deadlines_.add({e.until, DeadlineKind::exclusion_end, visitor});
  if (v.state == ConversationState::waiting) queue_.refresh_head(v.class_index);
  return true;
}

// --- agents

bool Router::Engine::on(const AgentConfigured& e) {
  if (!valid_agent(e.agent) || e.capacity < 0 || e.capacity > kCapacityMax) return false;
  if (e.persona && e.persona->value >= policy_.persona_count) return false;
  for (const SkillLevel& s : e.skills) {
    if (!queue_.valid_skill(s.skill) || s.level >= kLevelsMax) return false;
    const auto same = [&](const SkillLevel& other) { return other.skill == s.skill; };
    if (std::count_if(e.skills.begin(), e.skills.end(), same) != 1) return false;
  }
  const std::uint32_t agent = e.agent.value;
  const bool was_on_duty = roster_.known(e.agent) && roster_.agent(agent).on_duty;
  const std::uint32_t new_group = roster_.configure(e, now_);
  if (new_group != kNone32) queue_.index_group(roster_, new_group);
  if (e.shift_end) deadlines_.add({*e.shift_end, DeadlineKind::shift_end, agent});
  add_taper_deadline(agent);
  Agent& a = roster_.agent(agent);
  if (was_on_duty)
    release_held_for(agent);  // with his skills or persona those held for him may have lost him
  if (!was_on_duty && a.on_duty) a.ramping = started_ && policy_.ramp_ms > 0;
  update_agent(agent, WithdrawReason::shift_ended);
  return true;
}

bool Router::Engine::on(const AgentStatusChanged& e) {
  if (!roster_.known(e.agent)) return false;
  Agent& a = roster_.agent(e.agent.value);
  if (a.status == e.status) return true;
  a.status = e.status;
  if (e.status == AgentStatus::available) {
    a.ramping = started_ && policy_.ramp_ms > 0;
    a.misses = 0;
  }
  update_agent(e.agent.value);
  return true;
}

bool Router::Engine::on(const AgentLineChanged& e) {
  if (!roster_.known(e.agent)) return false;
  Agent& a = roster_.agent(e.agent.value);
  if (a.line == e.line) return true;
  if (a.line == AgentLine::lost) a.ramping = started_ && policy_.ramp_ms > 0;
  a.line = e.line;
  update_agent(e.agent.value, WithdrawReason::line_lost);
  if (e.line == AgentLine::lost) agent_lost(e.agent.value);
  return true;
}

// --- visitors

bool Router::Engine::valid(const Visit& visit) const {
  const auto beyond = [](AgentId id) { return !valid_agent(id); };
  return !(visit.last_agent && beyond(*visit.last_agent)) &&
         std::none_of(visit.former_agents.begin(), visit.former_agents.end(), beyond);
}

// Agents are held by reference while visitors return to the queue: whom they know must have his slot before.
void Router::Engine::make_room(const Visit& visit) {
  if (visit.last_agent) roster_.make_room(visit.last_agent->value);
  for (AgentId agent : visit.former_agents) roster_.make_room(agent.value);
}

bool Router::Engine::on(const VisitorArrived& e) {
  if (!valid(e.visit) || queue_.find(e.conversation) != ConversationMap::kNone) return false;
  if (!queue_.valid_skill(e.visit.skill)) {
    decisions_.push_back(Reject{e.conversation, RejectReason::unknown_skill, record()});
    return false;
  }
  make_room(e.visit);
  const std::uint32_t visitor = queue_.add(e.conversation, e.visit, now_);
  enter_queue(visitor);
  if (!started_) return true;
  if (!route(visitor, way_to(visitor))) offer_to_leave_message(visitor);
  return true;
}

// 2.11: nobody there, or too long. She stays in the queue.
void Router::Engine::offer_to_leave_message(std::uint32_t visitor) {
  const Visitor& v = queue_.visitor(visitor);
  const VisitorClass& c = queue_.class_of(v);
  const auto say = [&](LeaveMessageReason reason, Millis eta_ms) {
    decisions_.push_back(OfferToLeaveMessage{v.id, reason, eta_ms, record()});
  };
  if (roster_.pool(c.skill).on_duty == 0) {
    say(LeaveMessageReason::nobody_on_shift, 0);
  } else if (c.wish.kind == WishKind::strict && roster_.pool(c.skill, c.wish.persona).on_duty == 0) {
    say(LeaveMessageReason::persona_not_on_shift, 0);
  } else if (policy_.max_wait_ms > 0) {
    const std::optional<Eta> expected = eta(visitor);
    if (expected && expected->p50_ms > policy_.max_wait_ms)
      say(LeaveMessageReason::max_wait, expected->p50_ms);
  }
}

bool Router::Engine::on(const WishChanged& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone || !queue_.valid_wish(e.wish)) return false;
  Visitor& v = queue_.visitor(visitor);
  const VisitorClass& was = queue_.class_of(v);
  const auto becomes = static_cast<std::uint32_t>(queue_.class_index(was.skill, e.wish, was.tier));
  if (becomes == v.class_index) return true;
  const bool waiting = v.state == ConversationState::waiting;
  if (waiting) leave_queue(visitor);
  v.class_index = becomes;
  v.told_p50_ms = v.told_p90_ms = -1;
  if (waiting) {
    enter_queue(visitor);
    look_at_visitor(visitor);
  }
  return true;
}

void Router::Engine::forget(std::uint32_t visitor) {
  if (!queue_.visitor(visitor).exclusions.empty()) std::erase(excluding_, visitor);
  queue_.forget(visitor);
}

void Router::Engine::end_conversation(std::uint32_t visitor) {
  Visitor& v = queue_.visitor(visitor);
  if (v.state == ConversationState::waiting) {
    note_wait_over(v, true);
    leave_queue(visitor);
    forget(visitor);
    return;
  }
  const std::uint32_t agent = v.agent;
  note_chat_over(v);
  free_place(visitor);
  forget(visitor);
  update_agent(agent);
}

bool Router::Engine::on(const VisitorLeft& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone) return false;
  end_conversation(visitor);
  return true;
}

bool Router::Engine::on(const ChatEnded& e) {
  return on(VisitorLeft{e.conversation});
}

// --- 2.9 offers

// The visitor, if this offer stands.
std::uint32_t Router::Engine::offered_to(ConversationId id, AgentId agent) const {
  const std::uint32_t visitor = queue_.find(id);
  if (visitor == ConversationMap::kNone) return kNone32;
  const Visitor& v = queue_.visitor(visitor);
  return v.state == ConversationState::offered && v.agent == agent.value ? visitor : kNone32;
}

bool Router::Engine::on(const OfferAccepted& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone || !roster_.known(e.agent)) return false;
  Visitor& v = queue_.visitor(visitor);
  if (offered_to(e.conversation, e.agent) == kNone32) {
    // He accepted before he heard that the offer was withdrawn. It has happened: the fact wins.
    if (v.state != ConversationState::waiting && v.state != ConversationState::offered) return false;
    if (v.state == ConversationState::waiting) {
      leave_queue(visitor);
    } else {
      const std::uint32_t other = v.agent;
      free_place(visitor);
      update_agent(other);
    }
    take_place(visitor, e.agent.value, kUnitsPerChat);
    roster_.refresh(e.agent.value, now_);
  } else {
    --offered_;
  }
  v.state = ConversationState::active;
  ++active_;
  v.started_at = now_;
  note_wait_over(v, false);
  v.learn(e.agent.value);
  roster_.agent(e.agent.value).misses = 0;
  return true;
}

bool Router::Engine::on(const OfferRefused& e) {
  const std::uint32_t visitor = offered_to(e.conversation, e.agent);
  if (visitor == kNone32) return false;
  roster_.agent(e.agent.value).misses = 0;
  exclude(visitor, e.agent.value);
  return_to_queue(visitor);
  update_agent(e.agent.value);
  return true;
}

bool Router::Engine::on(const OfferMissed& e) {
  const std::uint32_t visitor = offered_to(e.conversation, e.agent);
  if (visitor == kNone32) return false;
  Agent& a = roster_.agent(e.agent.value);
  ++a.misses;
  exclude(visitor, e.agent.value);
  return_to_queue(visitor);
  if (policy_.misses_to_break > 0 && a.misses >= policy_.misses_to_break &&
      a.status == AgentStatus::available) {
    a.misses = 0;
    a.status = AgentStatus::on_break;
    decisions_.push_back(PutOnBreak{e.agent, record()});
  }
  update_agent(e.agent.value);
  return true;
}

bool Router::Engine::on(const OfferVoid& e) {
  const std::uint32_t visitor = offered_to(e.conversation, e.agent);
  if (visitor == kNone32) return false;
  return_to_queue(visitor);
  pause(e.agent.value, policy_.void_pause_ms);
  return true;
}

// --- 2.8 chats

bool Router::Engine::on(const ChatParked& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone) return false;
  Visitor& v = queue_.visitor(visitor);
  if (v.state != ConversationState::active) return v.state == ConversationState::parked;
  v.state = ConversationState::parked;
  --active_;
  ++parked_;
  set_units(visitor, policy_.park_units);
  return true;
}

bool Router::Engine::on(const ChatWoken& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone) return false;
  Visitor& v = queue_.visitor(visitor);
  if (v.state != ConversationState::parked) return v.state == ConversationState::active;
  v.state = ConversationState::active;
  --parked_;
  ++active_;
  set_units(visitor, kUnitsPerChat);  // may exceed his capacity: no new offer till he is back under it
  return true;
}

bool Router::Engine::on(const ChatRequeued& e) {
  const std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone || !queue_.valid_skill(e.visit.skill) || !valid(e.visit))
    return false;
  make_room(e.visit);
  Visitor& v = queue_.visitor(visitor);
  const std::uint32_t agent = v.agent;
  if (agent == kNone32) {
    leave_queue(visitor);
  } else {
    free_place(visitor);
    if (e.exclude_agent) exclude(visitor, agent);
  }
  queue_.describe(v, e.visit);
  enter_queue(visitor);
  look_at_visitor(visitor);
  if (agent != kNone32) update_agent(agent);
  return true;
}

// --- rebuild

bool Router::Engine::on(const AssignmentRestored& e) {
  if (!roster_.known(e.agent) || !queue_.valid_skill(e.visit.skill) || !valid(e.visit)) return false;
  make_room(e.visit);
  std::uint32_t visitor = queue_.find(e.conversation);
  if (visitor == ConversationMap::kNone) {
    visitor = queue_.add(e.conversation, e.visit, now_);
  } else if (queue_.visitor(visitor).state == ConversationState::waiting) {
    leave_queue(visitor);
  } else {
    const std::uint32_t other = queue_.visitor(visitor).agent;
    free_place(visitor);
    update_agent(other);
  }
  Visitor& v = queue_.visitor(visitor);
  switch (e.state) {
    case AssignmentState::offered:
      v.state = ConversationState::offered;
      ++offered_;
      break;
    case AssignmentState::active:
      v.state = ConversationState::active;
      ++active_;
      break;
    case AssignmentState::parked:
      v.state = ConversationState::parked;
      ++parked_;
      break;
  }
  v.started_at = std::min(e.started_at, now_);
  if (e.state != AssignmentState::offered) v.learn(e.agent.value);
  take_place(visitor, e.agent.value, e.state == AssignmentState::parked ? policy_.park_units : kUnitsPerChat);
  update_agent(e.agent.value);
  return true;
}

}  // namespace switchboard::router
