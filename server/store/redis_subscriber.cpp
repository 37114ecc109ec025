#include "server/store/redis_subscriber.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "server/store/redis_cluster_map.hpp"
#include "server/store/redis_subscriber_line.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using LinePtr = std::shared_ptr<SubscriberLine>;

// A channel stands with the line to the master of its slot, by the map as it is: when that changes, it goes
// over to another line at once, and its listeners are told when it is subscribed there.
struct RedisSubscriber::State : std::enable_shared_from_this<RedisSubscriber::State> {
  State(asio::any_io_executor e, RedisOptions o, Random r, Report t)
      : executor(std::move(e)),
        options(std::move(o)),
        random(std::move(r)),
        report(std::move(t)),
        first(std::make_shared<SubscriberLine>(executor, options, random, report)) {}

  void start() {
    if (options.url.kind != RedisUrl::Kind::cluster) return first->start();
    map = std::make_shared<ClusterMap>(executor, options, random, report, [this] { masters_changed(); });
    map->start();
  }

  void stop() {
    if (map) map->stop();
    first->stop();
    for (const auto& [master, line] : lines) line->stop();
  }

  SubscriberLine& line_of(std::string_view channel) const {
    const auto* master = map ? map->slots().owner(slot_of_key(channel)) : nullptr;
    const auto found = master ? lines.find(*master) : lines.end();
    return found == lines.end() ? *first : *found->second;
  }

  void masters_changed() {
    const auto& masters = map->slots().masters();
    for (const auto& master : masters)
      if (!lines.contains(master)) lines.emplace(master, make_line(master));
    std::vector<LinePtr> present{first};
    for (const auto& [master, line] : lines) present.push_back(line);
    for (const auto& line : present)
      for (auto& [channel, listeners] :
           line->give_away([&](std::string_view name) { return &line_of(name) == line.get(); }))
        line_of(channel).adopt(channel, listeners);
    std::erase_if(lines, [&](const auto& one) {
      if (std::ranges::find(masters, one.first) != masters.end()) return false;
      asio::post(executor, [line = one.second] { line->stop(); });  // it may be the one that is calling us
      return true;
    });
  }

  LinePtr make_line(const RedisAddress& master) {
    RedisOptions one = options;
    one.url = options.url.at(master);
    one.must_be_master = true;
    const auto look = [weak = std::weak_ptr(map)](const Moved* moved) {
      const auto known = weak.lock();
      if (!known) return;
      if (moved)
        known->moved(*moved);
      else
        known->look_again();
    };
    auto line = std::make_shared<SubscriberLine>(executor, std::move(one), random, report, look);
    line->start();
    return line;
  }

  asio::any_io_executor executor;
  RedisOptions options;
  Random random;
  Report report;
  LinePtr first;  // without a cluster the only one; else of channels whose master is not known
  std::shared_ptr<ClusterMap> map;
  std::map<RedisAddress, LinePtr> lines;
};

RedisSubscriber::RedisSubscriber(asio::any_io_executor executor, RedisOptions options, Random random,
                                 Report report)
    : state_(std::make_shared<State>(std::move(executor), std::move(options), std::move(random),
                                     std::move(report))) {}

RedisSubscriber::~RedisSubscriber() {
  stop();
}

void RedisSubscriber::start() {
  state_->start();
}
void RedisSubscriber::stop() {
  state_->stop();
}

bool RedisSubscriber::ready() const noexcept {
  return state_->first->ready() ||
         std::ranges::any_of(state_->lines, [](const auto& one) { return one.second->ready(); });
}

Task<Answer<Done>> RedisSubscriber::subscribe(std::string channel, ChannelListener& listener) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Answer<Done>)>(
      [state = state_, &listener](auto handler, std::string name) {
        auto& line = state->line_of(name);
        line.subscribe(std::move(name), listener, SubscriberLine::Waiter(std::move(handler)));
      },
      asio::use_awaitable, std::move(channel));
}

void RedisSubscriber::unsubscribe(std::string_view channel, ChannelListener& listener) {
  state_->line_of(channel).unsubscribe(channel, listener);
}

}  // namespace switchboard::store
