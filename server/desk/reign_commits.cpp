// Decisions out: each is committed by one function of the store that checks everything again. What does not
// commit did not happen, and the router is told so.
#include <spdlog/spdlog.h>

#include "proto/codec.hpp"
#include "server/base/pause.hpp"
#include "server/conversation/auto_replies.hpp"
#include "server/conversation/translate.hpp"
#include "server/desk/reign.hpp"
#include "server/desk/why.hpp"

namespace switchboard::desk {

using store::ConversationView;
using store::Refusal;
using store::State;
using store::Task;

namespace {
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
}  // namespace

void Desk::Reign::feed(const router::Event& event) {
  const auto now = this->now();
  recorder_.event(event, now);
  const auto decisions = router_.handle(event, now);
  for (const auto& decision : decisions) {
    recorder_.decision(decision);
    act(decision);
  }
  if (const auto deadline = router_.next_deadline(); deadline && *deadline < next_deadline_) wake();
}

void Desk::Reign::act(const router::Decision& decision) {
  std::visit(Overloaded{
                 [&](const router::Offer& offer) {
                   const auto known = known_.find(offer.conversation.value);
                   if (known == known_.end())
                     return;  // she has gone: her leaving is on its way to the router
                   start(commit_offer(offer.conversation.value, names_.agent(offer.agent),
                                      why_offered(offer, known->second.view, context_->shop, names_)));
                 },
                 [&](const router::Withdraw& withdraw) {
                   start(commit_requeue(withdraw.conversation.value, Return::withdrawn, std::nullopt));
                 },
                 [&](const router::Requeue& requeue) {
                   start(commit_requeue(requeue.conversation.value, Return::lost, std::nullopt));
                 },
                 [&](const router::PutOnBreak& put) { start(commit_break(names_.agent(put.agent))); },
                 [&](const router::OfferToLeaveMessage&) {},  // she keeps waiting until she says otherwise
                 [&](const router::Reject& reject) {
                   spdlog::warn("shop {}: conversation {} cannot be queued: {}", shop_,
                                reject.conversation.value, router::reason_name(reject.reason));
                 },
             },
             decision);
}

// One commit at a time per conversation, in the order of the decisions.
Task<Desk::Reign::Known*> Desk::Reign::begin_commit(std::uint64_t number) {
  for (;;) {
    const auto found = known_.find(number);
    if (ended_ || found == known_.end()) co_return nullptr;
    if (!found->second.committing) {
      found->second.committing = true;
      co_return &found->second;
    }
    co_await pause(std::chrono::milliseconds(1));
  }
}

Desk::Reign::Known* Desk::Reign::end_commit(std::uint64_t number) {
  const auto found = known_.find(number);
  if (ended_ || found == known_.end()) return nullptr;
  found->second.committing = false;
  return &found->second;
}

Task<void> Desk::Reign::commit_offer(std::uint64_t number, std::string agent, proto::Why why) {
  auto* known = co_await begin_commit(number);
  if (!known) co_return;
  const auto conversation = known->view.id;
  const auto settings = context_->shop.offer;
  const auto reason = conversation::to_store(why.reason);
  const auto record = proto::encode_hint({0, std::move(why)});
  const auto offered =
      co_await store_.offer({.shop = shop_,
                             .desk_epoch = epoch_,
                             .conversation = conversation,
                             .agent = agent,
                             .version = known->view.version,
                             .accept_within = settings.accept_within_s * 1000,
                             .reason = reason,
                             .why = record,
                             .park_units = static_cast<std::uint32_t>(context_->shop.routing.park_units)});
  known = end_commit(number);
  if (offered) {
    metrics_.offers.add();
    if (!known || known->view.version >= offered->version)
      co_return;  // more has happened, and been taken in, meanwhile
    auto& view = known->view;
    view.state = State::offered;
    view.agent = agent;
    view.assign_reason = reason;
    view.version = offered->version;
    view.fence = offered->fence;
    view.offer_deadline = offered->time + settings.accept_within_s * 1000;
    if (settings.auto_accept)
      start(accept_by_itself(view));
    else
      watch_offer(*known);
    co_return;
  }
  if (ended_ || !definite(offered.error())) co_return;
  metrics_.void_offers.add();
  // The facts that explain the refusal first, then the refusal itself.
  auto view = co_await store_.load(shop_, conversation);
  if (ended_) co_return;
  if (view) settle(std::move(*view), std::nullopt);
  co_await take_agent(agent);
  const auto routed = router_.conversation(router::ConversationId(number));
  const auto named = names_.agent(agent);
  if (!ended_ && named && routed && routed->state == router::ConversationState::offered &&
      routed->agent == named && known_.contains(number) && known_.at(number).view.state == State::waiting)
    feed(router::OfferVoid{router::ConversationId(number), *named});
}

// From now on; one that a new desk finds has what is left of its time. Once for each offer.
void Desk::Reign::watch_offer(Known& known) {
  const auto& view = known.view;
  if (std::exchange(known.watched, view.fence) == view.fence) return;
  const store::Millis within = context_->shop.offer.accept_within_s * 1000;
  const auto left = rebuilt_ ? within : std::clamp<store::Millis>(view.offer_deadline - now(), 0, within);
  offer_deadlines_.emplace(now() + left, view.number, view.fence);
  if (now() + left < next_deadline_) wake();
}

// A shop whose agents are not asked: the offer is accepted as it is made.
Task<void> Desk::Reign::accept_by_itself(ConversationView view) {
  const auto entries = conversation::entries_assigned(*context_, view, view.agent);
  const auto accepted = co_await store_.accept(shop_, view.id, view.agent, view.fence, entries);
  if (!accepted && !ended_ && store::not_now(accepted.error())) end();
}

Task<void> Desk::Reign::commit_requeue(std::uint64_t number, Return why, std::optional<std::uint32_t> fence) {
  auto* known = co_await begin_commit(number);
  if (!known) co_return;
  auto before = known->view;
  // While this waited for its turn the offer it was about may have ended, and another begun.
  const bool over = fence && (before.fence != *fence || before.state != State::offered);
  if (over || before.state == State::waiting) {
    end_commit(number);
    co_return;
  }
  std::vector<std::string> entries;
  if (why == Return::lost && before.state == State::active)
    entries = conversation::entries_requeued(*context_, before, proto::RequeueReason::agent_lost);
  store::Answer<Done> done = Done{};
  store::Answer<store::ConversationView> view = before;
  // Parked or woken in the same moment: still to be taken from the same agent.
  const auto moved = [&] {
    return !done && view && view->state == before.state && view->fence == before.fence &&
           view->version != before.version;
  };
  do {
    before = *view;
    done = co_await store_.requeue(shop_, epoch_, before.id, before.version, reason_of(why), entries);
    if (ended_ || (!done && !definite(done.error()))) co_return;
    view = co_await store_.load(shop_, before.id);
  } while (!ended_ && moved());
  known = end_commit(number);
  if (!known || ended_) co_return;
  if (!view) co_return end();
  if (!done)
    co_return settle(std::move(*view), std::nullopt);  // it was answered, or she left, in the same moment

  known->view = *view;
  const auto agent = names_.agent(before.agent);
  if (why == Return::missed) {
    metrics_.missed.add();
    if (agent) feed(router::OfferMissed{router::ConversationId(number), *agent});
  }
  if (why == Return::lost) metrics_.requeued.add();
  // What happened between the requeue and the look is taken in here: its events will look old.
  if (view->state == State::closed) co_return settle(std::move(*view), std::nullopt);
  feed(router::WishChanged{router::ConversationId(number), names_.wish(view->wish)});
}

Task<void> Desk::Reign::commit_break(std::string agent) {
  const auto done = co_await store_.agent_status_by_desk(shop_, epoch_, agent, store::AgentStatus::on_break,
                                                         "missed offers");
  if (!done && !ended_) (void)definite(done.error());
}

Task<void> Desk::Reign::lose(std::string agent, std::string session) {
  const auto done = co_await store_.agent_line(shop_, agent, session, store::Line::lost);
  if (ended_) co_return;
  if (done)
    spdlog::info("shop {}: agent {} is lost, her conversations wait for others", shop_, agent);
  else if (done.error() == Refusal::stale)
    co_await take_agent(agent);  // she came back
  else
    (void)definite(done.error());
}

// False: the outcome is not known or somebody else leads; then this reign is over, and the next starts from
// the truth.
bool Desk::Reign::definite(Refusal refusal) {
  if (refusal == Refusal::fenced) metrics_.fenced.add();
  if (!store::not_now(refusal) && refusal != Refusal::fenced) return true;
  end();
  return false;
}

std::string_view Desk::Reign::reason_of(Return why) {
  switch (why) {
    case Return::missed:
      return "missed";
    case Return::withdrawn:
      return "withdrawn";
    case Return::lost:
      return "lost";
  }
  return "";
}

}  // namespace switchboard::desk
