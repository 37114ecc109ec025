// Shops and their settings (functions/shop.lua).
#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

namespace {

constexpr std::string_view shops_key = "{sys}:shops";

bool is_sound(const Store::ShopSettings& s) noexcept {
  if (!is_shop(s.shop) || s.text.size() > settings_octets_max || s.new_key.size() > text_octets_max)
    return false;
  if (s.templates.size() > templates_max || s.agents.size() > agents_max) return false;
  for (const auto& [field, text] : s.templates)
    if (field.empty() || field.size() > text_octets_max || text.size() > body_octets_max) return false;
  for (const auto& [agent, capacity] : s.agents)
    if (!is_id(agent)) return false;
  if (s.passwords.size() > s.agents.size()) return false;
  for (const auto& [agent, hash] : s.passwords)
    if (!is_id(agent) || !is_text(hash)) return false;
  return true;
}

std::optional<std::vector<std::string>> parse_names(ReplyView reply) {
  if (!reply.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < reply.size(); ++i) out.emplace_back(reply[i].text());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Task<Answer<std::vector<std::string>>> RedisStore::shops() {
  return ask_plain<std::vector<std::string>>(Command("SMEMBERS").arg(shops_key).octets(), parse_names);
}

Task<Answer<Store::ShopRecord>> RedisStore::shop(std::string_view shop) {
  if (!is_shop(shop)) return at_once<ShopRecord>(Refusal::invalid);
  Command command("HMGET");
  command.arg(key_of(shop, "cfg")).arg("rev").arg("text").arg("key").arg("okey").arg("bo");
  const auto parse = [](ReplyView reply) -> std::optional<ShopRecord> {
    const auto revision = reply[0].number();
    if (reply.size() != 5 || !revision || *revision < 0) return std::nullopt;
    return ShopRecord{static_cast<std::uint64_t>(*revision), std::string(reply[1].text()),
                      std::string(reply[2].text()), std::string(reply[3].text()),
                      std::string(reply[4].text())};
  };
  const auto known = [](Task<Answer<ShopRecord>> task) -> Task<Answer<ShopRecord>> {
    Answer<ShopRecord> answer = co_await std::move(task);
    if (answer && answer->revision == 0) co_return Refusal::not_found;
    co_return answer;
  };
  return known(ask_plain<ShopRecord>(command.octets(), +parse));
}

Task<Answer<Done>> RedisStore::apply_shop(const ShopSettings& s) {
  if (!is_sound(s)) return at_once<Done>(Refusal::invalid);
  Command call = function_call("apply_shop", s.shop);
  call.arg(s.text).arg(s.new_key).arg(static_cast<std::uint64_t>(s.templates.size()));
  for (const auto& [field, text] : s.templates) call.arg(field).arg(text);
  call.arg(static_cast<std::uint64_t>(s.agents.size()));
  for (const auto& [agent, capacity] : s.agents) call.arg(agent).arg(capacity);
  for (const auto& [agent, hash] : s.passwords) call.arg(agent).arg(hash);
  // The shop is listed first: whoever finds it listed but empty sees not_found, and a repeat completes it.
  const auto listed_first = [](RedisStore* self, std::string list, std::string apply) -> Task<Answer<Done>> {
    Answer<Done> listed = co_await self->ask<Done>(std::move(list), parse_done);
    if (!listed) co_return listed.error();
    co_return co_await self->ask<Done>(std::move(apply), parse_done);
  };
  return listed_first(this, Command("SADD").arg(shops_key).arg(s.shop).octets(), call.octets());
}

Task<Answer<std::vector<std::pair<std::string, std::string>>>> RedisStore::templates(std::string_view shop) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  if (!is_shop(shop)) return at_once<Pairs>(Refusal::invalid);
  return ask_plain<Pairs>(Command("HGETALL").arg(key_of(shop, "tpl")).octets(), parse_pairs);
}

Task<Answer<Done>> RedisStore::rotate_key(std::string_view shop, std::string_view new_key, bool keep_former) {
  if (!is_shop(shop) || new_key.empty() || new_key.size() > text_octets_max)
    return at_once<Done>(Refusal::invalid);
  return ask<Done>(function_call("rotate_key", shop).arg(new_key).arg(keep_former ? '1' : '0').octets(),
                   parse_done);
}

Task<Answer<Done>> RedisStore::sign_out(std::string_view shop, std::string_view identity) {
  if (!is_shop(shop) || identity.empty() || identity.size() > text_octets_max)
    return at_once<Done>(Refusal::invalid);
  return ask<Done>(function_call("sign_out", shop).arg(identity).arg(std::uint64_t{signed_out_max}).octets(),
                   parse_done);
}

Task<Answer<std::vector<std::pair<std::string, std::string>>>> RedisStore::signed_out(std::string_view shop) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  if (!is_shop(shop)) return at_once<Pairs>(Refusal::invalid);
  return ask_plain<Pairs>(Command("HGETALL").arg(key_of(shop, "so")).octets(), parse_pairs);
}

