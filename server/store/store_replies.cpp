#include "server/store/store_replies.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace switchboard::store {

namespace {

// Reads numbers of a reply one after the other; `good` stays false after the first that is none.
struct Numbers {
  bool good = true;

  template <class Number>
  Number take(ReplyView reply) {
    const auto value = reply.number();
    using Limits = std::numeric_limits<Number>;
    if (!value || *value < 0 ||
        static_cast<std::uint64_t>(*value) > static_cast<std::uint64_t>(Limits::max())) {
      good = false;
      return 0;
    }
    return static_cast<Number>(*value);
  }
};

// One of the octets that an enum of values.hpp is made of.
template <class Enum>
bool take_enum(ReplyView reply, std::string_view allowed, Enum& out) {
  const std::string_view text = reply.text();
  if (text.size() != 1 || allowed.find(text[0]) == std::string_view::npos) return false;
  out = static_cast<Enum>(text[0]);
  return true;
}

std::string_view field(ReplyView fields, std::string_view name) {
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    if (fields[i].text() == name) return fields[i + 1].text();
  return {};
}

template <class Number>
bool take_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<Refusal> refusal_of_function(ReplyView reply) noexcept {
  if (!reply.is_integer() || reply.integer() >= 0) return std::nullopt;
  switch (reply.integer()) {
    case -1:
      return Refusal::not_found;
    case -2:
      return Refusal::not_yours;
    case -3:
      return Refusal::closed;
    case -4:
      return Refusal::number_gap;
    case -5:
      return Refusal::duplicate_differs;
    case -6:
      return Refusal::stale;
    case -7:
      return Refusal::full;
    case -8:
      return Refusal::not_available;
    case -9:
      return Refusal::fenced;
    case -10:
      return Refusal::invalid;
    default:
      return Refusal::unavailable;
  }
}

std::optional<std::uint64_t> number_of_id(std::string_view id) noexcept {
  std::uint64_t number = 0;
  if (!id.starts_with("0-") || !take_number(id.substr(2), number)) return std::nullopt;
  return number;
}

std::optional<Appended> parse_appended(ReplyView reply) {
  if (reply.size() < 4) return std::nullopt;
  Numbers n;
  const Appended out{n.take<std::uint32_t>(reply[0]), n.take<std::uint32_t>(reply[1]),
                     n.take<Millis>(reply[2]), n.take<std::uint32_t>(reply[3]) != 0};
  if (!n.good || out.seq == 0) return std::nullopt;
  return out;
}

std::optional<std::vector<LogEntry>> parse_entries(ReplyView reply) {
  if (!reply.is_array()) return std::nullopt;
  std::vector<LogEntry> out;
  out.reserve(reply.size());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto seq = number_of_id(reply[i][0].text());
    const ReplyView fields = reply[i][1];
    LogEntry entry;
    if (!seq || !take_number(field(fields, "n"), entry.number) ||
        !take_number(field(fields, "t"), entry.time))
      return std::nullopt;
    entry.seq = static_cast<std::uint32_t>(*seq);
    entry.sender = field(fields, "s");
    entry.client_id = field(fields, "c");
    entry.body = field(fields, "m");
    out.push_back(std::move(entry));
  }
  return out;
}

// The order is that of VIEW in functions/library.lua.
std::optional<ConversationView> parse_conversation(std::string id, ReplyView fields) {
  if (fields.size() < 21) return std::nullopt;
  std::size_t at = 0;
  const auto next = [&] { return fields[at++]; };
  Numbers n;
  ConversationView out;
  out.id = std::move(id);
  out.epoch = n.take<std::uint32_t>(next());
  out.number = n.take<std::uint64_t>(next());
  if (!take_enum(next(), "woaz", out.state)) return std::nullopt;
  out.version = n.take<std::uint32_t>(next());
  out.fence = n.take<std::uint32_t>(next());
  out.visitor = next().text();
  out.visitor_name = next().text();
  out.language = next().text();
  out.skill = next().text();
  if (!take_enum(next(), "aps", out.wish.mode)) return std::nullopt;
  out.wish.persona = next().text();
  out.tier = n.take<std::uint32_t>(next());
  out.agent = next().text();
  out.last_agent = next().text();
  out.entered = n.take<Millis>(next());
  out.offer_deadline = n.take<Millis>(next());
  out.assigned = n.take<Millis>(next());
  out.head = n.take<std::uint32_t>(next());
  out.read_by_visitor = n.take<std::uint32_t>(next());
  out.read_by_agent = n.take<std::uint32_t>(next());
  const std::string_view reason = next().text();  // not there before the first offer
  out.assign_reason = reason.empty() ? '\0' : reason.front();
  const ReplyView parked = next();
  if (!parked.text().empty()) out.parked = n.take<Millis>(parked);
  if (!n.good) return std::nullopt;
  return out;
}

