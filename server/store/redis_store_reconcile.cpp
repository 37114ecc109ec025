// Books that agree, and the end of a log that was lost (functions/reconcile.lua).
#include <boost/asio/use_awaitable.hpp>

#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// An older acknowledgement is not asked for: its conversation may have gone to the archive.
constexpr std::chrono::minutes ack_age_max{10};

std::optional<Store::Reconciled> parse_reconciled(ReplyView reply) {
  if (reply.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i)
    if (!reply[i].is_integer() || reply[i].integer() < 0) return std::nullopt;
  return Store::Reconciled{static_cast<std::uint64_t>(reply[0].integer()),
                           static_cast<std::uint32_t>(reply[1].integer()),
                           static_cast<std::uint32_t>(reply[2].integer())};
}

struct Timeline {
  std::uint32_t epoch = 0;
  bool begun_now = false;
};

std::optional<Timeline> parse_timeline(ReplyView reply) {
  if (reply.size() < 2 || !reply[0].is_integer() || !reply[1].is_integer()) return std::nullopt;
  return Timeline{static_cast<std::uint32_t>(reply[0].integer()), reply[1].integer() == 1};
}

std::string ask_new_timeline(std::string_view shop, std::uint32_t epoch) {
  return function_call("new_timeline", shop).arg(epoch).octets();
}

}  // namespace

Task<Answer<Store::Reconciled>> RedisStore::reconcile(std::string_view shop, std::uint64_t desk_epoch,
                                                      Books part, std::uint64_t cursor, std::uint32_t count) {
  if (!is_shop(shop) || count == 0 || count > reconcile_max) return at_once<Reconciled>(Refusal::invalid);
  Command call = function_call("reconcile", shop);
  call.arg(desk_epoch).arg(static_cast<char>(part)).arg(cursor).arg(count);
  return ask<Reconciled>(call.octets(), parse_reconciled);
}

Task<Answer<std::uint32_t>> RedisStore::new_timeline(std::string_view shop, std::uint32_t epoch) {
  if (!is_shop(shop)) return at_once<std::uint32_t>(Refusal::invalid);
  const auto begin = [](RedisStore* self, std::string name, std::string call) -> Task<Answer<std::uint32_t>> {
    const auto begun = co_await self->ask<Timeline>(std::move(call), parse_timeline);
    if (!begun) co_return begun.error();
    if (begun->begun_now && self->tell_lost_tail_) self->tell_lost_tail_(name);
    co_return begun->epoch;
  };
  return begin(this, std::string(shop), ask_new_timeline(shop, epoch));
}

// On a fresh connection, before anything else is written through it. Empty: the last message of each shop of
// this master is there, or a new epoch has begun; else why this connection is of no use.
asio::awaitable<std::string> RedisStore::check_last_acks(RedisClient& client) {
  std::erase_if(last_acks_,
                [now = steady_clock::now()](const auto& one) { return now - one.second.at > ack_age_max; });
  const auto acks = last_acks_;  // others may come meanwhile
  for (const auto& [shop, ack] : acks) {
    if (!masters_.leads_to(client, shop)) continue;
    std::string why = co_await check_last_ack(client, shop, ack);
    if (!why.empty()) co_return why;
  }
  co_return "";
}

asio::awaitable<std::string> RedisStore::check_last_ack(RedisClient& client, std::string shop, LastAck ack) {
  const auto id = "0-" + std::to_string(ack.seq);
  Command read("XRANGE");
  read.arg("{" + shop + "}:m:" + ack.conversation).arg(id).arg(id);
  const Answer<Reply> found = co_await client.ask_early(read.octets());
  // A shop on its way to another master is asked for on the next fresh connection.
  if (found && found->view().is_error() && is_elsewhere(found->view().text())) co_return "";
  if (!found || found->view().is_error()) co_return "no answer to the question for the last message";
  const auto entries = parse_entries(found->view());
  const bool there = entries && !entries->empty() && entries->front().client_id == ack.client_id;
  if (there) co_return "";
  const Answer<Reply> begun = co_await client.ask_early(ask_new_timeline(shop, ack.epoch));
  if (!begun || begun->view().is_error()) co_return "no answer to the begin of a new epoch";
  last_acks_.erase(shop);
  const auto timeline = parse_timeline(begun->view());
  if (timeline && timeline->begun_now && tell_lost_tail_) tell_lost_tail_(shop);
  co_return "";
}

}  // namespace switchboard::store
