// Messages and conversations (functions/message.lua, functions/conversation.lua).
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

namespace asio = boost::asio;

namespace {

bool is_sound(const Append& a) noexcept {
  if (!is_shop(a.shop) || !is_id(a.conversation) || a.body.size() > body_octets_max) return false;
  if (a.client_id.size() > client_id_octets_max || a.sender.size() > sender_octets_max) return false;
  if (a.role == Role::system) return true;
  return is_id(a.person) && !a.sender.empty() && !a.client_id.empty() && a.number > 0;
}

bool is_sound(const Open& o) noexcept {
  return is_shop(o.shop) && is_id(o.conversation) && is_id(o.visitor) && is_text(o.visitor_name) &&
         is_text(o.language) && is_text(o.skill) && is_text(o.wish.persona) &&
         o.queue_max <= queue_limit_max && are_entries(o.entries);
}

}  // namespace

void RedisStore::append(const Append& a, std::function<void(Answer<Appended>)> done) {
  if (!is_sound(a)) {
    asio::post(executor_, [done = std::move(done)] { done(Refusal::invalid); });
    return;
  }
  Command call = function_call("append", a.shop);
  call.arg(a.conversation).arg(octet(a.role)).arg(a.person).arg(a.sender).arg(a.fence).arg(a.number);
  call.arg(a.client_id).arg(a.body);
  LastAck ack{std::string(a.conversation), std::string(a.client_id), 0, 0, {}};
  masters_.call(call.octets(), [this, done = std::move(done), shop = std::string(a.shop),
                                ack = std::move(ack)](Answer<Reply> reply) mutable {
    Answer<Appended> answer = understand<Appended>(reply, parse_appended, report_);
    if (answer && !answer->duplicate) {
      note_time(answer->time);
      ack.seq = answer->seq, ack.epoch = answer->epoch, ack.at = std::chrono::steady_clock::now();
      last_acks_[std::move(shop)] = std::move(ack);
    }
    done(std::move(answer));
  });
}

Task<Answer<std::vector<LogEntry>>> RedisStore::read(std::string_view shop, std::string_view conversation,
                                                     std::uint32_t after, std::uint32_t limit) {
  using Entries = std::vector<LogEntry>;
  if (!is_shop(shop) || !is_id(conversation) || limit == 0 || limit > read_max)
    return at_once<Entries>(Refusal::invalid);
  std::string key = "{";
  key.append(shop).append("}:m:").append(conversation);
  Command command("XRANGE");
  command.arg(key).arg("(0-" + std::to_string(after)).arg("+").arg("COUNT").arg(limit);
  return ask_plain<Entries>(command.octets(), parse_entries);
}

Task<Answer<std::uint32_t>> RedisStore::last_number(std::string_view shop, std::string_view conversation,
                                                    Role role, std::string_view person,
                                                    std::string_view sender) {
  if (!is_shop(shop) || !is_id(conversation) || !is_id(person) || sender.empty() ||
      sender.size() > sender_octets_max)
    return at_once<std::uint32_t>(Refusal::invalid);
  std::string key = "{";
  key.append(shop).append("}:c:").append(conversation);
  std::string field = "d:";
  if (role == Role::agent) field.append(person).append(":");
  field.append(sender);
  const auto parse = [](ReplyView reply) -> std::optional<std::uint32_t> {
    if (reply.is_nil()) return 0;
    if (!reply.is_text()) return std::nullopt;
    std::uint32_t number = 0;
    const auto text = reply.text();
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    return end.ec == std::errc{} ? std::optional(number) : std::nullopt;
  };
  return ask_plain<std::uint32_t>(Command("HGET").arg(key).arg(field).octets(), +parse);
}

Task<Answer<Done>> RedisStore::mark_read(std::string_view shop, std::string_view conversation, Role role,
                                         std::string_view person, std::uint32_t seq) {
  if (!is_shop(shop) || !is_id(conversation) || !is_id(person) || role == Role::system)
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("mark_read", shop);
  call.arg(conversation).arg(octet(role)).arg(person).arg(seq);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<ConversationView>> RedisStore::load(std::string_view shop, std::string_view conversation) {
  if (!is_shop(shop) || !is_id(conversation)) return at_once<ConversationView>(Refusal::invalid);
  const auto parse = [](ReplyView reply) { return parse_conversation("", reply); };
  auto asked = ask<ConversationView>(function_call("view", shop).arg(conversation).octets(), +parse);
  const auto name = [](Task<Answer<ConversationView>> task,
                       std::string id) -> Task<Answer<ConversationView>> {
    Answer<ConversationView> answer = co_await std::move(task);
    if (answer) answer->id = std::move(id);
    co_return answer;
  };
  return name(std::move(asked), std::string(conversation));
}

Task<Answer<Opened>> RedisStore::open(const Open& o) {
  if (!is_sound(o)) return at_once<Opened>(Refusal::invalid);
  Command call = function_call("open", o.shop);
  call.arg(o.conversation).arg(o.visitor).arg(o.visitor_name).arg(o.language).arg(o.skill);
  call.arg(static_cast<char>(o.wish.mode)).arg(o.wish.persona).arg(o.tier).arg(o.queue_max);
  for (const auto& body : o.entries) call.arg(body);
  return ask<Opened>(call.octets(), parse_opened);
}

Task<Answer<std::string>> RedisStore::open_conversation_of(std::string_view shop, std::string_view visitor) {
  if (!is_shop(shop) || !is_id(visitor)) return at_once<std::string>(Refusal::invalid);
  std::string key = "{";
  key.append(shop).append("}:v:").append(visitor);
  return ask_plain<std::string>(Command("HGET").arg(key).arg("oc").octets(), parse_text);
}

Task<Answer<Done>> RedisStore::change_wish(std::string_view shop, std::string_view conversation,
                                           std::string_view visitor, const Wish& wish) {
  if (!is_shop(shop) || !is_id(conversation) || !is_id(visitor) || !is_text(wish.persona))
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("change_wish", shop);
  call.arg(conversation).arg(visitor).arg(static_cast<char>(wish.mode)).arg(wish.persona);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<Done>> RedisStore::close(std::string_view shop, std::string_view conversation, Role role,
                                     std::string_view person, std::string_view reason,
                                     std::span<const std::string> entries) {
  if (!is_shop(shop) || !is_id(conversation) || (role != Role::system && !is_id(person)) ||
      !is_text(reason) || !are_entries(entries))
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("close", shop);
  call.arg(conversation).arg(octet(role)).arg(person).arg(reason);
  for (const auto& body : entries) call.arg(body);
  return ask<Done>(call.octets(), parse_done);
}

}  // namespace switchboard::store