Task<Answer<std::optional<std::string>>> RedisStore::password(std::string_view shop, std::string_view agent) {
  using Hash = std::optional<std::string>;
  if (!is_shop(shop) || !is_id(agent)) return at_once<Hash>(Refusal::invalid);
  const auto parse = [](ReplyView reply) -> std::optional<Hash> {
    if (reply.is_nil()) return Hash();
    return reply.is_text() ? std::optional(Hash(reply.text())) : std::nullopt;
  };
  return ask_plain<Hash>(Command("HGET").arg(key_of(shop, "pw")).arg(agent).octets(), +parse);
}

Task<Answer<bool>> RedisStore::set_password(std::string_view shop, std::string_view agent,
                                            std::string_view hash, bool only_if_absent) {
  if (!is_shop(shop) || !is_id(agent) || hash.empty() || !is_text(hash))
    return at_once<bool>(Refusal::invalid);
  Command call = function_call("set_password", shop);
  call.arg(agent).arg(hash).arg(only_if_absent ? '1' : '0');
  const auto parse = [](ReplyView reply) -> std::optional<bool> {
    return reply.is_integer() ? std::optional(reply.integer() == 1) : std::nullopt;
  };
  return ask<bool>(call.octets(), +parse);
}

Task<Answer<Millis>> RedisStore::login_try(std::string_view shop, std::string_view agent,
                                           std::uint64_t wrong_max, Millis lock_out) {
  if (!is_shop(shop) || !is_id(agent) || wrong_max == 0 || lock_out <= 0)
    return at_once<Millis>(Refusal::invalid);
  Command call = function_call("login_try", shop);
  call.arg(agent).arg(wrong_max).arg(std::to_string(lock_out));
  const auto parse = [](ReplyView reply) -> std::optional<Millis> {
    return reply.is_integer() ? std::optional<Millis>(reply.integer()) : std::nullopt;
  };
  return ask<Millis>(call.octets(), +parse);
}

Task<Answer<Done>> RedisStore::login_right(std::string_view shop, std::string_view agent) {
  if (!is_shop(shop) || !is_id(agent)) return at_once<Done>(Refusal::invalid);
  return ask<Done>(function_call("login_right", shop).arg(agent).octets(), parse_done);
}

Task<Answer<Done>> RedisStore::put_availability(std::string_view shop, std::string_view body) {
  if (!is_shop(shop) || body.size() > body_octets_max) return at_once<Done>(Refusal::invalid);
  return ask<Done>(function_call("put_availability", shop).arg(body).octets(), parse_done);
}

Task<Answer<std::string>> RedisStore::availability(std::string_view shop) {
  if (!is_shop(shop)) return at_once<std::string>(Refusal::invalid);
  return ask_plain<std::string>(Command("GET").arg(key_of(shop, "av")).octets(), parse_text);
}

}  // namespace switchboard::store
