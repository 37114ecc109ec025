// Shard subscriptions at the master of each channel, over connections that come back by themselves.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "server/store/redis_options.hpp"
#include "server/store/store.hpp"

namespace switchboard::store {

// One per worker, on the worker's executor (one thread); one connection to each master. Subscriptions of one
// turn of the loop leave together, at most a hundred in a command. A connection that answers neither them nor
// PING in time is given up.
class RedisSubscriber final : public Subscriber {
 public:
  RedisSubscriber(boost::asio::any_io_executor executor, RedisOptions options, Random, Report);
  ~RedisSubscriber() override;  // as stop()

  void start();
  // Ends it: waiting subscribes are answered `unavailable`, no listener is called any more. Idempotent.
  void stop();
  bool ready() const noexcept;

  Task<Answer<Done>> subscribe(std::string channel, ChannelListener& listener) override;
  void unsubscribe(std::string_view channel, ChannelListener& listener) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace switchboard::store
