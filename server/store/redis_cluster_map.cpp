#include "server/store/redis_cluster_map.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "server/base/pause.hpp"
#include "server/store/redis_question.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds look_again_min{50}, look_again_max{150};  // between two looks; jitter in between

}  // namespace

ClusterMap::ClusterMap(asio::any_io_executor executor, const RedisOptions& options, Random random,
                       Report report, std::function<void()> changed)
    : executor_(std::move(executor)),
      options_(options),
      random_(std::move(random)),
      trouble_(options_, "cluster", std::move(report)),
      changed_(std::move(changed)),
      timer_(executor_) {}

void ClusterMap::start() {
  asio::co_spawn(executor_, live(shared_from_this()), asio::detached);
}

void ClusterMap::stop() {
  stopped_ = true;
  timer_.cancel();
}

void ClusterMap::look_again() {
  wanted_ = true;
  if (idle_) timer_.cancel();
}

void ClusterMap::moved(const Moved& moved) {
  ask_first_ = moved.to;
  look_again();
  const auto* owner = slots_.owner(moved.slot);
  if (stopped_ || (owner && *owner == moved.to)) return;
  slots_.assign(moved.slot, moved.slot, moved.to);
  changed_();
}

asio::awaitable<void> ClusterMap::live(std::shared_ptr<ClusterMap> self) {
  while (!self->stopped_) {
    self->wanted_ = false;
    auto found = co_await self->ask();
    if (self->stopped_) co_return;
    if (found && !(*found == self->slots_)) {
      self->slots_ = std::move(*found);
      self->changed_();
    }
    const double share = self->random_();
    const auto jitter = share * static_cast<double>((look_again_max - look_again_min).count());
    co_await pause(self->timer_, look_again_min + milliseconds(static_cast<int>(jitter)));
    if (!found || self->wanted_ || self->stopped_) continue;
    self->idle_ = true;
    co_await pause(self->timer_, self->options_.topology_every);
    self->idle_ = false;
  }
}

// Whoever was named last, then the masters from a random one on, then those that the operator named.
asio::awaitable<std::optional<SlotMap>> ClusterMap::ask() {
  std::vector<RedisAddress> nodes = slots_.masters();
  if (!nodes.empty()) {
    const auto first = static_cast<std::size_t>(random_() * static_cast<double>(nodes.size()));
    std::ranges::rotate(nodes, nodes.begin() + static_cast<std::ptrdiff_t>(first));
  }
  if (ask_first_) nodes.insert(nodes.begin(), *ask_first_);
  ask_first_.reset();
  nodes.insert(nodes.end(), options_.url.seeds.begin(), options_.url.seeds.end());
  std::string why = "no node is named";
  for (const auto& node : nodes) {
    const auto answer = co_await ask_once(executor_, options_, options_.url.at(node),
                                          Command("CLUSTER").arg("SLOTS").octets());
    if (stopped_) co_return std::nullopt;
    if (!answer) {
      why = node.shown() + ": " + answer.error();
      continue;
    }
    if (auto map = SlotMap::parse(answer->view(), node)) {
      trouble_.is_over();
      co_return std::move(*map);
    }
    why = node.shown() + " knows no slot with a master";
  }
  trouble_.tell(why);
  co_return std::nullopt;
}

}  // namespace switchboard::store
