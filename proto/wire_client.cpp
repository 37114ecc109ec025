#include "proto/wire.hpp"

namespace switchboard::proto::wire {

void put(const Person& v, v1::Person& m) {
  m.set_role(static_cast<v1::Role>(v.role));
  // Setting an empty text would allocate one: authors of messages mostly have no persona, the system has
  // nothing.
  if (!v.id.empty()) m.set_id(v.id);
  if (!v.name.empty()) m.set_name(v.name);
  if (!v.persona.empty()) m.set_persona(v.persona);
}

Person get(const v1::Person& m) {
  return {known<Role>(m.role(), v1::Role_IsValid), taken(m.id()), taken(m.name()), taken(m.persona())};
}

void put(const Wish& v, v1::Wish& m) {
  m.set_mode(static_cast<v1::WishMode>(v.mode));
  m.set_persona(v.persona);
}

Wish get(const v1::Wish& m) {
  return {known<WishMode>(m.mode(), v1::WishMode_IsValid), m.persona()};
}

void put(const Content& v, v1::Content& m) {
  m.set_text(v.text);
}

Content get(const v1::Content& m) {
  return {m.text()};
}

namespace {

void put(const Position& v, v1::Position& m) {
  m.set_conversation(v.conversation);
  m.set_epoch(v.epoch);
  m.set_seq(v.seq);
}

Position get(const v1::Position& m) {
  return {m.conversation(), m.epoch(), m.seq()};
}

void put(const Hello& v, v1::Hello& m) {
  m.set_shop(v.shop);
  m.set_token(v.token);
  m.set_device(v.device);
  m.set_name(v.name);
  m.set_language(v.language);
  for (const Position& position : v.positions) put(position, *m.add_positions());
  m.set_client(v.client);
}

Hello get(const v1::Hello& m) {
  Hello v{m.shop(), m.token(), m.device(), m.name(), m.language(), {}, m.client()};
  v.positions.reserve(static_cast<std::size_t>(m.positions_size()));
  for (const v1::Position& position : m.positions()) v.positions.push_back(get(position));
  return v;
}

void put(const Post& v, v1::Post& m) {
  m.set_conversation(v.conversation);
  m.set_client_id(v.client_id);
  m.set_number(v.number);
  m.set_fence(v.fence);
  wire::put(v.content, *m.mutable_content());
}

Post get(const v1::Post& m) {
  return {taken(m.conversation()), taken(m.client_id()), m.number(), m.fence(), wire::get(m.content())};
}

// One overload per frame: writes the body of the envelope.
struct PutBody {
  v1::ClientFrame& m;

  void operator()(std::monostate) const {}
  void operator()(const Hello& v) const { put(v, *m.mutable_hello()); }
  void operator()(const OpenConversation& v) const {
    auto& open = *m.mutable_open();
    open.set_skill(v.skill);
    put_wish(v.wish, open);
    open.set_client_id(v.client_id);
  }
  void operator()(const ChangeWish& v) const {
    auto& change = *m.mutable_change_wish();
    change.set_conversation(v.conversation);
    put_wish(v.wish, change);
  }
  void operator()(const Post& v) const { put(v, *m.mutable_post()); }
  void operator()(const SetTyping& v) const {
    m.mutable_set_typing()->set_conversation(v.conversation);
    m.mutable_set_typing()->set_on(v.on);
  }
  void operator()(const MarkRead& v) const {
    m.mutable_mark_read()->set_conversation(v.conversation);
    m.mutable_mark_read()->set_seq(v.seq);
  }
  void operator()(const CloseConversation& v) const { m.mutable_close()->set_conversation(v.conversation); }
  void operator()(const Heartbeat&) const { m.mutable_heartbeat(); }
  void operator()(const SetStatus& v) const {
    m.mutable_set_status()->set_status(static_cast<v1::AgentStatus>(v.status));
    m.mutable_set_status()->set_reason(v.reason);
  }
  void operator()(const AcceptOffer& v) const {
    m.mutable_accept()->set_conversation(v.conversation);
    m.mutable_accept()->set_fence(v.fence);
  }
  void operator()(const DeclineOffer& v) const {
    m.mutable_decline()->set_conversation(v.conversation);
    m.mutable_decline()->set_fence(v.fence);
    m.mutable_decline()->set_reason(v.reason);
  }
  void operator()(const Follow& v) const { put(v.position, *m.mutable_follow()->mutable_position()); }
  void operator()(const AskWhy& v) const { m.mutable_ask_why()->set_conversation(v.conversation); }
  void operator()(const AskDecisions& v) const {
    m.mutable_ask_decisions()->set_limit(v.limit);
    m.mutable_ask_decisions()->set_before(v.before);
  }
};

// What a client asks for must be known, or it would silently become something else: "any" persona, "offline".
bool asks_for_unknown(const v1::ClientFrame& m) {
  switch (m.body_case()) {
    case v1::ClientFrame::kOpen:
      return !v1::WishMode_IsValid(m.open().wish().mode());
    case v1::ClientFrame::kChangeWish:
      return !v1::WishMode_IsValid(m.change_wish().wish().mode());
    case v1::ClientFrame::kSetStatus:
      return !v1::AgentStatus_IsValid(m.set_status().status());
    default:
      return false;
  }
}

}  // namespace

void put(const ClientFrame& v, v1::ClientFrame& m) {
  m.set_ref(v.ref);
  std::visit(PutBody{m}, v.body);
}

ClientFrame get(const v1::ClientFrame& m) {
  ClientFrame v{m.ref(), {}};
  if (asks_for_unknown(m)) return v;
  switch (m.body_case()) {
    case v1::ClientFrame::kHello:
      v.body = get(m.hello());
      break;
    case v1::ClientFrame::kOpen:
      v.body = OpenConversation{m.open().skill(), get(m.open().wish()), m.open().client_id()};
      break;
    case v1::ClientFrame::kChangeWish:
      v.body = ChangeWish{m.change_wish().conversation(), get(m.change_wish().wish())};
      break;
    case v1::ClientFrame::kPost:
      v.body = get(m.post());
      break;
    case v1::ClientFrame::kSetTyping:
      v.body = SetTyping{m.set_typing().conversation(), m.set_typing().on()};
      break;
    case v1::ClientFrame::kMarkRead:
      v.body = MarkRead{m.mark_read().conversation(), m.mark_read().seq()};
      break;
    case v1::ClientFrame::kClose:
      v.body = CloseConversation{m.close().conversation()};
      break;
    case v1::ClientFrame::kHeartbeat:
      v.body = Heartbeat{};
      break;
    case v1::ClientFrame::kSetStatus:
      v.body = SetStatus{static_cast<AgentStatus>(m.set_status().status()), m.set_status().reason()};
      break;
    case v1::ClientFrame::kAccept:
      v.body = AcceptOffer{m.accept().conversation(), m.accept().fence()};
      break;
    case v1::ClientFrame::kDecline:
      v.body = DeclineOffer{m.decline().conversation(), m.decline().fence(), m.decline().reason()};
      break;
    case v1::ClientFrame::kFollow:
      v.body = Follow{get(m.follow().position())};
      break;
    case v1::ClientFrame::kAskWhy:
      v.body = AskWhy{m.ask_why().conversation()};
      break;
    case v1::ClientFrame::kAskDecisions:
      v.body = AskDecisions{m.ask_decisions().limit(), m.ask_decisions().before()};
      break;
    case v1::ClientFrame::BODY_NOT_SET:
      break;
  }
  return v;
}

}  // namespace switchboard::proto::wire
