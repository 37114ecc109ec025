#include "server/shop/shop.hpp"

#include <algorithm>

namespace switchboard::shop {
namespace {

template <class T>
const T* find_by_id(const std::vector<T>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [id](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

std::string_view text_in(const Texts& texts, std::string_view language) {
  const auto found = texts.find(std::string(language));
  return found == texts.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

const Skill* Shop::skill(std::string_view skill_id) const {
  return find_by_id(skills, skill_id);
}
const Persona* Shop::persona(std::string_view persona_id) const {
  return find_by_id(personas, persona_id);
}
const Agent* Shop::agent(std::string_view agent_id) const {
  return find_by_id(agents, agent_id);
}

std::string_view to_string(Trigger trigger) {
  switch (trigger) {
    case Trigger::opened:
      return "opened";
    case Trigger::waiting:
      return "waiting";
    case Trigger::assigned:
      return "assigned";
    case Trigger::agent_away:
      return "agent_away";
    case Trigger::closed:
      return "closed";
  }
  return {};
}

std::optional<Trigger> trigger_from(std::string_view text) {
  for (const Trigger trigger : triggers) {
    if (to_string(trigger) == text) return trigger;
  }
  return std::nullopt;
}

bool valid_id(std::string_view id) {
  if (id.empty() || id.size() > 32) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string_view pick(const Texts& texts, std::string_view language, std::string_view default_language) {
  for (const std::string_view wanted : {language, std::string_view(), default_language}) {
    if (const std::string_view text = text_in(texts, wanted); !text.empty()) return text;
  }
  return texts.empty() ? std::string_view() : std::string_view(texts.begin()->second);
}

std::string_view wording(const QuickReply& reply, std::string_view persona, std::string_view language,
                         std::string_view default_language) {
  for (const std::string_view wanted : {language, std::string_view(), default_language}) {
    for (const std::string_view voice : {persona, std::string_view()}) {
      const auto found = reply.texts.find(std::string(voice));
      if (found == reply.texts.end()) continue;
      if (const std::string_view text = text_in(found->second, wanted); !text.empty()) return text;
    }
  }
  return {};
}

}  // namespace switchboard::shop
