#include "proto/wire.hpp"

namespace switchboard::proto::wire {
namespace {

using Names = std::map<std::string, std::string>;
using WireNames = google::protobuf::Map<std::string, std::string>;

void put(const Names& v, WireNames& m) {
  for (const auto& [key, value] : v) m[key] = value;
}

Names get(const WireNames& m) {
  return {m.begin(), m.end()};
}

void put_visitor(const Person& visitor, auto& m) {
  if (visitor != Person{}) wire::put(visitor, *m.mutable_visitor());
}

// ---------------------------------------------------------------- the shop, as a welcome tells it

void put(const Shop& v, v1::Shop& m) {
  m.set_id(v.id);
  m.set_name(v.name);
  for (const Skill& skill : v.skills) {
    auto& out = *m.add_skills();
    out.set_id(skill.id);
    put(skill.names, *out.mutable_names());
  }
  for (const Persona& persona : v.personas) {
    auto& out = *m.add_personas();
    out.set_id(persona.id);
    put(persona.names, *out.mutable_names());
    put(persona.taglines, *out.mutable_taglines());
    out.set_color(persona.color);
  }
  for (const std::string& language : v.languages) m.add_languages(language);
}

Shop get(const v1::Shop& m) {
  Shop v{m.id(), m.name(), {}, {}, {m.languages().begin(), m.languages().end()}};
  for (const v1::Skill& skill : m.skills()) v.skills.push_back({skill.id(), get(skill.names())});
  for (const v1::Persona& persona : m.personas()) {
    v.personas.push_back({persona.id(), get(persona.names()), get(persona.taglines()), persona.color()});
  }
  return v;
}

// ---------------------------------------------------------------- state

void put(const Conversation& v, v1::Conversation& m) {
  m.set_id(v.id);
  m.set_epoch(v.epoch);
  m.set_state(static_cast<v1::ConversationState>(v.state));
  m.set_skill(v.skill);
  put_wish(v.wish, m);
  put_visitor(v.visitor, m);
  if (v.agent != Person{}) wire::put(v.agent, *m.mutable_agent());
  m.set_fence(v.fence);
  m.set_tier(v.tier);
  m.set_entered_ms(v.entered_ms);
  m.set_head(v.head);
  m.set_read_by_visitor(v.read_by_visitor);
  m.set_read_by_agent(v.read_by_agent);
  m.set_returning(v.returning);
  m.set_your_last_number(v.your_last_number);
  m.set_parked_ms(v.parked_ms);
}

Conversation get(const v1::Conversation& m) {
  return {m.id(),
          m.epoch(),
          known<ConversationState>(m.state(), v1::ConversationState_IsValid),
          m.skill(),
          wire::get(m.wish()),
          wire::get(m.visitor()),
          wire::get(m.agent()),
          m.fence(),
          m.tier(),
          m.entered_ms(),
          m.head(),
          m.read_by_visitor(),
          m.read_by_agent(),
          m.returning(),
          m.your_last_number(),
          m.parked_ms()};
}

void put(const Availability& v, v1::Availability& m) {
  for (const PersonaAvailability& persona : v.personas) {
    auto& out = *m.add_personas();
    out.set_persona(persona.persona);
    out.set_free(persona.free);
    out.set_on_shift(persona.on_shift);
    out.set_eta_p50_ms(persona.eta_p50_ms);
  }
  m.set_free(v.free);
  m.set_eta_p50_ms(v.eta_p50_ms);
  m.set_open(v.open);
}

Availability get(const v1::Availability& m) {
  Availability v{{}, m.free(), m.eta_p50_ms(), m.open()};
  for (const v1::PersonaAvailability& persona : m.personas()) {
    v.personas.push_back({persona.persona(), persona.free(), persona.on_shift(), persona.eta_p50_ms()});
  }
  return v;
}

void put(const Status& v, v1::Status& m) {
  m.set_status(static_cast<v1::AgentStatus>(v.status));
  m.set_reason(v.reason);
}

Status get(const v1::Status& m) {
  return {known<AgentStatus>(m.status(), v1::AgentStatus_IsValid), m.reason()};
}

void put(const Limits& v, v1::Limits& m) {
  m.set_message_octets_max(v.message_octets_max);
  m.set_text_octets_max(v.text_octets_max);
  m.set_messages_per_second(v.messages_per_second);
  m.set_burst(v.burst);
}

void put(const Welcome& v, v1::Welcome& m) {
  m.set_session(v.session);
  wire::put(v.you, *m.mutable_you());
  m.set_token(v.token);
  put(v.limits, *m.mutable_limits());
  m.set_heartbeat_ms(v.heartbeat_ms);
  m.set_now_ms(v.now_ms);
  put(v.shop, *m.mutable_shop());
  for (const Conversation& conversation : v.conversations) put(conversation, *m.add_conversations());
  if (v.you.role == Role::visitor) put(v.availability, *m.mutable_availability());
  if (v.you.role == Role::agent) put(v.status, *m.mutable_status());
  for (const QuickReply& reply : v.quick_replies) {
    auto& out = *m.add_quick_replies();
    out.set_stage(reply.stage);
    out.set_shortcut(reply.shortcut);
    out.set_title(reply.title);
    out.set_text(reply.text);
  }
  m.set_capacity(v.capacity);
  m.set_supervisor(v.supervisor);
}

Welcome get(const v1::Welcome& m) {
  Welcome v{m.session(),
            wire::get(m.you()),
            m.token(),
            {m.limits().message_octets_max(), m.limits().text_octets_max(), m.limits().messages_per_second(),
             m.limits().burst()},
            m.heartbeat_ms(),
            m.now_ms(),
            get(m.shop()),
            {},
            get(m.availability()),
            get(m.status()),
            {},
            m.capacity(),
            m.supervisor()};
  for (const v1::Conversation& conversation : m.conversations()) v.conversations.push_back(get(conversation));
  for (const v1::QuickReply& reply : m.quick_replies()) {
    v.quick_replies.push_back({reply.stage(), reply.shortcut(), reply.title(), reply.text()});
  }
  return v;
}

// ---------------------------------------------------------------- messages

void put(const Ack& v, v1::Ack& m) {
  m.set_conversation(v.conversation);
  m.set_client_id(v.client_id);
  m.set_epoch(v.epoch);
  m.set_seq(v.seq);
  m.set_time_ms(v.time_ms);
  m.set_duplicate(v.duplicate);
}

Ack get(const v1::Ack& m) {
  return {taken(m.conversation()), taken(m.client_id()), m.epoch(), m.seq(), m.time_ms(), m.duplicate()};
}

struct PutEntryBody {
  v1::Entry& m;

