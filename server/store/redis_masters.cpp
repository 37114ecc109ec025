#include "server/store/redis_masters.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <unordered_map>

#include "server/base/pause.hpp"
#include "server/store/redis_cluster_map.hpp"
#include "server/store/redis_functions.hpp"
#include "server/store/redis_trouble.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Client = std::shared_ptr<RedisClient>;

namespace {

constexpr milliseconds mend_pause{20};  // between two looks whether a slot has settled

struct Call {
  std::string octets;
  RedisClient::Handler handler;
  bool writes = false;
  steady_clock::time_point give_up{};  // of one that was refused
};

// The calls of one slot; without a cluster there is one for all.
struct Lane {
  std::map<std::uint64_t, Call> held;  // by the order of the calls
  unsigned under_way = 0;
  bool mending = false;
  bool library_missing = false;
  steady_clock::time_point repeated{};
};

}  // namespace

// Held by its coroutines too.
struct RedisMasters::State : std::enable_shared_from_this<RedisMasters::State> {
  State(asio::any_io_executor e, RedisOptions o, Random r, Report t, RedisClient::Prepare p)
      : executor(std::move(e)),
        options(std::move(o)),
        random(std::move(r)),
        report(std::move(t)),
        prepare(std::move(p)) {}

  // ---------------------------------------------------------------- who the masters are

  Client make_client(const RedisOptions& to) {
    return std::make_shared<RedisClient>(executor, to, random, report, prepare);
  }

  void start() {
    if (options.url.kind != RedisUrl::Kind::cluster) {
      only = make_client(options);
      return only->start();
    }
    map = std::make_shared<ClusterMap>(executor, options, random, report, [this] { masters_changed(); });
    map->start();
  }

  void stop() {
    if (std::exchange(stopped, true)) return;
    if (map) map->stop();
    if (only) only->stop();
    for (auto& [address, client] : clients) client->stop();
    for (auto& [slot, lane] : lanes) answer_held(lane, Refusal::unavailable);
  }

  RedisOptions options_of(const RedisAddress& master) const {
    RedisOptions one = options;
    one.url = options.url.at(master);
    one.must_be_master = true;
    return one;
  }

  void masters_changed() {
    if (stopped) return;
    const auto& masters = map->slots().masters();
    for (const auto& master : masters) {
      Client& client = clients[master];
      if (client) continue;
      client = make_client(options_of(master));
      client->start();
    }
    for (auto one = clients.begin(); one != clients.end();) {
      if (std::ranges::find(masters, one->first) != masters.end()) {
        ++one;
        continue;
      }
      const Client gone = one->second;
      one = clients.erase(one);
      asio::post(executor, [gone] { gone->stop(); });  // it may be the one that is calling us
    }
  }

  Slot slot_of(std::string_view octets) const noexcept { return map ? slot_of_command(octets) : Slot{0}; }
  Slot slot_of_shop(std::string_view shop) const noexcept { return map ? slot_of_key(shop) : Slot{0}; }

  // Null: no master is known. Valid until the masters change.
  const Client& client_of(Slot slot) const {
    static const Client none;
    if (only) return only;
    const auto* master = map ? map->slots().owner(slot) : nullptr;
    const auto found = master ? clients.find(*master) : clients.end();
    return found == clients.end() ? none : found->second;
  }

  // ---------------------------------------------------------------- calls

  void call(std::string octets, RedisClient::Handler handler, bool writes) {
    if (stopped) return refuse(std::move(handler), Refusal::unavailable);
    if (held >= options.in_flight_max) return refuse(std::move(handler), Refusal::busy);
    const Slot slot = slot_of(octets);
    Lane& lane = lanes[slot];
    Call one{std::move(octets), std::move(handler), writes};
    if (lane.mending) return hold(slot, lane, next_ticket++, std::move(one));
    send(slot, lane, next_ticket++, std::move(one));
  }

