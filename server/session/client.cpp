#include "server/session/client.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "server/base/pause.hpp"
#include "server/conversation/auto_replies.hpp"
#include "server/conversation/conversations.hpp"
#include "server/conversation/translate.hpp"
#include "server/session/fields.hpp"

namespace switchboard::session {

namespace asio = boost::asio;
using proto::ErrorCode;
using store::Answer;
using store::ConversationView;

Client::Client(Services& services, Line&& line, conversation::ShopContextPtr context, shop::Claims claims,
               proto::Hello hello)
    : services_(services),
      line_(std::move(line)),
      context_(std::move(context)),
      claims_(std::move(claims)),
      hello_(std::move(hello)),
      session_(services_.new_id()) {}

Task<void> Client::handle(proto::ClientFrame frame) {
  const auto ref = frame.ref;
  // What is under way to the store is bounded: until there is room this connection is not read.
  if (!std::holds_alternative<proto::Heartbeat>(frame.body) && !services_.patience.has_room()) {
    const bool room = co_await services_.patience.wait_for_room();
    if (!room) co_return refuse(ref, store::Refusal::busy);
  }
  co_await std::visit([&](auto&& body) { return on(ref, std::move(body)); }, std::move(frame.body));
}

void Client::leave() {
  left_ = true;
  followed_.clear();
}

void Client::ask_to_reconnect(std::uint32_t after_ms) {
  line_.send(0, proto::Reconnect{after_ms});
}

// ---------------------------------------------------------------- frames that are not for this role, or not
// now

Task<void> Client::on(std::uint32_t ref, proto::OpenConversation) {
  refuse(ref, ErrorCode::not_allowed, "visitors open conversations");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::ChangeWish) {
  refuse(ref, ErrorCode::not_allowed, "visitors have wishes");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::SetStatus) {
  refuse(ref, ErrorCode::not_allowed, "agents have a status");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::AcceptOffer) {
  refuse(ref, ErrorCode::not_allowed, "agents accept offers");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::DeclineOffer) {
  refuse(ref, ErrorCode::not_allowed, "agents decline offers");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::AskWhy) {
  refuse(ref, ErrorCode::not_allowed, "agents ask why");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::AskDecisions) {
  refuse(ref, ErrorCode::not_allowed, "supervisors ask for decisions");
  co_return;
}
Task<void> Client::on(std::uint32_t ref, proto::Hello) {
  refuse(ref, ErrorCode::already_signed_in, "hello comes once");
  co_return;
}

Task<void> Client::on(std::uint32_t, std::monostate) {
  co_return;
}  // FramesIn has answered those

// ---------------------------------------------------------------- messages

// Not awaited: the read loop goes on while Redis answers, so that one connection's messages share a group
// commit. Redis executes them in the order in which they came in; the sender's number keeps that order over
// every repeat (M3).
Task<void> Client::on(std::uint32_t ref, proto::Post post) {
  if (!valid_conversation(post.conversation))
    co_return refuse(ref, ErrorCode::not_found, "not there, or not yours");
  if (!valid_client_id(post.client_id))
    co_return refuse(ref, ErrorCode::invalid, "client_id: 16 to 40 of [A-Za-z0-9_-]");
  if (post.number == 0) co_return refuse(ref, ErrorCode::invalid, "number: 1, 2, 3 ...");
  if (const auto problem =
          text_problem(post.content.text, static_cast<std::size_t>(shop().limits.text_octets_max));
      !problem.empty())
    co_return refuse(ref, ErrorCode::invalid, problem);

  if (posts_in_flight_ >= services_.limits.posts_in_flight_max) co_await wait_for_room();
  ++posts_in_flight_;
  // Nothing is kept for what is not hers.
  if (follows(post.conversation)) posted_[post.conversation].add(post.number);

  proto::Entry entry;
  entry.author = person();
  entry.body = std::move(post.content);
  const auto body = proto::encode_entry_body(entry);
  const auto asked =
      services_.patience.ask([self = shared_from_this(), ref, conversation = post.conversation] {
        self->posted_answer(ref, conversation, 0, {}, store::Refusal::unavailable);
      });
  services_.store.append(
      {.shop = shop().id,
       .conversation = post.conversation,
       .role = store_role(),
       .person = id(),
       .sender = hello_.device,
       .fence = post.fence,
       .number = post.number,
       .client_id = post.client_id,
       .body = body},
      [self = shared_from_this(), asked, ref, conversation = post.conversation, number = post.number,
       client_id = post.client_id](const Answer<store::Appended>& appended) {
        if (asked->answered()) self->posted_answer(ref, conversation, number, client_id, appended);
      });
}

void Client::posted_answer(std::uint32_t ref, const std::string& conversation, std::uint32_t number,
                           const std::string& client_id, const Answer<store::Appended>& appended) {
  --posts_in_flight_;
  if (left_) return;
  if (appended) {
    services_.metrics.posts.add();
    if (appended->duplicate) services_.metrics.duplicates.add();
    auto& last = last_numbers_[conversation];
    last = std::max(last, number);
    line_.send(ref, proto::Ack{conversation, client_id, appended->epoch, appended->seq, appended->time,
                               appended->duplicate});
    return;
  }
  if (appended.error() != store::Refusal::number_gap) return refuse(ref, appended.error());
  asio::co_spawn(
      services_.executor,
      [self = shared_from_this(), ref, conversation]() { return self->answer_gap(ref, conversation); },
      asio::detached);
}

Task<void> Client::answer_gap(std::uint32_t ref, std::string conversation) {
  const auto last = co_await services_.patience.answer_of(
      services_.store.last_number(shop().id, conversation, store_role(), id(), hello_.device));
  if (!last) co_return refuse(ref, last.error());
  services_.metrics.errors.add();
  line_.send(ref, proto::Error{ErrorCode::number_gap, "number must be last_number + 1", 0, *last});
}

Task<void> Client::wait_for_room() {
  while (posts_in_flight_ >= services_.limits.posts_in_flight_max && !line_.connection().ended())
    co_await pause(std::chrono::milliseconds(1));
}

// ---------------------------------------------------------------- hints

Task<void> Client::on(std::uint32_t ref, proto::SetTyping typing) {
  if (!follows(typing.conversation)) co_return refuse(ref, ErrorCode::not_found, "not there, or not yours");
  const proto::ServerFrame frame{0, proto::Typing{typing.conversation, role(), typing.on}};
  services_.store.publish(store::channel_conversation(shop().id, typing.conversation),
                          std::string(1, static_cast<char>(store::Hint::live)) + proto::encode_hint(frame));
  line_.send(ref, proto::Done{});
}

Task<void> Client::on(std::uint32_t ref, proto::MarkRead mark) {
  if (!follows(mark.conversation)) co_return refuse(ref, ErrorCode::not_found, "not there, or not yours");
  answer(ref, co_await services_.patience.answer_of(
                  services_.store.mark_read(shop().id, mark.conversation, store_role(), id(), mark.seq)));
}

Task<void> Client::on(std::uint32_t ref, proto::Heartbeat) {
  line_.send(ref, proto::Done{});
  co_return;
}

// ---------------------------------------------------------------- conversations

Task<void> Client::on(std::uint32_t ref, proto::CloseConversation close) {
  const auto view = co_await services_.patience.answer_of(look(close.conversation));
  if (!view) co_return refuse(ref, view.error());
  const auto entries = conversation::entries_closed(*context_, *view, role());
  answer(ref, co_await services_.patience.answer_of(services_.store.close(
                  shop().id, close.conversation, store_role(), id(), "asked", entries)));
}

Task<void> Client::on(std::uint32_t ref, proto::Follow follow_frame) {
  const auto& position = follow_frame.position;
  const auto view = co_await services_.patience.answer_of(look(position.conversation));
  if (!view) co_return refuse(ref, view.error());
  line_.send(ref, present(*view));
  follow(*view, &position);
}

Task<Answer<ConversationView>> Client::look(std::string id) {
  const auto self = shared_from_this();  // whoever asked may not wait for the end
  if (!valid_conversation(id)) co_return store::Refusal::not_found;
  const auto conversation = services_.conversations.get(shop().id, id);
  auto view = co_await conversation->look();
  if (!view) co_return view;
  if (!takes_part(*view)) co_return store::Refusal::not_found;
  const auto last =
      co_await services_.store.last_number(shop().id, id, store_role(), claims_.subject, hello_.device);
  if (!last) co_return last.error();
  auto& known = last_numbers_[id];
  known = std::max(known, *last);
  // Held from here on, so that the subscription does not lapse between looking and following.
  if (!left_) followed_.try_emplace(id).first->second.conversation = conversation;
  co_return view;
}

void Client::follow(const ConversationView& view, const proto::Position* position) {
  if (left_) return;
  auto& followed = followed_[view.id];
  if (!followed.conversation) return;
  // An accept and the hint of it meet here: what was sent once is not sent again.
  if (!position && followed.following) return;
  std::uint32_t after = 0;
  if (position) {
    if (position->epoch == view.epoch && position->seq <= view.head)
      after = position->seq;
    else if (position->seq > 0 || position->epoch != 0)  // also who holds but her own acks, above a gap
      line_.send(0, proto::Reset{view.id, view.epoch});
  }
  followed.closed_at = view.state == store::State::closed ? view.head : 0;
  if (followed.closed_at && after >= followed.closed_at) return unfollow(view.id);
  followed.following = followed.conversation->follow(*this, view, after);
}

void Client::unfollow(const std::string& conversation) {
  const auto found = followed_.find(conversation);
  if (found == followed_.end()) return;
  const auto last = std::move(found->second);  // dies after the map is whole again
  followed_.erase(found);
}

const proto::Position* Client::position_of(const std::string& conversation) const {
  const auto found = std::ranges::find(hello_.positions, conversation, &proto::Position::conversation);
  return found == hello_.positions.end() ? nullptr : &*found;
}

proto::Conversation Client::present(const ConversationView& view) const {
  auto conversation = show(view);
  const auto last = last_numbers_.find(view.id);
  conversation.your_last_number = last == last_numbers_.end() ? 0 : last->second;
  return conversation;
}

// ---------------------------------------------------------------- Participant

bool Client::posted(const std::string& conversation, const store::LogEntry& entry) const {
  if (entry.sender != hello_.device) return false;
  const auto found = posted_.find(conversation);
  return found != posted_.end() && found->second.contains(entry.number);
}

bool Client::has_room() const {
  return line_.connection().outbox_octets() <= line_.connection().limits().outbox_octets_max / 4;
}

void Client::deliver(const conversation::SharedFrame& frame) {
  line_.send(frame);
  const auto* entries = std::get_if<proto::Entries>(&frame.frame().body);
  if (!entries || entries->entries.empty()) return;
  const auto found = followed_.find(entries->conversation);
  if (found != followed_.end() && found->second.closed_at &&
      entries->entries.back().seq >= found->second.closed_at)
    unfollow(std::string(entries->conversation));
}

void Client::hint(const conversation::SharedFrame& frame) {
  line_.send_droppable(frame);
}

void Client::state_changed(const ConversationView& view) {
  if (!takes_part(view)) return unfollow(view.id);
  line_.send(0, present(view));
  if (view.state != store::State::closed) return;
  const auto found = followed_.find(view.id);
  if (found == followed_.end()) return;
  found->second.closed_at = view.head;
  if (found->second.following.cursor() >= view.head) unfollow(view.id);
}

void Client::timeline_changed(const ConversationView& view) {
  const auto found = followed_.find(view.id);
  if (found == followed_.end() || !found->second.following) return;
  // She forgets what she holds, her own posts too: they come as entries, and those that are lost she posts
  // again.
  posted_.erase(view.id);
  last_numbers_.erase(view.id);
  line_.send(0, proto::Reset{view.id, view.epoch});
  found->second.following = found->second.conversation->follow(*this, view, 0);
}

// ---------------------------------------------------------------- answers

void Client::refuse(std::uint32_t ref, store::Refusal refusal) {
  services_.metrics.errors.add();
  session::refuse(services_, line_, ref, refusal);
}

void Client::refuse(std::uint32_t ref, ErrorCode code, std::string_view message) {
  services_.metrics.errors.add();
  line_.error(ref, code, message);
}

void Client::answer(std::uint32_t ref, const Answer<Done>& done) {
  if (done)
    line_.send(ref, proto::Done{});
  else
    refuse(ref, done.error());
}

proto::Person Client::person() const {
  if (role() == proto::Role::agent) return conversation::agent_person(shop(), id());
  return {proto::Role::visitor, id(), claims_.name, ""};
}

proto::Welcome Client::greeting() const {
  proto::Welcome welcome;
  welcome.session = session_;
  welcome.you = person();
  const auto& limits = services_.limits;
  welcome.limits = {limits.message_octets_max, static_cast<std::uint32_t>(shop().limits.text_octets_max),
                    limits.messages_per_second, limits.messages_burst};
  welcome.heartbeat_ms = static_cast<std::uint32_t>(limits.heartbeat.count());
  welcome.now_ms = services_.store.now();
  welcome.shop = {shop().id, shop().name, {}, {}, shop().languages};
  for (const auto& skill : shop().skills) welcome.shop.skills.push_back({skill.id, skill.names});
  for (const auto& persona : shop().personas)
    welcome.shop.personas.push_back({persona.id, persona.names, persona.taglines, persona.color});
  return welcome;
}

}  // namespace switchboard::session
