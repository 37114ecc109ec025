#include "server/conversation/translate.hpp"

#include "proto/codec.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::conversation {

proto::Role to_proto(store::Role role) {
  switch (role) {
    case store::Role::visitor:
      return proto::Role::visitor;
    case store::Role::agent:
      return proto::Role::agent;
    case store::Role::system:
      return proto::Role::system;
  }
  return proto::Role::unspecified;
}

proto::ConversationState to_proto(store::State state) {
  switch (state) {
    case store::State::waiting:
      return proto::ConversationState::waiting;
    case store::State::offered:
      return proto::ConversationState::offered;
    case store::State::active:
      return proto::ConversationState::active;
    case store::State::closed:
      return proto::ConversationState::closed;
  }
  return proto::ConversationState::unspecified;
}

proto::AgentStatus to_proto(store::AgentStatus status) {
  switch (status) {
    case store::AgentStatus::available:
      return proto::AgentStatus::available;
    case store::AgentStatus::drain:
      return proto::AgentStatus::drain;
    case store::AgentStatus::on_break:
      return proto::AgentStatus::on_break;
    case store::AgentStatus::offline:
      return proto::AgentStatus::offline;
  }
  return proto::AgentStatus::offline;
}

store::AgentStatus to_store(proto::AgentStatus status) {
  switch (status) {
    case proto::AgentStatus::available:
      return store::AgentStatus::available;
    case proto::AgentStatus::drain:
      return store::AgentStatus::drain;
    case proto::AgentStatus::on_break:
      return store::AgentStatus::on_break;
    case proto::AgentStatus::offline:
      return store::AgentStatus::offline;
  }
  return store::AgentStatus::offline;
}

proto::Wish to_proto(const store::Wish& wish) {
  switch (wish.mode) {
    case store::WishMode::any:
      return {proto::WishMode::any, ""};
    case store::WishMode::prefer:
      return {proto::WishMode::prefer, wish.persona};
    case store::WishMode::strict:
      return {proto::WishMode::strict, wish.persona};
  }
  return {};
}

store::Wish to_store(const proto::Wish& wish) {
  switch (wish.mode) {
    case proto::WishMode::any:
      return {store::WishMode::any, ""};
    case proto::WishMode::prefer:
      return {store::WishMode::prefer, wish.persona};
    case proto::WishMode::strict:
      return {store::WishMode::strict, wish.persona};
  }
  return {};
}

proto::Entry to_proto(const store::LogEntry& stored) {
  proto::Entry entry = proto::decode_entry_body(stored.body).value_or(proto::Entry{});
  entry.seq = stored.seq;
  entry.time_ms = stored.time;
  entry.client_id = stored.client_id;
  return entry;
}

proto::ServerFrame entries_frame(const std::string& conversation, std::uint32_t epoch,
                                 std::span<const store::LogEntry> entries) {
  proto::Entries frame{conversation, epoch, {}};
  frame.entries.reserve(entries.size());
  for (const auto& entry : entries) frame.entries.push_back(to_proto(entry));
  return {0, std::move(frame)};
}

proto::AssignReason assign_reason(const store::ConversationView& view) {
  const int digit = view.assign_reason - '0';
  const bool known = digit > 0 && digit <= static_cast<int>(proto::AssignReason::other_persona);
  return known ? static_cast<proto::AssignReason>(digit) : proto::AssignReason::unspecified;
}

char to_store(proto::AssignReason reason) {
  return static_cast<char>('0' + static_cast<int>(reason));
}

proto::Person agent_person(const shop::Shop& shop, const std::string& agent) {
  if (agent.empty()) return {};
  const auto* found = shop.agent(agent);
  if (!found) return {proto::Role::agent, agent, agent, ""};
  return {proto::Role::agent, found->id, found->name, found->persona};
}

proto::Person visitor_person(const store::ConversationView& view) {
  return {proto::Role::visitor, view.visitor, view.visitor_name, ""};
}

proto::Decision to_proto(const shop::Shop& shop, const store::OfferMade& offer) {
  proto::Decision decision{.id = offer.id,
                           .time_ms = offer.time,
                           .visitor = {proto::Role::visitor, offer.visitor, offer.visitor_name, ""},
                           .agent = agent_person(shop, offer.agent),
                           .skill = offer.skill,
                           .wish = to_proto(offer.wish),
                           .tier = offer.tier};
  if (const auto* agent = shop.agent(offer.agent))
    for (const auto& skill : agent->skills)
      if (skill.skill == offer.skill) decision.level = static_cast<std::uint32_t>(skill.level);
  auto frame = proto::decode_hint(offer.why);
  if (auto* why = frame ? std::get_if<proto::Why>(&frame->body) : nullptr) decision.why = std::move(*why);
  decision.why.conversation = offer.conversation;
  return decision;
}

namespace {

proto::Conversation common(const store::ConversationView& view) {
  proto::Conversation conversation;
  conversation.id = view.id;
  conversation.epoch = view.epoch;
  conversation.state = to_proto(view.state);
  conversation.skill = view.skill;
  conversation.wish = to_proto(view.wish);
  conversation.visitor = visitor_person(view);
  conversation.entered_ms = view.entered;
  conversation.head = view.head;
  conversation.read_by_visitor = view.read_by_visitor;
  conversation.read_by_agent = view.read_by_agent;
  return conversation;
}

}  // namespace

proto::Conversation for_visitor(const shop::Shop& shop, const store::ConversationView& view) {
  auto conversation = common(view);
  // An offer may still be declined: until it is accepted she waits, and is not told for whom.
  if (view.state == store::State::offered) conversation.state = proto::ConversationState::waiting;
  if (view.state == store::State::active || view.state == store::State::closed)
    conversation.agent = agent_person(shop, view.agent);
  return conversation;
}

proto::Conversation for_agent(const shop::Shop& shop, const store::ConversationView& view,
                              const std::string& agent) {
  auto conversation = common(view);
  conversation.agent = agent_person(shop, view.agent);
  conversation.fence = view.fence;
  conversation.tier = view.tier;
  conversation.returning = view.last_agent == agent;
  conversation.parked_ms = view.parked;
  return conversation;
}

}  // namespace switchboard::conversation