  void send(Slot slot, Lane& lane, std::uint64_t ticket, Call one) {
    const Client& client = client_of(slot);
    if (!client) {
      if (map) map->look_again();
      return refuse(std::move(one.handler), Refusal::unavailable);
    }
    ++lane.under_way;
    std::string octets = one.octets;
    const bool writes = one.writes;
    RedisClient::Handler handler = [self = shared_from_this(), slot, &lane, ticket,
                                    one = std::move(one)](Answer<Reply> answer) mutable {
      --lane.under_way;
      if (!self->stopped && self->must_wait(slot, lane, answer))
        return self->hold(slot, lane, ticket, std::move(one));
      std::move(one.handler)(std::move(answer));
    };
    if (writes)
      client->send_confirmed(std::move(octets), std::move(handler));
    else
      client->send(std::move(octets), std::move(handler));
  }

  // It was refused for something that passes.
  bool must_wait(Slot slot, Lane& lane, const Answer<Reply>& answer) {
    if (!answer) {
      if (map && answer.error() == Refusal::unavailable) map->look_again();
      return false;
    }
    if (!answer->view().is_error()) return false;
    const std::string_view error = answer->view().text();
    if (is_function_missing(error)) {
      lane.library_missing = true;
      return true;
    }
    if (!map || !is_elsewhere(error)) return false;
    const auto* asked = map->slots().owner(slot);
    if (const auto moved = parse_moved(error, asked ? *asked : RedisAddress{}))
      map->moved(*moved);
    else
      map->look_again();
    return true;
  }

  void hold(Slot slot, Lane& lane, std::uint64_t ticket, Call one) {
    if (one.give_up == steady_clock::time_point{})
      one.give_up = steady_clock::now() + options.command_timeout;
    lane.held.emplace(ticket, std::move(one));
    ++held;
    if (std::exchange(lane.mending, true)) return;
    if (lane.library_missing) report(Severity::warning, "Redis lost the function library; loading it again");
    asio::co_spawn(executor, mend(shared_from_this(), slot, lane), asio::detached);
  }

  // Repeats what is held, in its order, when nothing of the slot is under way any more: whatever was still to
  // be refused has been, and stands in its place. Lanes are never forgotten.
  static asio::awaitable<void> mend(std::shared_ptr<State> self, Slot slot, Lane& lane) {
    bool soon = steady_clock::now() < lane.repeated + mend_pause;  // the last repeat was refused, too
    while (!self->stopped && !lane.held.empty()) {
      if (std::exchange(soon, true)) co_await pause(mend_pause);
      if (self->stopped || self->give_up(lane)) break;
      if (lane.library_missing && !co_await self->load(slot, lane)) continue;
      if (lane.under_way > 0) continue;
      const Client& client = self->client_of(slot);
      if (!client || (self->map && !client->ready())) continue;
      break;
    }
    lane.mending = false;
    lane.repeated = steady_clock::now();
    std::map<std::uint64_t, Call> calls;
    calls.swap(lane.held);
    self->held -= calls.size();
    for (auto& [ticket, one] : calls) self->send(slot, lane, ticket, std::move(one));
  }

  // Calls that have waited long enough; nothing was done of them. True: none is left.
  bool give_up(Lane& lane) {
    const auto now = steady_clock::now();
    for (auto one = lane.held.begin(); one != lane.held.end();) {
      if (one->second.give_up > now) {
        ++one;
        continue;
      }
      refuse(std::move(one->second.handler), Refusal::busy);
      one = lane.held.erase(one);
      --held;
    }
    return lane.held.empty();
  }

  // The load travels behind every call under way, so when it is answered all that missed the library are
  // held. If Redis does not take it now, they are refused.
  asio::awaitable<bool> load(Slot slot, Lane& lane) {
    const Client client = client_of(slot);  // held: the masters may change meanwhile
    std::string why = "no master";
    if (client) why = co_await load_library(*client, false);
    lane.library_missing = false;
    if (!why.empty()) answer_held(lane, Refusal::busy);
    co_return why.empty();
  }

  void answer_held(Lane& lane, Refusal refusal) {
    std::map<std::uint64_t, Call> calls;
    calls.swap(lane.held);
    held -= calls.size();
    for (auto& [ticket, one] : calls) std::move(one.handler)(Answer<Reply>(refusal));
  }

  void refuse(RedisClient::Handler handler, Refusal refusal) {
    RedisClient::refuse_later(executor, std::move(handler), refusal);
  }

