// A shop's record (functions/desk.lua, put_page).
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

namespace {

// "<octets>-0"
bool is_page_id(std::string_view id) noexcept {
  std::uint64_t octets = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), octets);
  return error == std::errc() && std::string_view(end, id.data() + id.size()) == "-0";
}

std::optional<std::vector<Store::Page>> parse_pages(ReplyView reply) {
  if (!reply.is_array()) return std::nullopt;
  std::vector<Store::Page> pages;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const ReplyView fields = reply[i][1];
    const auto epoch = fields[1].number(), number = fields[3].number();
    if (fields.size() != 6 || !epoch || *epoch < 0 || !number || *number < 0 ||
        !is_page_id(reply[i][0].text()))
      return std::nullopt;
    pages.push_back({std::string(reply[i][0].text()), static_cast<std::uint64_t>(*epoch),
                     static_cast<std::uint64_t>(*number), std::string(fields[5].text())});
  }
  return pages;
}

}  // namespace

Task<Answer<Done>> RedisStore::put_page(const NewPage& p) {
  if (!is_shop(p.shop) || p.number == 0 || p.text.empty() || p.text.size() > page_octets_max ||
      p.kept.size() > kept_octets_max)
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("put_page", p.shop);
  call.arg(p.desk_epoch).arg(p.number).arg(p.octets_max).arg(p.kept).arg(p.text);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<std::vector<Store::Page>>> RedisStore::pages(std::string_view shop, std::string_view after,
                                                         std::uint32_t limit) {
  if (!is_shop(shop) || !is_page_id(after) || limit == 0 || limit > pages_max)
    return at_once<std::vector<Page>>(Refusal::invalid);
  Command command("XRANGE");
  command.arg(key_of(shop, "rc")).arg("(" + std::string(after)).arg("+").arg("COUNT").arg(limit);
  return ask_plain<std::vector<Page>>(command.octets(), parse_pages);
}

Task<Answer<std::string>> RedisStore::kept(std::string_view shop) {
  if (!is_shop(shop)) return at_once<std::string>(Refusal::invalid);
  return ask_plain<std::string>(Command("HGET").arg(key_of(shop, "rx")).arg("kp").octets(), parse_text);
}

}  // namespace switchboard::store