  void operator()(std::monostate) const {}
  void operator()(const Content& v) const { wire::put(v, *m.mutable_content()); }
  void operator()(const AutoReply& v) const {
    m.mutable_auto_reply()->set_trigger(static_cast<v1::Trigger>(v.trigger));
    m.mutable_auto_reply()->set_text(v.text);
    m.mutable_auto_reply()->set_persona(v.persona);
  }
  void operator()(const AssignedNote& v) const {
    wire::put(v.agent, *m.mutable_assigned()->mutable_agent());
    m.mutable_assigned()->set_reason(static_cast<v1::AssignReason>(v.reason));
  }
  void operator()(const RequeuedNote& v) const {
    m.mutable_requeued()->set_reason(static_cast<v1::RequeueReason>(v.reason));
  }
  void operator()(const ClosedNote& v) const { m.mutable_closed()->set_by(static_cast<v1::Role>(v.by)); }
};

void put(const Entries& v, v1::Entries& m) {
  m.set_conversation(v.conversation);
  m.set_epoch(v.epoch);
  for (const Entry& entry : v.entries) wire::put(entry, *m.add_entries());
}

Entries get(const v1::Entries& m) {
  Entries v{m.conversation(), m.epoch(), {}};
  v.entries.reserve(static_cast<std::size_t>(m.entries_size()));
  for (const v1::Entry& entry : m.entries()) v.entries.push_back(wire::get(entry));
  return v;
}

void put(const QueueUpdate& v, v1::QueueUpdate& m) {
  m.set_conversation(v.conversation);
  m.set_position(v.position);
  m.set_eta_p50_ms(v.eta_p50_ms);
  m.set_eta_p90_ms(v.eta_p90_ms);
  m.set_passed_by_priority(v.passed_by_priority);
  m.set_reason(static_cast<v1::WaitReason>(v.reason));
}

QueueUpdate get(const v1::QueueUpdate& m) {
  return {m.conversation(), m.position(),           m.eta_p50_ms(),
          m.eta_p90_ms(),   m.passed_by_priority(), known<WaitReason>(m.reason(), v1::WaitReason_IsValid)};
}

void put(const AgentRank& v, v1::AgentRank& m) {
  m.set_agent(v.agent);
  m.set_name(v.name);
  m.set_level(v.level);
  m.set_load_pm(v.load_pm);
  m.set_demand_pm(v.demand_pm);
  m.set_last_offer_ms(v.last_offer_ms);
  m.set_shift_ends_soon(v.shift_ends_soon);
}

AgentRank get(const v1::AgentRank& m) {
  return {m.agent(), m.name(), m.level(), m.load_pm(), m.demand_pm(), m.last_offer_ms(), m.shift_ends_soon()};
}

void put(const VisitorRank& v, v1::VisitorRank& m) {
  m.set_score(v.score);
  m.set_waited_ms(v.waited_ms);
}

VisitorRank get(const v1::VisitorRank& m) {
  return {m.score(), m.waited_ms()};
}

void put(const AgentChoice& v, v1::AgentChoice& m) {
  m.set_on_duty(v.on_duty);
  m.set_not_open(v.not_open);
  m.set_level_closed(v.level_closed);
  m.set_other_persona(v.other_persona);
  m.set_excluded(v.excluded);
  m.set_candidates(v.candidates);
  put(v.winner, *m.mutable_winner());
  if (v.runner_up != AgentRank{}) put(v.runner_up, *m.mutable_runner_up());
}

AgentChoice get(const v1::AgentChoice& m) {
  return {m.on_duty(),  m.not_open(),   m.level_closed(), m.other_persona(),
          m.excluded(), m.candidates(), get(m.winner()),  get(m.runner_up())};
}

void put(const VisitorChoice& v, v1::VisitorChoice& m) {
  m.set_lines(v.lines);
  m.set_level_closed(v.level_closed);
  m.set_strict_other(v.strict_other);
  m.set_held(v.held);
  m.set_excluded(v.excluded);
  m.set_candidates(v.candidates);
  put(v.winner, *m.mutable_winner());
  if (v.runner_up != VisitorRank{}) put(v.runner_up, *m.mutable_runner_up());
}

VisitorChoice get(const v1::VisitorChoice& m) {
  return {m.lines(),    m.level_closed(), m.strict_other(), m.held(),
          m.excluded(), m.candidates(),   get(m.winner()),  get(m.runner_up())};
}

void put(const Why& v, v1::Why& m) {
  m.set_conversation(v.conversation);
  m.set_reason(static_cast<v1::AssignReason>(v.reason));
  m.set_waited_ms(v.waited_ms);
  m.set_decided_ms(v.decided_ms);
  if (v.agents != AgentChoice{}) put(v.agents, *m.mutable_agents());
  if (v.visitors != VisitorChoice{}) put(v.visitors, *m.mutable_visitors());
  m.set_event(v.event);
}

Why get(const v1::Why& m) {
  return {m.conversation(), known<AssignReason>(m.reason(), v1::AssignReason_IsValid),
          m.waited_ms(),    m.decided_ms(),
          get(m.agents()),  get(m.visitors()),
          m.event()};
}

void put(const Decision& v, v1::Decision& m) {
  m.set_id(v.id);
  m.set_time_ms(v.time_ms);
  put_visitor(v.visitor, m);
  wire::put(v.agent, *m.mutable_agent());
  m.set_level(v.level);
  m.set_skill(v.skill);
  put_wish(v.wish, m);
  m.set_tier(v.tier);
  put(v.why, *m.mutable_why());
}

Decision get(const v1::Decision& m) {
  return {m.id(),      m.time_ms(), wire::get(m.visitor()), wire::get(m.agent()),
          m.level(),   m.skill(),   wire::get(m.wish()),    m.tier(),
          get(m.why())};
}

void put(const Offer& v, v1::Offer& m) {
  m.set_conversation(v.conversation);
  m.set_fence(v.fence);
  m.set_expires_in_ms(v.expires_in_ms);
  m.set_skill(v.skill);
  put_wish(v.wish, m);
  put_visitor(v.visitor, m);
  m.set_tier(v.tier);
  m.set_entered_ms(v.entered_ms);
  m.set_preview(v.preview);
  m.set_returning(v.returning);
}

Offer get(const v1::Offer& m) {
  return {m.conversation(),       m.fence(), m.expires_in_ms(), m.skill(),   wire::get(m.wish()),
          wire::get(m.visitor()), m.tier(),  m.entered_ms(),    m.preview(), m.returning()};
}

// One overload per frame: writes the body of the envelope.
struct PutBody {
  v1::ServerFrame& m;

