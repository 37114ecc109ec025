#include "server/session/agent.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proto/codec.hpp"
#include "server/base/pause.hpp"
#include "server/conversation/auto_replies.hpp"
#include "server/conversation/translate.hpp"
#include "server/session/fields.hpp"
#include "server/store/store_limits.hpp"

namespace switchboard::session {

namespace asio = boost::asio;
using proto::ErrorCode;
using proto::OfferEndReason;
using store::ConversationView;
using store::State;

Agent::Agent(Services& services, Line&& line, conversation::ShopContextPtr context, shop::Claims claims,
             proto::Hello hello)
    : Client(services, std::move(line), std::move(context), std::move(claims), std::move(hello)) {}

Task<bool> Agent::welcome(std::uint32_t ref) {
  const auto self = shared_from_this();
  const auto channel = store::channel_agent(shop().id, id());
  subscribed_ = true;  // from the call on: leave() must undo it
  if (const auto done = co_await services_.subscriber.subscribe(channel, *this); !done)
    co_return refuse(ref, done.error()), false;
  const auto agent = co_await services_.store.agent_enter(shop().id, id(), services_.node(), session_);
  if (!agent) co_return refuse(ref, agent.error()), false;
  if (gone_) co_return false;

  auto welcome = greeting();
  welcome.status = {conversation::to_proto(agent->status), agent->reason};
  status_ = welcome.status;
  welcome.capacity = agent->capacity;
  welcome.supervisor = co_await is_supervisor();
  welcome.quick_replies = quick_replies();
  std::vector<ConversationView> offered, serving;
  for (const auto& conversation : agent->conversations) {
    auto view = co_await look(conversation);
    if (!view && view.error() == store::Refusal::not_found) continue;
    if (!view) co_return refuse(ref, view.error()), false;
    // Closed since: what was only offered to her she never sees, of what she served the welcome says enough.
    if (view->state == State::closed) {
      unfollow(conversation);
      continue;
    }
    (view->state == State::offered ? offered : serving).push_back(std::move(*view));
  }
  for (const auto& view : serving) welcome.conversations.push_back(present(view));
  line_.send(ref, std::move(welcome));
  for (const auto& view : serving) {
    serving_[view.id] = shown(view);
    follow(view, position_of(view.id));
  }
  for (const auto& view : offered) co_await show_offer(view);
  look_at_what_came_early();
  co_return true;
}

void Agent::leave() {
  if (std::exchange(gone_, true)) return;
  if (subscribed_) services_.subscriber.unsubscribe(store::channel_agent(shop().id, id()), *this);
  // Her line is suspect now; the desk gives her the grace time to come back (R5).
  asio::co_spawn(services_.executor, set_line(store::Line::suspect, moving_), asio::detached);
  Client::leave();
}

void Agent::ask_to_reconnect(std::uint32_t after_ms) {
  Client::ask_to_reconnect(after_ms);
  if (std::exchange(moving_, true) || gone_) return;
  asio::co_spawn(services_.executor, set_line(store::Line::suspect, true), asio::detached);
}

// Until the store has taken it: nobody else knows that the line broke, for this gateway lives and beats. If
// the process ends first the desk learns it from the node that is gone.
Task<void> Agent::set_line(store::Line line, bool moving) {
  const auto self = shared_from_this();
  while (true) {
    const auto done = co_await services_.store.agent_line(shop().id, id(), session_, line, moving);
    if (done || !store::not_now(done.error())) co_return;
    co_await pause(ask_again_after);
  }
}

// ---------------------------------------------------------------- requests

Task<void> Agent::on(std::uint32_t ref, proto::SetStatus request) {
  if (request.reason.size() > reason_octets_max)
    co_return refuse(ref, ErrorCode::invalid, "reason: too long");
  auto done = co_await services_.patience.answer_of(store_status(request));
  if (!done && done.error() == store::Refusal::stale) {
    // Another tab was opened later: the one that she uses is the one that counts.
    const auto entered = co_await services_.patience.answer_of(
        services_.store.agent_enter(shop().id, id(), services_.node(), session_));
    if (!entered) co_return refuse(ref, entered.error());
    done = co_await services_.patience.answer_of(store_status(request));
  }
  if (!done) status_.reset();
  answer(ref, done);
}

// What she has set is no news to her, and noted before anything that was asked later is answered. After a
// refusal she hears by her channel what became of it.
Task<store::Answer<Done>> Agent::store_status(proto::SetStatus request) {
  const auto self = shared_from_this();
  const auto done = co_await services_.store.agent_status(
      shop().id, id(), session_, conversation::to_store(request.status), request.reason);
  if (done && status_) status_ = {request.status, request.reason};
  co_return done;
}

Task<void> Agent::on(std::uint32_t ref, proto::AcceptOffer request) {
  accepting_.insert(request.conversation);
  const auto accepted = co_await services_.patience.answer_of(accept(request));
  accepting_.erase(request.conversation);
  if (!accepted) {
    refuse(ref, accepted.error());
    co_return co_await refresh(request.conversation);  // what became of it meanwhile
  }
  const bool known = offers_.erase(accepted->id) == 0;  // accepted on another of her connections before
  const bool over = accepted->state == State::closed;
  if (!over) serving_[accepted->id] = shown(*accepted);
  line_.send(ref, present(*accepted));
  // Served, closed and told to its end meanwhile: not once more (W18).
  if (over && known && !follows(accepted->id)) co_return unfollow(accepted->id);
  follow(*accepted, nullptr);
}

Task<store::Answer<ConversationView>> Agent::accept(proto::AcceptOffer request) {
  const auto self = shared_from_this();  // whoever asked may not wait for the end
  const auto offered = co_await look(request.conversation);
  if (!offered) {
    const bool gone = offered.error() == store::Refusal::not_found;
    co_return gone ? store::Refusal::stale : offered.error();
  }
  const auto entries = conversation::entries_assigned(*context_, *offered, id());
  const auto accepted =
      co_await services_.store.accept(shop().id, request.conversation, id(), request.fence, entries);
  if (!accepted) co_return accepted.error();
  co_return co_await look(request.conversation);
}

Task<void> Agent::on(std::uint32_t ref, proto::DeclineOffer request) {
  if (!valid_conversation(request.conversation)) co_return refuse(ref, store::Refusal::stale);
  if (request.reason.size() > reason_octets_max)
    co_return refuse(ref, ErrorCode::invalid, "reason: too long");
  const auto done = co_await services_.patience.answer_of(
      services_.store.decline(shop().id, request.conversation, id(), request.fence, request.reason));
  if (done) {
    // A late repeat may find her offered, or serving, the same conversation anew: that goes on.
    const auto shown = offers_.find(request.conversation);
    if (shown != offers_.end() && shown->second == request.fence)
      show_offer_end(request.conversation, OfferEndReason::declined);
    if (!offers_.contains(request.conversation) && !serving_.contains(request.conversation))
      unfollow(request.conversation);
  }
  // Whether there is such a conversation is not told to whom it was not offered (S1).
  if (!done && done.error() == store::Refusal::not_found) co_return refuse(ref, store::Refusal::stale);
  answer(ref, done);
}

// Only of what is offered to her or was last served by her: of anything else she does not even learn that it
// is there (S1). A supervisor may ask of all that is her shop's.
Task<void> Agent::on(std::uint32_t ref, proto::AskWhy request) {
  constexpr std::string_view not_hers = "not there, or not yours";
  if (!valid_conversation(request.conversation)) co_return refuse(ref, ErrorCode::not_found, not_hers);
  const auto view =
      co_await services_.patience.answer_of(services_.store.load(shop().id, request.conversation));
  if (!view) co_return refuse(ref, view.error());
  if (view->agent != id()) {
    const bool may_ask = co_await is_supervisor();
    if (!may_ask) co_return refuse(ref, ErrorCode::not_found, not_hers);
  }
  const auto why =
      co_await services_.patience.answer_of(services_.store.why(shop().id, request.conversation));
  if (!why) co_return refuse(ref, why.error());
  auto frame = proto::decode_hint(*why);
  if (auto* record = frame ? std::get_if<proto::Why>(&frame->body) : nullptr)
    line_.send(ref, std::move(*record));
  else
    refuse(ref, ErrorCode::not_found, "no record of it is kept");
}

Task<void> Agent::on(std::uint32_t ref, proto::AskDecisions request) {
  const bool may_ask = co_await is_supervisor();
  if (!may_ask) co_return refuse(ref, ErrorCode::not_allowed, "supervisors ask for decisions");
  if (request.limit == 0 || request.limit > store::offers_read_max)
    co_return refuse(ref, ErrorCode::invalid, "limit: 1 to " + std::to_string(store::offers_read_max));
  const auto offers = co_await services_.patience.answer_of(
      services_.store.offers_made(shop().id, request.before, request.limit));
  if (!offers) co_return refuse(ref, offers.error());
  proto::Decisions answer;
  for (const auto& offer : *offers) answer.decisions.push_back(conversation::to_proto(shop(), offer));
  line_.send(ref, std::move(answer));
}

Task<bool> Agent::is_supervisor() {
  if (claims_.role != shop::TokenRole::supervisor) co_return false;
  const auto context = co_await services_.shops.get(claims_.shop);
  if (!context) co_return false;
  const auto* agent = (*context)->shop.agent(id());
  co_return agent && agent->supervisor;
}

proto::Conversation Agent::show(const ConversationView& view) const {
  return conversation::for_agent(shop(), view, id());
}

std::vector<proto::QuickReply> Agent::quick_replies() const {
  const auto persona = person().persona;
  const auto& fallback = shop().default_language;
  const auto& language = hello_.language.empty() ? fallback : hello_.language;
  std::vector<proto::QuickReply> replies;
  for (const auto& reply : shop().quick_replies) {
    const auto text = shop::wording(reply, persona, language, fallback);
    if (text.empty()) continue;
    replies.push_back({reply.stage, reply.shortcut, std::string(shop::pick(reply.titles, language, fallback)),
                       std::string(text)});
  }
  return replies;
}

}  // namespace switchboard::session
