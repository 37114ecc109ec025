#include "server/session/agent.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proto/codec.hpp"
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

namespace {
constexpr std::uint32_t preview_entries = 20;  // looked through for the visitor's last words
constexpr std::size_t preview_octets_max = 200;
constexpr std::chrono::milliseconds ask_again_after{200};

// The store does not say; it may later.
bool not_now(store::Refusal refusal) {
  return refusal == store::Refusal::unavailable || refusal == store::Refusal::busy;
}

// Cut at a whole character.
std::string cut(std::string text, std::size_t octets_max) {
  if (text.size() <= octets_max) return text;
  std::size_t end = octets_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}
}  // namespace

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
    if (done || !not_now(done.error())) co_return;
    co_await pause();
  }
}

Task<void> Agent::pause() {
  asio::steady_timer timer(services_.executor, ask_again_after);
  co_await timer.async_wait(asio::use_awaitable);
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

// ---------------------------------------------------------------- what changes without being asked

void Agent::on_hint(std::string_view message) {
  if (message.empty() || message.front() != static_cast<char>(store::Hint::agent)) return;
  hear(std::string(message.substr(1)));
}

// Before the welcome nothing is shown, nor followed from another position than hers: it is looked at then.
void Agent::hear(std::string conversation) {
  if (!welcomed_) return (void)early_.insert(std::move(conversation));
  const auto self = shared_from_this();
  asio::co_spawn(
      services_.executor,
      [this, self, conversation]() { return conversation.empty() ? refresh_self() : refresh(conversation); },
      asio::detached);
}

void Agent::on_resubscribed() {
  if (!welcomed_) {
    resubscribed_early_ = true;
    return;
  }
  const auto self = shared_from_this();
  asio::co_spawn(
      services_.executor, [this, self]() { return refresh_all(); }, asio::detached);
}

void Agent::look_at_what_came_early() {
  welcomed_ = true;
  if (resubscribed_early_) return on_resubscribed();
  for (auto& conversation : std::exchange(early_, {})) hear(conversation);
}

// What the store does not say now it is asked again, until it does: there is no other news of it.
void Agent::ask_again(std::string conversation) {
  unanswered_.insert(std::move(conversation));
  if (std::exchange(asking_again_, true)) return;
  const auto self = shared_from_this();
  asio::co_spawn(
      services_.executor, [this, self]() { return refresh_unanswered(); }, asio::detached);
}

Task<void> Agent::refresh_unanswered() {
  const auto self = shared_from_this();
  while (!gone_ && !unanswered_.empty()) {
    co_await pause();
    const auto these = std::exchange(unanswered_, {});
    if (std::exchange(all_unanswered_, false)) co_await refresh_all();
    for (const auto& one : these) {
      if (one.empty())
        co_await refresh_self();
      else
        co_await refresh(one);
    }
  }
  asking_again_ = false;
}

Task<void> Agent::refresh_all() {
  co_await refresh_self();
  const auto agent = co_await services_.store.agent(shop().id, id());
  if (!agent && not_now(agent.error())) {
    all_unanswered_ = true;
    ask_again({});
  }
  if (!agent || gone_) co_return;
  auto wanted = agent->conversations;
  for (const auto& [conversation, fence] : offers_) wanted.push_back(conversation);
  for (const auto& [conversation, shown] : serving_) wanted.push_back(conversation);
  for (const auto& conversation : wanted) co_await refresh(conversation);
}

Task<void> Agent::refresh_self() {
  auto agent = co_await services_.store.agent(shop().id, id());
  if (gone_) co_return;
  // A new desk asks whether she is there, or another tab of hers that counted has gone: this one is still
  // here.
  if (agent && agent->line != store::Line::live && !moving_)
    agent = co_await services_.store.agent_enter(shop().id, id(), services_.node(), session_);
  if (gone_) co_return;
  if (!agent) {
    if (not_now(agent.error())) ask_again({});
    co_return;
  }
  const proto::Status now{conversation::to_proto(agent->status), agent->reason};
  if (status_ && now.status == status_->status && now.reason == status_->reason) co_return;
  status_ = now;
  line_.send(0, now);
}

Task<void> Agent::refresh(std::string conversation) {
  auto view = co_await services_.store.load(shop().id, conversation);
  if (gone_) co_return;
  if (view)
    co_await settle(std::move(*view));
  else if (not_now(view.error()))
    ask_again(std::move(conversation));
}

Task<void> Agent::settle(ConversationView view) {
  const bool hers = view.agent == id();
  if (hers && view.state == State::offered) {
    const auto shown = offers_.find(view.id);
    if (shown != offers_.end() && shown->second >= view.fence) co_return;
    show_offer_end(view.id, OfferEndReason::missed);  // one that came and went in one look
    co_return co_await show_offer(std::move(view));
  }
  if (hers && view.state == State::active) {
    if (accepting_.contains(view.id)) co_return;
    show_offer_end(view.id, OfferEndReason::accepted);
    const auto before = serving_.find(view.id);
    const bool shown_before = before != serving_.end();
    if (shown_before && before->second == shown(view)) co_return;
    const auto looked = co_await look(view.id);
    if (!looked && not_now(looked.error())) ask_again(view.id);
    if (!looked || gone_ || looked->state != State::active) co_return;
    const auto known = serving_.find(view.id);
    // Closed or taken from her while we looked: she was told, and what we saw is older.
    if (shown_before && known == serving_.end()) co_return;
    if (known != serving_.end() && known->second == shown(*looked))
      co_return;  // meanwhile, by the reply to her accept
    const bool followed = known != serving_.end() && known->second.fence == looked->fence;
    serving_[view.id] = shown(*looked);
    line_.send(0, present(*looked));
    if (!followed) follow(*looked, nullptr);
    co_return;
  }
  // The agent's channel may have brought the news before the conversation's.
  if (hers && view.state == State::closed && serving_.contains(view.id)) co_return show_closed(view);
  show_offer_end(view.id, view.state == State::closed ? OfferEndReason::withdrawn : OfferEndReason::missed);
  if (serving_.erase(view.id) && !hers) {
    // Taken from her: she learns that it is not hers any more, and nothing else of it (S1).
    unfollow(view.id);
    auto shown = show(view);
    shown.agent = {};
    shown.state = proto::ConversationState::waiting;
    line_.send(0, std::move(shown));
  }
}

void Agent::state_changed(const ConversationView& view) {
  if (serving_.contains(view.id) && takes_part(view))
    return view.state == State::closed ? show_closed(view) : Client::state_changed(view);
  const auto self = shared_from_this();
  asio::co_spawn(
      services_.executor, [this, self, view]() { return settle(view); }, asio::detached);
}

// Once, by whichever way it is heard of first.
void Agent::show_closed(const ConversationView& view) {
  serving_.erase(view.id);
  Client::state_changed(view);
}

void Agent::show_offer_end(const std::string& conversation, OfferEndReason reason) {
  const auto shown = offers_.find(conversation);
  if (shown == offers_.end()) return;
  line_.send(0, proto::OfferEnd{conversation, shown->second, reason});
  offers_.erase(shown);
}

Task<void> Agent::show_offer(ConversationView view) {
  offers_[view.id] = view.fence;
  const auto words = co_await preview(view);
  const auto still = offers_.find(view.id);
  if (gone_ || still == offers_.end() || still->second != view.fence) co_return;
  // Our estimate of the store's clock may be a little behind: nobody is promised more than the shop gives.
  // One that seems to be over stands until the desk ends it, and more likely that clock was set a moment ago.
  const store::Millis within = shop().offer.accept_within_s * 1000;
  const auto estimate = std::min(view.offer_deadline - services_.store.now(), within);
  const auto left = estimate > 0 ? estimate : within;
  line_.send(0, proto::Offer{.conversation = view.id,
                             .fence = view.fence,
                             .expires_in_ms = static_cast<std::uint32_t>(left),
                             .skill = view.skill,
                             .wish = conversation::to_proto(view.wish),
                             .visitor = conversation::visitor_person(view),
                             .tier = view.tier,
                             .entered_ms = view.entered,
                             .preview = words,
                             .returning = view.last_agent == id()});
}

Task<std::string> Agent::preview(const ConversationView& view) {
  const auto after = view.head > preview_entries ? view.head - preview_entries : 0;
  const auto entries = co_await services_.store.read(shop().id, view.id, after, preview_entries);
  if (!entries) co_return std::string{};
  for (auto stored = entries->rbegin(); stored != entries->rend(); ++stored) {
    const auto entry = conversation::to_proto(*stored);
    if (entry.author.role != proto::Role::visitor) continue;
    if (const auto* content = std::get_if<proto::Content>(&entry.body))
      co_return cut(content->text, preview_octets_max);
  }
  co_return std::string{};
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
