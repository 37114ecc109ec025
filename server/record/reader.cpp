#include "server/record/reader.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "router/event_line.hpp"

namespace switchboard::record {

namespace {

std::string name_of(const std::map<std::uint64_t, std::string>& names, std::uint64_t number,
                    const char* what) {
  const auto found = names.find(number);
  return found == names.end() ? std::string(what) + ' ' + std::to_string(number) : found->second;
}

// The word before the next space; it and the space are taken off.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

template <class T>
bool to_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned octet = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, octet, 16);
    if (error != std::errc() || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(octet);
    i += 2;
  }
  if (out.empty() || out.size() > kNameOctetsMax) return std::nullopt;
  return out;
}

class Reader {
 public:
  Result<Record, std::string> read(std::string_view text) {
    if (text.size() > kRecordOctetsMax) return std::string("larger than a record can be");
    while (!text.empty()) {
      const std::string_view one = text.substr(0, text.find('\n'));
      const bool whole = one.size() < text.size();
      text.remove_prefix(whole ? one.size() + 1 : one.size());
      ++line_;
      if (!whole) {
        gap("the last line is cut off");
        break;
      }
      const char* wrong = line_ == 1 ? head(one) : line(one);
      if (wrong != nullptr) return "line " + std::to_string(line_) + ": " + wrong;
    }
    if (line_ == 0) return std::string("there is nothing in it");
    if (Chapter* chapter = open()) chapter->last = true;
    return std::move(record_);
  }

 private:
  void gap(const std::string& what) { record_.gaps.push_back("line " + std::to_string(line_) + ": " + what); }
  Chapter* open() { return open_ ? &record_.chapters.back() : nullptr; }

  // Each returns nullptr, or what is wrong.
  const char* head(std::string_view line) {
    constexpr std::string_view kHead = "switchboard-record/1 shop=";
    if (!line.starts_with(kHead)) return "not a record of this version";
    auto shop = unescaped(line.substr(kHead.size()));
    if (!shop) return "no shop";
    record_.shop = std::move(*shop);
    return nullptr;
  }

  const char* line(std::string_view rest) {
    const std::string_view word = take_word(rest);
    if (word == "e") return event(rest);
    if (word == "d") return decision(rest);
    if (word == "name") return name(rest);
    if (word == "page") return page(rest);
    if (word == "chapter") return chapter(rest);
    if (word == "end" && rest.empty()) return end();
    return "no line of a record";
  }

  const char* page(std::string_view rest) {
    std::uint64_t epoch = 0, number = 0;
    const std::string_view first = take_word(rest);
    if (!to_number(first, epoch) || !to_number(rest, number)) return "no epoch and number of a page";
    const bool follows = epoch == epoch_ ? number == page_ + 1 : epoch > epoch_ && number == 1;
    if (pages_++ == 0 ? number != 1 : !follows) {
      gap(pages_ == 1 ? "what was before is no longer kept" : "pages are missing");
      if (pages_ > 1) open_ = false;
    } else if (epoch != epoch_ && open_) {
      gap("the chapter before has no end: its gateway died, or lost the lead");
      open_ = false;
    }
    epoch_ = epoch;
    page_ = number;
    return nullptr;
  }

  const char* chapter(std::string_view rest) {
    Chapter next;
    next.epoch = epoch_;
    const std::string_view time = take_word(rest);
    auto why = unescaped(rest);
    if (!to_number(time, next.time) || !why) return "no time and reason of a chapter";
    next.why = std::move(*why);
    if (open_) gap("the chapter before has no end: a part of it was lost");
    record_.chapters.push_back(std::move(next));
    open_ = true;
    policy_read_ = false;
    return nullptr;
  }

  const char* end() {
    if (Chapter* chapter = open()) chapter->ended = true;
    open_ = false;
    return nullptr;
  }

  const char* name(std::string_view rest) {
    Chapter* chapter = open();
    const std::string_view kind = take_word(rest), number = take_word(rest);
    std::uint64_t id = 0;
    auto text = unescaped(rest);
    if (!to_number(number, id) || !text) return "no number and name";
    if (chapter == nullptr) return nullptr;
    Names& names = chapter->names;
    auto* into = kind == "skill"          ? &names.skills
                 : kind == "persona"      ? &names.personas
                 : kind == "agent"        ? &names.agents
                 : kind == "conversation" ? &names.conversations
                                          : nullptr;
    if (into == nullptr) return "a name of nothing that we know";
    into->insert_or_assign(id, std::move(*text));
    return nullptr;
  }

  const char* event(std::string_view rest) {
    Step step;
    step.line = line_;
    const std::string_view now = take_word(rest);
    auto event = router::event_from_line(rest);
    if (!to_number(now, step.now) || !event) return "no event";
    Chapter* chapter = open();
    if (chapter == nullptr) return nullptr;  // of a chapter whose beginning is gone
    if (!std::exchange(policy_read_, true)) {
      const auto* policy = std::get_if<router::PolicyChanged>(&*event);
      if (policy == nullptr) return "a chapter begins with the policy";
      chapter->policy = policy->policy;
      return nullptr;
    }
    step.event = std::move(*event);
    chapter->steps.push_back(std::move(step));
    return nullptr;
  }

  const char* decision(std::string_view rest) {
    Chapter* chapter = open();
    if (chapter == nullptr) return nullptr;
    if (chapter->steps.empty()) return "a decision before the first event";
    chapter->steps.back().decisions.emplace_back(rest);
    return nullptr;
  }

  Record record_;
  std::size_t line_ = 0;
  std::uint64_t epoch_ = 0, page_ = 0;
  std::size_t pages_ = 0;
  bool open_ = false;         // lines belong to the last chapter
  bool policy_read_ = false;  // of it
};

}  // namespace

std::string Names::agent(router::AgentId id) const {
  return name_of(agents, id.value, "agent");
}
std::string Names::skill(router::SkillId id) const {
  return name_of(skills, id.value, "skill");
}
std::string Names::persona(router::PersonaId id) const {
  return name_of(personas, id.value, "persona");
}
std::string Names::conversation(router::ConversationId id) const {
  return name_of(conversations, id.value, "conversation");
}

Result<Record, std::string> read_record(std::string_view text) {
  return Reader().read(text);
}

}  // namespace switchboard::record