// The order is that of agent_view() in functions/agent.lua; conversations sorted, so that every desk sees
// them alike (R6).
std::optional<AgentView> parse_agent(ReplyView reply) {
  if (reply.size() < 10) return std::nullopt;
  Numbers n;
  AgentView out;
  out.id = reply[0].text();
  if (!take_enum(reply[1], "adbo", out.status) || !take_enum(reply[3], "lsx", out.line)) return std::nullopt;
  out.reason = reply[2].text();
  out.line_since = n.take<Millis>(reply[4]);
  out.capacity = n.take<std::uint32_t>(reply[5]);
  out.node = reply[6].text();
  out.session = reply[7].text();
  out.version = n.take<std::uint32_t>(reply[8]);
  const ReplyView held = reply[9];
  for (std::size_t i = 0; i < held.size(); ++i) out.conversations.emplace_back(held[i].text());
  std::sort(out.conversations.begin(), out.conversations.end());
  out.moving = reply[10].number() == 1;
  if (!n.good || !held.is_array()) return std::nullopt;
  return out;
}

std::optional<Opened> parse_opened(ReplyView reply) {
  if (reply.size() < 2 || !reply[0].is_integer() || reply[1].text().empty()) return std::nullopt;
  return Opened{std::string(reply[1].text()), reply[0].integer() == 0};
}

std::optional<Assigned> parse_assigned(ReplyView reply) {
  if (reply.size() < 3) return std::nullopt;
  Numbers n;
  const Assigned out{n.take<std::uint32_t>(reply[0]), n.take<std::uint32_t>(reply[1]),
                     n.take<Millis>(reply[2])};
  if (!n.good) return std::nullopt;
  return out;
}

// The order is that of decisions() in functions/assignment.lua.
std::optional<std::vector<OfferMade>> parse_offers_made(ReplyView reply) {
  if (!reply.is_array()) return std::nullopt;
  std::vector<OfferMade> out;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const ReplyView row = reply[i];
    Numbers n;
    OfferMade one;
    one.id = row[0].text();
    one.time = n.take<Millis>(row[1]);
    one.conversation = row[2].text();
    one.agent = row[3].text();
    one.why = row[4].text();
    one.visitor = row[5].text();
    one.visitor_name = row[6].text();
    one.skill = row[7].text();
    if (!row[8].text().empty() && !take_enum(row[8], "aps", one.wish.mode)) return std::nullopt;
    one.wish.persona = row[9].text();
    if (!row[10].text().empty()) one.tier = n.take<std::uint32_t>(row[10]);
    if (row.size() < 11 || !n.good || !number_of_id(one.id)) return std::nullopt;
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<std::vector<Millis>> parse_times(ReplyView reply) {
  if (!reply.is_array()) return std::nullopt;
  Numbers n;
  std::vector<Millis> out;
  for (std::size_t i = 0; i < reply.size(); ++i) out.push_back(n.take<Millis>(reply[i]));
  return n.good ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<DeskState> parse_desk_state(ReplyView reply) {
  if (reply.size() < 5 || !reply[2].is_array() || reply[3].size() != reply[2].size() || !reply[4].is_array())
    return std::nullopt;
  Numbers n;
  DeskState out;
  out.event_id = reply[0].text();
  out.time = n.take<Millis>(reply[1]);
  if (!n.good || !number_of_id(out.event_id)) return std::nullopt;
  const ReplyView ids = reply[2], views = reply[3], agents = reply[4];
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto one = parse_conversation(std::string(ids[i].text()), views[i]);
    if (!one) return std::nullopt;
    out.conversations.push_back(std::move(*one));
  }
  for (std::size_t i = 0; i < agents.size(); ++i) {
    auto one = parse_agent(agents[i]);
    if (!one) return std::nullopt;
    out.agents.push_back(std::move(*one));
  }
  std::sort(out.conversations.begin(), out.conversations.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  std::sort(out.agents.begin(), out.agents.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return out;
}

std::optional<Store::Lease> parse_lease(ReplyView reply) {
  if (reply.size() < 3) return std::nullopt;
  Numbers n;
  const Store::Lease out{n.take<std::uint64_t>(reply[0]), n.take<std::uint64_t>(reply[1]),
                         n.take<std::uint32_t>(reply[2]) != 0};
  if (!n.good) return std::nullopt;
  return out;
}

std::optional<std::vector<Event>> parse_events(ReplyView reply) {
  std::vector<Event> out;
  out.reserve(reply.size());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const ReplyView fields = reply[i][1];
    const std::string_view kind = field(fields, "k");
    Event event;
    event.id = reply[i][0].text();
    if (!number_of_id(event.id) || kind.size() != 1 ||
        std::string_view("OWFADRZKUPC").find(kind[0]) == kind.npos ||
        !take_number(field(fields, "t"), event.time) || !take_number(field(fields, "v"), event.version))
      return std::nullopt;
    event.kind = static_cast<Event::Kind>(kind[0]);
    event.conversation = field(fields, "c");
    event.agent = field(fields, "a");
    event.reason = field(fields, "r");
    out.push_back(std::move(event));
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_pairs(ReplyView reply) {
  if (!reply.is_array() || reply.size() % 2 != 0) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t i = 0; i < reply.size(); i += 2) out.emplace_back(reply[i].text(), reply[i + 1].text());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace switchboard::store
