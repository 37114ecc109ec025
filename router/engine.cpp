// The engine's frame: one event in, the work lists worked off, deadlines, and how a decision takes effect.
#include "router/engine.hpp"

#include <algorithm>

namespace switchboard::router {

Router::Engine::Engine(const Policy& policy) : policy_(bounded(policy)) {
  reshape();
}

void Router::Engine::reshape() {
  handling_ms_.resize(policy_.target_ms.size(), policy_.handling_start_ms);
  forecast_.reshape(policy_.target_ms.size());
  roster_.reshape(policy_, now_);
  for (std::uint32_t visitor : queue_.reshape(policy_)) {
    Visitor& v = queue_.visitor(visitor);
    if (v.state != ConversationState::waiting) continue;
    for (std::uint8_t i = 0; i < v.known_count; ++i) {
      roster_.agent(v.known[i]).returning.erase(v.entered_at, v.id.value);
    }
    decisions_.push_back(Reject{v.id, RejectReason::unknown_skill, record()});
    std::erase(excluding_, visitor);
    queue_.forget(visitor);
  }
  for (std::uint32_t g = 0; g < roster_.groups().size(); ++g) queue_.index_group(roster_, g);
  serving_units_ = count_serving();
  deadlines_.drop_except_agents();
  for (std::uint32_t visitor : excluding_) {
    for (const Exclusion& e : queue_.visitor(visitor).exclusions) {
      deadlines_.add({e.until, DeadlineKind::exclusion_end, visitor});
    }
  }
  for (std::uint32_t i = 0; i < roster_.size(); ++i) add_taper_deadline(i);
}

void Router::Engine::add_taper_deadline(std::uint32_t agent) {
  const Millis end = roster_.agent(agent).shift_end;
  if (policy_.taper_ms > 0 && end != kNever && end - policy_.taper_ms > now_) {
    deadlines_.add({end - policy_.taper_ms, DeadlineKind::taper_start, agent});
  }
}

std::span<const Decision> Router::Engine::handle(const Event& event, Millis now) {
  decisions_.clear();
  ++events_;
  now_ = std::max(now_, now);
  cause_ = 0;  // whatever an overdue deadline leads to was caused by the passing of time
  fire_due(false);
  settle();
  cause_ = static_cast<std::uint8_t>(event.index());
  if (!std::visit([this](const auto& e) { return on(e); }, event)) ++refused_;
  if (std::holds_alternative<Tick>(event)) fire_due(true);
  settle();
  if (const auto* arrived = std::get_if<VisitorArrived>(&event)) note_told(arrived->conversation);
  while (deadlines_.first() != nullptr && stale(*deadlines_.first())) deadlines_.pop();
  return decisions_;
}

std::optional<Millis> Router::Engine::next_deadline() const {
  if (!started_ || deadlines_.first() == nullptr) return std::nullopt;
  return deadlines_.first()->at;
}

// Shift ends up to now, the others before now; with `up_to_now` (a Tick) those at now as well. Each look at
// what has come due is followed by settling, since it may set a new deadline that is due too.
void Router::Engine::fire_due(bool up_to_now) {
  while (const Deadline* d = deadlines_.first()) {
    const bool due = d->at < now_ || (d->at == now_ && (up_to_now || d->kind == DeadlineKind::shift_end));
    if (!due) break;
    fire(deadlines_.pop());
    settle();
  }
}

bool Router::Engine::stale(const Deadline& d) const {
  switch (d.kind) {
    case DeadlineKind::shift_end:
      return roster_.agent(d.index).shift_end != d.at;
    case DeadlineKind::taper_start:
      return roster_.agent(d.index).shift_end - policy_.taper_ms != d.at;
    case DeadlineKind::pause_end:
      return roster_.agent(d.index).pause_until != d.at;
    case DeadlineKind::class_head:
      return queue_.of_class(d.index).deadline != d.at;
    case DeadlineKind::exclusion_end: {
      const auto& exclusions = queue_.visitor(d.index).exclusions;
      return std::none_of(exclusions.begin(), exclusions.end(),
                          [&](const Exclusion& e) { return e.until == d.at; });
    }
  }
  return true;
}

void Router::Engine::fire(const Deadline& d) {
  if (stale(d)) return;
  switch (d.kind) {
    case DeadlineKind::shift_end:
      update_agent(d.index, WithdrawReason::shift_ended);
      break;
    case DeadlineKind::taper_start:
    case DeadlineKind::pause_end:
      update_agent(d.index);
      break;
    case DeadlineKind::class_head:
      queue_.of_class(d.index).deadline = kNever;
      look_at_class(d.index);
      break;
    case DeadlineKind::exclusion_end:
      look_at_visitor(d.index);
      break;
  }
}

// Works the lists off until nothing is left to look at. Visitors before agents before classes: who has just
// come or come back chooses first, then the places that became free, then those whom these changes released.
void Router::Engine::settle() {
  if (!started_) {
    visitors_to_route_.clear();
    agents_to_serve_.clear();
    classes_to_route_.clear();
    return;
  }
  for (std::size_t v = 0, a = 0, c = 0;;) {
    if (v < visitors_to_route_.size()) {
      const std::uint32_t visitor = visitors_to_route_[v++];
      if (queue_.visitor(visitor).in_use && queue_.visitor(visitor).state == ConversationState::waiting) {
        const Way way = way_to(visitor);
        if (!route(visitor, way) && way == Way::closed) look_at_class(queue_.visitor(visitor).class_index);
      }
    } else if (a < agents_to_serve_.size()) {
      serve(agents_to_serve_[a++]);
    } else if (c < classes_to_route_.size()) {
      route_class(classes_to_route_[c++]);
    } else {
      recheck_holds();
      if (c == classes_to_route_.size()) break;
    }
  }
  visitors_to_route_.clear();
  agents_to_serve_.clear();
  classes_to_route_.clear();
}

DecisionRecord Router::Engine::record() {
  return {++decided_, events_, cause_, now_, {}};
}

// Reserves the place (2.8) and says so. The agent is open, the visitor waits.
void Router::Engine::offer(std::uint32_t visitor, std::uint32_t agent, Rule rule,
                           std::variant<std::monostate, AgentChoice, VisitorChoice> why) {
  Visitor& v = queue_.visitor(visitor);
  leave_queue(visitor);
  v.state = ConversationState::offered;
  ++offered_;
  take_place(visitor, agent, kUnitsPerChat);
  Agent& a = roster_.agent(agent);
  a.last_offer = now_;
  if (a.full()) a.ramping = false;
  if (a.ramping) {
    pause(agent, policy_.ramp_ms);
  } else {
    roster_.refresh(agent, now_);
  }
  DecisionRecord r = record();
  r.why = std::move(why);
  decisions_.push_back(Offer{v.id, AgentId(agent), rule, now_ - v.entered_at, std::move(r)});
}

// To her place in the order of arrival.
void Router::Engine::enter_queue(std::uint32_t visitor) {
  queue_.enter(visitor, roster_);
  const Visitor& v = queue_.visitor(visitor);
  const VisitorClass& c = queue_.class_of(v);
  // More ahead of some who are held: 2.5.
  if (c.wish.kind != WishKind::any) roster_.touch(c.skill, c.wish.persona);
  if (v.known_count > 0) roster_.touch(c.skill);
}

// If somebody was held, or may be passed, whoever comes next may now be free to go (2.3.3); else
// the new head only needs her deadline.
void Router::Engine::leave_queue(std::uint32_t visitor) {
  const Visitor& v = queue_.visitor(visitor);
  VisitorClass& c = queue_.class_of(v);
  const bool was_head = c.head.visitor == visitor;
  const bool was_special = c.held || !c.plain_head;
  queue_.leave(visitor, roster_);
  if (was_special) {
    look_at_class(v.class_index);
  } else if (was_head && !c.line.empty()) {
    set_class_deadline(v.class_index, next_deadline_of(c, queue_.visitor(c.head.visitor)));
  }
}

}  // namespace switchboard::router
