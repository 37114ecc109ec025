// What a desk needs (functions/desk.lua), and the blocking read of a shop's events.
#include <algorithm>

#include "server/base/pause.hpp"
#include "server/store/redis_store_ask.hpp"
#include "server/store/redis_trouble.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds event_line_idle_max{60'000};  // then the shop's desk is elsewhere
constexpr milliseconds event_line_poll{10};          // while its first connect is under way

}  // namespace

Task<Answer<Store::Lease>> RedisStore::lease(std::string_view shop, std::string_view holder,
                                             std::optional<std::uint64_t> seen) {
  if (!is_shop(shop) || !is_id(holder)) return at_once<Lease>(Refusal::invalid);
  Command call = function_call("lease", shop);
  call.arg(holder).arg(seen ? std::to_string(*seen) : std::string());
  return ask<Lease>(call.octets(), parse_lease);
}

Task<Answer<Done>> RedisStore::release_lease(std::string_view shop, std::string_view holder) {
  if (!is_shop(shop) || !is_id(holder)) return at_once<Done>(Refusal::invalid);
  return ask<Done>(function_call("release_lease", shop).arg(holder).octets(), parse_done);
}

Task<Answer<DeskState>> RedisStore::desk_state(std::string_view shop) {
  if (!is_shop(shop)) return at_once<DeskState>(Refusal::invalid);
  return ask<DeskState>(function_call("desk_state", shop).arg(desk_state_max).octets(), parse_desk_state);
}

Task<Answer<Store::Events>> RedisStore::events(std::string_view shop, std::string_view event_id,
                                               Millis wait) {
  if (!is_shop(shop) || !number_of_id(event_id) || wait > wait_ms_max)
    return at_once<Events>(Refusal::invalid);
  return next_events(std::string(shop), std::string(event_id), wait);
}

// The shop's own connection: a blocked read holds up nobody, not even another shop's desk. It goes with the
// shop to another master.
RedisStore::EventLine& RedisStore::event_line(const std::string& shop) {
  const auto now = steady_clock::now();
  std::erase_if(event_lines_, [&](const auto& line) {
    return line.first != shop && now - line.second.used > event_line_idle_max + milliseconds(wait_ms_max);
  });
  EventLine& line = event_lines_[shop];
  line.used = now;
  RedisOptions options = masters_.options_for(shop);
  if (!line.client || !(line.client->options().url == options.url)) {
    options.name += "-events-" + shop;
    line.client = std::make_unique<RedisClient>(executor_, std::move(options), random_, report_);
    line.client->start();
    line.made = ++event_lines_made_;
  }
  return line;
}

Task<Answer<Store::Events>> RedisStore::next_events(std::string shop, std::string event_id, Millis wait) {
  const auto stopped = stopped_;
  const auto until = steady_clock::now() + milliseconds(std::max<Millis>(wait, 0));
  // The first connect of the line is part of the wait.
  while (!*stopped && masters_.ready(shop) && !event_line(shop).client->ready()) {
    co_await pause(event_line_poll);
    if (*stopped) co_return Refusal::unavailable;  // we may be gone
    if (steady_clock::now() >= until + options_.connect_timeout) co_return Refusal::unavailable;
  }
  if (*stopped || !masters_.ready(shop)) co_return Refusal::unavailable;

  const std::string stream = "{" + shop + "}:ev";
  Command read("XREAD");
  read.arg("COUNT").arg(static_cast<std::uint64_t>(events_max));
  if (wait > 0) read.arg("BLOCK").arg(wait);
  read.arg("STREAMS").arg(stream).arg(event_id);
  Answer<Reply> reply =
      co_await event_line(shop).client->ask(read.octets(), milliseconds(std::max<Millis>(wait, 0)));
  if (*stopped) co_return Refusal::unavailable;
  if (!reply || (reply->view().is_error() && is_elsewhere(reply->view().text()))) masters_.look_again();
  Answer<std::vector<Event>> found = understand<std::vector<Event>>(
      reply, +[](ReplyView view) { return parse_events(view[0][1]); }, report_);
  if (!found) co_return found.error();

  Events out{std::move(*found), false, event_line(shop).connection()};
  const std::uint64_t position = *number_of_id(event_id);
  if (!out.events.empty()) {
    out.gap = number_of_id(out.events.front().id) != position + 1;
    co_return out;
  }
  // Nothing came. If the stream ends before our position, it is not the stream that we read before.
  Answer<Reply> last = co_await masters_.ask(
      Command("XREVRANGE").arg(stream).arg("+").arg("-").arg("COUNT").arg("1").octets());
  if (*stopped || !last) co_return Refusal::unavailable;
  if (last->view().is_error()) co_return refusal_of_error(last->view().text());
  out.gap = number_of_id((*last)[0][0].text()).value_or(0) < position;
  co_return out;
}

}  // namespace switchboard::store
