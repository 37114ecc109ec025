// The cluster as it was seen last: asked at the start, every options.topology_every, and whenever somebody
// finds that it is not so any more.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "server/store/redis_options.hpp"
#include "server/store/redis_slots.hpp"
#include "server/store/redis_trouble.hpp"

namespace switchboard::store {

// All on the executor (one thread).
class ClusterMap : public std::enable_shared_from_this<ClusterMap> {
 public:
  // `changed` is called after each change of slots(), until stop().
  ClusterMap(boost::asio::any_io_executor executor, const RedisOptions& options, Random random, Report report,
             std::function<void()> changed);

  void start();
  void stop();
  const SlotMap& slots() const noexcept { return slots_; }
  // It seems to be another one: asked again at once, but not more often than about ten times a second.
  void look_again();
  // The node at `asked` said so; noted at once, and the rest is asked for.
  void moved(const Moved&);

 private:
  static boost::asio::awaitable<void> live(std::shared_ptr<ClusterMap> self);
  boost::asio::awaitable<std::optional<SlotMap>> ask();

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  Random random_;
  Trouble trouble_;
  std::function<void()> changed_;
  boost::asio::steady_timer timer_;
  SlotMap slots_;
  std::optional<RedisAddress> ask_first_;  // who knows best
  bool wanted_ = false;
  bool idle_ = false;
  bool stopped_ = false;
};

}  // namespace switchboard::store
