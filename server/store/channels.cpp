// Names of channels and what travels on them, as functions/*.lua publish it.
#include <charconv>

#include "server/store/store.hpp"

namespace switchboard::store {

namespace {

std::string under_tag(std::string_view shop, std::string_view kind, std::string_view id) {
  std::string name;
  name.reserve(shop.size() + kind.size() + id.size() + 3);
  name.append("{").append(shop).append("}:").append(kind).append(id);
  return name;
}

// Takes "<number>:" off the front of `text`.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto used = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || used == text.size() || *end != ':') return false;
  text.remove_prefix(used + 1);
  return true;
}

bool take(std::string_view& text, std::size_t octets, std::string& out) {
  if (octets > text.size()) return false;
  out = text.substr(0, octets);
  text.remove_prefix(octets);
  return true;
}

}  // namespace

std::string channel_conversation(std::string_view shop, std::string_view conversation) {
  return under_tag(shop, "c:", conversation);
}
std::string channel_agent(std::string_view shop, std::string_view agent) {
  return under_tag(shop, "a:", agent);
}
std::string channel_shop(std::string_view shop) {
  return under_tag(shop, "cfg", "");
}
std::string channel_availability(std::string_view shop) {
  return under_tag(shop, "av", "");
}

// "<seq>:<time>:<number>:<octets of sender>:<octets of client id>:" and then sender, client id, body.
std::optional<LogEntry> parse_entry(std::string_view text) {
  LogEntry entry;
  std::size_t sender = 0, client_id = 0;
  const bool whole = take(text, entry.seq) && take(text, entry.time) && take(text, entry.number) &&
                     take(text, sender) && take(text, client_id) && take(text, sender, entry.sender) &&
                     take(text, client_id, entry.client_id);
  if (!whole || entry.seq == 0) return std::nullopt;
  entry.body = text;
  return entry;
}

// "<role><seq>".
std::optional<ReadMark> parse_read_mark(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'v' && text[0] != 'a')) return std::nullopt;
  ReadMark mark{static_cast<Role>(text[0]), 0};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, mark.seq);
  if (error != std::errc() || stop != end) return std::nullopt;
  return mark;
}

}  // namespace switchboard::store
