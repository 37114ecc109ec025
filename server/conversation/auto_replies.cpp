#include "server/conversation/auto_replies.hpp"

#include "proto/codec.hpp"
#include "server/conversation/translate.hpp"

namespace switchboard::conversation {
namespace {

const proto::Person system_person{proto::Role::system, "", "", ""};

std::string encode(proto::Entry entry) {
  entry.author = system_person;
  return proto::encode_entry_body(entry);
}

shop::Trigger to_shop(proto::Trigger trigger) {
  switch (trigger) {
    case proto::Trigger::waiting:
      return shop::Trigger::waiting;
    case proto::Trigger::assigned:
      return shop::Trigger::assigned;
    case proto::Trigger::agent_away:
      return shop::Trigger::agent_away;
    case proto::Trigger::closed:
      return shop::Trigger::closed;
    case proto::Trigger::opened:
    case proto::Trigger::unspecified:
      break;
  }
  return shop::Trigger::opened;
}

void add(std::vector<std::string>& entries, std::optional<std::string> entry) {
  if (entry) entries.push_back(std::move(*entry));
}

}  // namespace

std::optional<std::string> auto_reply(const ShopContext& context, proto::Trigger trigger,
                                      const std::string& persona, const std::string& language,
                                      std::vector<shop::Variable> variables) {
  const auto text = context.templates.find(to_shop(trigger), persona, language);
  if (!text) return std::nullopt;
  const auto& default_language = context.shop.default_language;
  const auto* voice = context.shop.persona(persona);
  variables.push_back({"shop", context.shop.name});
  if (voice) variables.push_back({"persona", shop::pick(voice->names, language, default_language)});
  proto::Entry entry;
  entry.body = proto::AutoReply{trigger, shop::render(*text, variables), persona};
  return encode(std::move(entry));
}

std::vector<std::string> entries_opened(const ShopContext& context, const store::Open& open) {
  std::vector<std::string> entries;
  add(entries, auto_reply(context, proto::Trigger::opened, open.wish.persona, std::string(open.language),
                          {{"visitor", open.visitor_name}}));
  return entries;
}

std::vector<std::string> entries_assigned(const ShopContext& context, const store::ConversationView& view,
                                          const std::string& agent) {
  const auto person = agent_person(context.shop, agent);
  proto::Entry note;
  note.body = proto::AssignedNote{person, assign_reason(view)};
  std::vector<std::string> entries{encode(std::move(note))};
  // The voice is that of the person she now talks to, whatever she wished for.
  add(entries, auto_reply(context, proto::Trigger::assigned, person.persona, view.language,
                          {{"visitor", view.visitor_name}, {"agent", person.name}}));
  return entries;
}

std::vector<std::string> entries_requeued(const ShopContext& context, const store::ConversationView& view,
                                          proto::RequeueReason reason) {
  const auto person = agent_person(context.shop, view.agent);
  proto::Entry note;
  note.body = proto::RequeuedNote{reason};
  std::vector<std::string> entries{encode(std::move(note))};
  add(entries, auto_reply(context, proto::Trigger::agent_away, person.persona, view.language,
                          {{"visitor", view.visitor_name}, {"agent", person.name}}));
  return entries;
}

std::vector<std::string> entries_closed(const ShopContext& context, const store::ConversationView& view,
                                        proto::Role by) {
  const auto person = agent_person(context.shop, view.agent);
  proto::Entry note;
  note.body = proto::ClosedNote{by};
  std::vector<std::string> entries{encode(std::move(note))};
  // A visitor who leaves the queue was served by nobody and is not thanked for a talk.
  if (view.state == store::State::active)
    add(entries, auto_reply(context, proto::Trigger::closed, person.persona, view.language,
                            {{"visitor", view.visitor_name}, {"agent", person.name}}));
  return entries;
}

}  // namespace switchboard::conversation