  asio::any_io_executor executor;
  RedisOptions options;
  Random random;
  Report report;
  RedisClient::Prepare prepare;
  Client only;                             // without a cluster
  std::shared_ptr<ClusterMap> map;         // of a cluster
  std::map<RedisAddress, Client> clients;  // of a cluster
  std::unordered_map<Slot, Lane> lanes;
  const steady_clock::time_point begun = steady_clock::now();
  std::uint64_t next_ticket = 0;
  std::size_t held = 0;  // in all lanes
  bool stopped = false;
};

RedisMasters::RedisMasters(asio::any_io_executor executor, RedisOptions options, Random random, Report report,
                           RedisClient::Prepare prepare)
    : state_(std::make_shared<State>(std::move(executor), std::move(options), std::move(random),
                                     std::move(report), std::move(prepare))) {}

RedisMasters::~RedisMasters() {
  stop();
}

void RedisMasters::start() {
  state_->start();
}
void RedisMasters::stop() {
  state_->stop();
}

RedisMasters::Presence RedisMasters::presence() const noexcept {
  if (state_->only) return state_->only->ready() ? Presence::all : Presence::away;
  const auto& clients = state_->clients;
  const auto ready = std::ranges::count_if(clients, [](const auto& one) { return one.second->ready(); });
  if (ready == 0) return Presence::away;
  return static_cast<std::size_t>(ready) == clients.size() ? Presence::all : Presence::partly;
}

bool RedisMasters::ready(std::string_view shop) const {
  const Client& client = state_->client_of(state_->slot_of_shop(shop));
  return client && client->ready();
}

bool RedisMasters::leads_to(const RedisClient& client, std::string_view shop) const {
  return state_->client_of(state_->slot_of_shop(shop)).get() == &client;
}

bool RedisMasters::is_master(std::string_view url) const {
  return std::ranges::any_of(state_->clients,
                             [&](const auto& one) { return one.second->options().url.shown() == url; });
}

std::size_t RedisMasters::room() const noexcept {
  if (state_->only) return state_->only->room();
  std::size_t least = state_->options.in_flight_max;
  for (const auto& [address, client] : state_->clients) least = std::min(least, client->room());
  return least;
}

milliseconds RedisMasters::away_for() const noexcept {
  if (state_->only) return state_->only->away_for();
  auto least = std::chrono::duration_cast<milliseconds>(steady_clock::now() - state_->begun);
  for (const auto& [address, client] : state_->clients) least = std::min(least, client->away_for());
  return least;
}

std::uint64_t RedisMasters::connections() const noexcept {
  std::uint64_t sum = state_->only ? state_->only->connections() : 0;
  for (const auto& [address, client] : state_->clients) sum += client->connections();
  return sum;
}

RedisOptions RedisMasters::options_for(std::string_view shop) const {
  const auto* master = state_->map ? state_->map->slots().owner(slot_of_key(shop)) : nullptr;
  return master ? state_->options_of(*master) : state_->options;
}

void RedisMasters::look_again() {
  if (state_->map) state_->map->look_again();
}

void RedisMasters::call(std::string octets, RedisClient::Handler handler) {
  state_->call(std::move(octets), std::move(handler), true);
}

Task<Answer<Reply>> RedisMasters::call(std::string octets) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Answer<Reply>)>(
      [state = state_](auto handler, std::string command) {
        state->call(std::move(command), RedisClient::Handler(std::move(handler)), true);
      },
      asio::use_awaitable, std::move(octets));
}

Task<Answer<Reply>> RedisMasters::ask(std::string octets) {
  if (state_->only) return state_->only->ask(std::move(octets));  // nothing that it would have to wait for
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Answer<Reply>)>(
      [state = state_](auto handler, std::string command) {
        state->call(std::move(command), RedisClient::Handler(std::move(handler)), false);
      },
      asio::use_awaitable, std::move(octets));
}

void RedisMasters::hint(std::string octets) {
  const Client& client = state_->client_of(state_->slot_of(octets));
  if (client && client->ready()) client->send(std::move(octets), [](Answer<Reply>) {});
}

}  // namespace switchboard::store