  void operator()(std::monostate) const {}
  void operator()(const Welcome& v) const { put(v, *m.mutable_welcome()); }
  void operator()(const Done&) const { m.mutable_done(); }
  void operator()(const Error& v) const {
    auto& error = *m.mutable_error();
    error.set_code(static_cast<v1::ErrorCode>(v.code));
    error.set_message(v.message);
    error.set_retry_after_ms(v.retry_after_ms);
    error.set_last_number(v.last_number);
  }
  void operator()(const Ack& v) const { put(v, *m.mutable_ack()); }
  void operator()(const Conversation& v) const { put(v, *m.mutable_conversation()); }
  void operator()(const Entries& v) const { put(v, *m.mutable_entries()); }
  void operator()(const Typing& v) const {
    auto& typing = *m.mutable_typing();
    typing.set_conversation(v.conversation);
    typing.set_role(static_cast<v1::Role>(v.role));
    typing.set_on(v.on);
  }
  void operator()(const ReadMark& v) const {
    auto& mark = *m.mutable_read_mark();
    mark.set_conversation(v.conversation);
    mark.set_role(static_cast<v1::Role>(v.role));
    mark.set_seq(v.seq);
  }
  void operator()(const QueueUpdate& v) const { put(v, *m.mutable_queue()); }
  void operator()(const Availability& v) const { put(v, *m.mutable_availability()); }
  void operator()(const Offer& v) const { put(v, *m.mutable_offer()); }
  void operator()(const OfferEnd& v) const {
    auto& end = *m.mutable_offer_end();
    end.set_conversation(v.conversation);
    end.set_fence(v.fence);
    end.set_reason(static_cast<v1::OfferEndReason>(v.reason));
  }
  void operator()(const Status& v) const { put(v, *m.mutable_status()); }
  void operator()(const Reset& v) const {
    m.mutable_reset()->set_conversation(v.conversation);
    m.mutable_reset()->set_epoch(v.epoch);
  }
  void operator()(const Reconnect& v) const { m.mutable_reconnect()->set_after_ms(v.after_ms); }
  void operator()(const Why& v) const { put(v, *m.mutable_why()); }
  void operator()(const Decisions& v) const {
    auto& all = *m.mutable_decisions();
    for (const Decision& decision : v.decisions) put(decision, *all.add_decisions());
  }
};

}  // namespace

void put(const Entry& v, v1::Entry& m) {
  m.set_seq(v.seq);
  m.set_time_ms(v.time_ms);
  if (!v.client_id.empty()) m.set_client_id(v.client_id);
  if (v.author != Person{}) put(v.author, *m.mutable_author());
  std::visit(PutEntryBody{m}, v.body);
}

Entry get(const v1::Entry& m) {
  Entry v{m.seq(), m.time_ms(), taken(m.client_id()), get(m.author()), {}};
  switch (m.body_case()) {
    case v1::Entry::kContent:
      v.body = get(m.content());
      break;
    case v1::Entry::kAutoReply:
      v.body = AutoReply{known<Trigger>(m.auto_reply().trigger(), v1::Trigger_IsValid), m.auto_reply().text(),
                         m.auto_reply().persona()};
      break;
    case v1::Entry::kAssigned:
      v.body = AssignedNote{get(m.assigned().agent()),
                            known<AssignReason>(m.assigned().reason(), v1::AssignReason_IsValid)};
      break;
    case v1::Entry::kRequeued:
      v.body = RequeuedNote{known<RequeueReason>(m.requeued().reason(), v1::RequeueReason_IsValid)};
      break;
    case v1::Entry::kClosed:
      v.body = ClosedNote{known<Role>(m.closed().by(), v1::Role_IsValid)};
      break;
    case v1::Entry::BODY_NOT_SET:
      break;
  }
  return v;
}

void put(const ServerFrame& v, v1::ServerFrame& m) {
  m.set_ref(v.ref);
  std::visit(PutBody{m}, v.body);
}

ServerFrame get(const v1::ServerFrame& m) {
  ServerFrame v{m.ref(), {}};
  switch (m.body_case()) {
    case v1::ServerFrame::kWelcome:
      v.body = get(m.welcome());
      break;
    case v1::ServerFrame::kDone:
      v.body = Done{};
      break;
    case v1::ServerFrame::kError:
      v.body = Error{known<ErrorCode>(m.error().code(), v1::ErrorCode_IsValid), m.error().message(),
                     m.error().retry_after_ms(), m.error().last_number()};
      break;
    case v1::ServerFrame::kAck:
      v.body = get(m.ack());
      break;
    case v1::ServerFrame::kConversation:
      v.body = get(m.conversation());
      break;
    case v1::ServerFrame::kEntries:
      v.body = get(m.entries());
      break;
    case v1::ServerFrame::kTyping:
      v.body = Typing{m.typing().conversation(), known<Role>(m.typing().role(), v1::Role_IsValid),
                      m.typing().on()};
      break;
    case v1::ServerFrame::kReadMark:
      v.body = ReadMark{m.read_mark().conversation(), known<Role>(m.read_mark().role(), v1::Role_IsValid),
                        m.read_mark().seq()};
      break;
    case v1::ServerFrame::kQueue:
      v.body = get(m.queue());
      break;
    case v1::ServerFrame::kAvailability:
      v.body = get(m.availability());
      break;
    case v1::ServerFrame::kOffer:
      v.body = get(m.offer());
      break;
    case v1::ServerFrame::kOfferEnd:
      v.body = OfferEnd{m.offer_end().conversation(), m.offer_end().fence(),
                        known<OfferEndReason>(m.offer_end().reason(), v1::OfferEndReason_IsValid)};
      break;
    case v1::ServerFrame::kStatus:
      v.body = get(m.status());
      break;
    case v1::ServerFrame::kReset:
      v.body = Reset{m.reset().conversation(), m.reset().epoch()};
      break;
    case v1::ServerFrame::kReconnect:
      v.body = Reconnect{m.reconnect().after_ms()};
      break;
    case v1::ServerFrame::kWhy:
      v.body = get(m.why());
      break;
    case v1::ServerFrame::kDecisions: {
      auto& all = v.body.emplace<Decisions>();
      for (const v1::Decision& decision : m.decisions().decisions()) all.decisions.push_back(get(decision));
      break;
    }
    case v1::ServerFrame::BODY_NOT_SET:
      break;
  }
  return v;
}

}  // namespace switchboard::proto::wire
