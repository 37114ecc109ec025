// Facts in: what the event stream says, and what the store says when the stream leaves a question open.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/base/pause.hpp"
#include "server/desk/reign.hpp"

namespace switchboard::desk {

using store::AgentView;
using store::ConversationView;
using store::Event;
using store::State;
using store::Task;

Task<void> Desk::Reign::follow_events() {
  while (!ended_) {
    const auto batch = co_await store_.events(shop_, last_event_, options_.events_wait_ms);
    if (ended_) co_return;
    if (!batch) {
      co_await pause(std::chrono::milliseconds(100));
      continue;
    }
    if (batch->gap || batch->connection != events_connection_) co_return end();
    co_await look_ahead(batch->events);
    for (const auto& event : batch->events) {
      co_await take(event);
      last_event_ = event.id;
      if (ended_) co_return;
    }
  }
}

// Those who have just begun to wait are looked at together, in one trip to the store instead of one after the
// other: at the start of a sale the queue must not grow because the desk reads.
Task<void> Desk::Reign::look_ahead(const std::vector<Event>& events) {
  ahead_.clear();
  std::size_t asked = 0;
  for (const auto& event : events) {
    if (event.kind != Event::Kind::opened) continue;
    ++asked;
    start(look_at(event.conversation));
  }
  while (!ended_ && ahead_.size() < asked) co_await pause(std::chrono::milliseconds(1));
}

Task<void> Desk::Reign::look_at(std::string conversation) {
  auto view = co_await store_.load(shop_, conversation);
  ahead_.emplace(std::move(conversation), std::move(view));
}

Task<store::Answer<ConversationView>> Desk::Reign::view_of(const std::string& conversation) {
  if (auto seen = ahead_.extract(conversation)) co_return std::move(seen.mapped());
  co_return co_await store_.load(shop_, conversation);
}

Task<void> Desk::Reign::take(Event event) {
  if (event.kind == Event::Kind::shop) {
    // Also said when a new epoch begins, into which the look through the books brings all that is open.
    next_reconcile_ = next_announcement_ = {};
    wake();
    co_return co_await take_settings(event.version);
  }
  if (event.kind == Event::Kind::agent) {
    if (const auto seen = agent_versions_.find(event.agent);
        seen != agent_versions_.end() && seen->second >= event.version)
      co_return;
    co_return co_await take_agent(event.agent);
  }
  if (auto* known = find(event.conversation)) {
    if (event.version <= known->view.version) co_return;
    // Our own decision, heard of before its commit is answered: the answer will say it.
    if (known->committing && (event.kind == Event::Kind::offered || event.kind == Event::Kind::requeued))
      co_return;
    // While it is taken from a lost agent: that commit looks for itself.
    if (known->committing && (event.kind == Event::Kind::parked || event.kind == Event::Kind::woken))
      co_return;
    if (!known->committing && event.version == known->view.version + 1 && take_in_step(*known, event))
      co_return;
  }
  auto view = co_await view_of(event.conversation);
  if (ended_) co_return;
  if (view)
    settle(std::move(*view), event.kind);
  else if (view.error() != store::Refusal::not_found)
    end();  // a fact was missed: start from the truth when the store is back
}

// The shop's channel tells its directory of the change, the stream tells us: whichever comes first.
Task<void> Desk::Reign::take_settings(std::uint32_t revision) {
  constexpr int looks_max = 200;
  for (int look = 0; look < looks_max && !ended_; ++look) {
    auto context = co_await shops_.get(shop_);
    if (ended_) co_return;
    if (context && (*context)->revision >= revision) {
      if (tell_settings(std::move(*context))) co_return;
      spdlog::info("shop {}: other skills or personas: the desk starts afresh", shop_);
      break;
    }
    co_await pause(std::chrono::milliseconds(10));
  }
  end();
}

// False: the numbers behind the names are others.
bool Desk::Reign::tell_settings(conversation::ShopContextPtr context) {
  if (!names_.take(context->shop)) return false;
  context_ = std::move(context);
  announcer_.take(context_);
  recorder_.names_added(names_);
  if (auto policy = router::bounded(policy_of(context_->shop)); policy != router_.policy())
    feed(router::PolicyChanged{std::move(policy)});
  auto roster = roster_of(context_->shop, names_);
  for (std::size_t i = 0; i < roster.size(); ++i)
    if (i >= roster_.size() || !(roster_[i] == roster[i])) feed(roster[i]);
  roster_ = std::move(roster);
  watch_all_silences();
  spdlog::info("shop {}: settings of revision {} hold", shop_, context_->revision);
  return true;
}

// The frequent transitions need no second look. False: look.
bool Desk::Reign::take_in_step(Known& known, const Event& event) {
  auto& view = known.view;
  const router::ConversationId id(view.number);
  const auto agent = names_.agent(event.agent);
  switch (event.kind) {
    case Event::Kind::accepted:
      if (view.state != State::offered || view.agent != event.agent || !agent) return false;
      view.state = State::active;
      view.version = event.version;
      view.assigned = event.time;
      feed(router::OfferAccepted{id, *agent});
      watch_silence(view, now() + context_->shop.routing.park_after_ms);
      return true;
    case Event::Kind::parked:
    case Event::Kind::woken: {
      if (view.state != State::active || view.agent != event.agent) return false;
      const bool parked = event.kind == Event::Kind::parked;
      view.parked = parked ? event.time : 0;
      view.version = event.version;
      if (parked)
        feed(router::ChatParked{id});
      else
        feed(router::ChatWoken{id});
      watch_silence(view, now() + context_->shop.routing.park_after_ms);
      return true;
    }
    case Event::Kind::closed: {
      const bool served = view.state == State::active;
      const auto number = view.number;
      forget(number);
      if (served)
        feed(router::ChatEnded{id});
      else
        feed(router::VisitorLeft{id});
      return true;
    }
    case Event::Kind::declined:
      if (view.state != State::offered || view.agent != event.agent || !agent) return false;
      view.state = State::waiting;
      view.agent.clear();
      view.version = event.version;
      feed(router::OfferRefused{id, *agent});
      return true;
    default:
      return false;
  }
}

// Brings the router to what the store says of a conversation, whatever happened in between. `kind`: the event
// that made us look, if one did.
void Desk::Reign::settle(ConversationView view, std::optional<Event::Kind> kind) {
  const router::ConversationId id(view.number);
  const auto routed = router_.conversation(id);
  if (view.state == State::closed) {
    forget(view.number);
    if (!routed) return;
    if (routed->state == router::ConversationState::active ||
        routed->state == router::ConversationState::parked)
      return feed(router::ChatEnded{id});
    return feed(router::VisitorLeft{id});
  }
  auto visit = names_.visit(view);
  if (!visit) {
    spdlog::warn("shop {}: conversation {} waits for a skill that the shop does not have", shop_,
                 view.number);
    return;
  }
  if (!routed) visit->entered_at = entrances_.of(view.number, view.entered, now());
  auto& known = known_[view.number];
  if (numbers_.insert_or_assign(view.id, view.number).second) recorder_.conversation(view.number, view.id);
  const auto before = std::exchange(known.view, view);
  if (view.state == State::waiting) return settle_waiting(known, *visit, routed, kind);

  const auto agent = names_.agent(view.agent);
  if (!agent) return;  // served by somebody who is no longer in the shop file: runs on until it ends
  const bool active = view.state == State::active, parked = active && view.parked != 0;
  if (!active) watch_offer(known);
  watch_silence(view, 0);
  if (!routed || routed->state == router::ConversationState::waiting) {
    if (before.version != 0 && !known.committing) metrics_.differences.add();
    const auto state = parked   ? router::AssignmentState::parked
                       : active ? router::AssignmentState::active
                                : router::AssignmentState::offered;
    return feed(router::AssignmentRestored{id, *agent, state, *visit, view.assigned});
  }
  if (routed->agent != agent) {
    metrics_.differences.add();
    return end();
  }
  if (active && routed->state == router::ConversationState::offered) feed(router::OfferAccepted{id, *agent});
  if (parked && routed->state != router::ConversationState::parked) feed(router::ChatParked{id});
  if (active && !parked && routed->state == router::ConversationState::parked) feed(router::ChatWoken{id});
}

void Desk::Reign::settle_waiting(Known& known, const router::Visit& visit,
                                 const std::optional<router::ConversationView>& routed,
                                 std::optional<Event::Kind> kind) {
  const router::ConversationId id(known.view.number);
  if (!routed) return feed(router::VisitorArrived{id, visit});
  if (!(routed->wish == visit.wish)) feed(router::WishChanged{id, visit.wish});
  if (known.committing || routed->state == router::ConversationState::waiting) return;
  if (routed->state != router::ConversationState::offered) return feed(router::ChatRequeued{id, visit});
  if (kind == Event::Kind::declined)
    feed(router::OfferRefused{id, *routed->agent});
  else
    feed(router::OfferVoid{id, *routed->agent});
}

Task<void> Desk::Reign::take_agent(std::string agent) {
  const auto view = co_await store_.agent(shop_, agent);
  if (ended_) co_return;
  if (view)
    settle_agent(*view);
  else if (view.error() != store::Refusal::not_found)
    end();
}

// How long she may be away before what she holds goes to others.
store::Millis Desk::Reign::grace_of(const AgentView& view) const {
  const store::Millis grace = context_->shop.presence.lost_grace_s * 1000;
  return view.moving ? std::max<store::Millis>(grace, options_.moving_grace.count()) : grace;
}

void Desk::Reign::settle_agent(const AgentView& view) {
  agent_versions_[view.id] = std::max(agent_versions_[view.id], view.version);
  const auto agent = names_.agent(view.id);
  if (!agent) return;
  const auto routed = router_.agent(*agent);
  if (!routed) return;
  if (view.line == store::Line::live)
    live_[view.id] = {view.node, view.session};
  else
    live_.erase(view.id);
  if (view.line != store::Line::suspect)
    suspects_.erase(view.id);
  else if (auto& known = suspects_[view.id];
           known.session != view.session || known.since != view.line_since) {
    // The grace begins when the desk hears of it; a new one takes up what is left of it.
    const auto grace = grace_of(view);
    const auto gone = rebuilt_ ? 0 : std::clamp<store::Millis>(now() - view.line_since, 0, grace);
    known = {view.session, view.line_since, now() + grace - gone, false};
  }
  if (routed->line != to_router(view.line)) feed(router::AgentLineChanged{*agent, to_router(view.line)});
  if (routed->status != to_router(view.status))
    feed(router::AgentStatusChanged{*agent, to_router(view.status)});
}

void Desk::Reign::forget(std::uint64_t number) {
  const auto found = known_.find(number);
  if (found == known_.end()) return;
  announcer_.forget(number);
  silences_.forget(number);
  numbers_.erase(found->second.view.id);
  known_.erase(found);
}

Desk::Reign::Known* Desk::Reign::find(std::string_view conversation) {
  const auto number = numbers_.find(std::string(conversation));
  return number == numbers_.end() ? nullptr : &known_.at(number->second);
}

}  // namespace switchboard::desk
