// What reaches an agent without being asked for: offers, their ends, conversations that change, her own
// status. Her channel says of what, the store says how it is.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "server/base/pause.hpp"
#include "server/conversation/translate.hpp"
#include "server/session/agent.hpp"

namespace switchboard::session {

namespace asio = boost::asio;
using proto::OfferEndReason;
using store::ConversationView;
using store::State;

namespace {
constexpr std::uint32_t preview_entries = 20;  // looked through for the visitor's last words
constexpr std::size_t preview_octets_max = 200;

// Cut at a whole character.
std::string cut(std::string text, std::size_t octets_max) {
  if (text.size() <= octets_max) return text;
  std::size_t end = octets_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}
}  // namespace

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
    co_await pause(ask_again_after);
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
  if (!agent && store::not_now(agent.error())) {
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
    if (store::not_now(agent.error())) ask_again({});
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
  else if (store::not_now(view.error()))
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
    if (!looked && store::not_now(looked.error())) ask_again(view.id);
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

}  // namespace switchboard::session
