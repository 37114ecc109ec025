// Shard subscriptions at one master, over one connection that comes back by itself and subscribes again.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/store/redis_options.hpp"
#include "server/store/redis_reply.hpp"
#include "server/store/redis_slots.hpp"
#include "server/store/redis_trouble.hpp"
#include "server/store/store.hpp"

namespace switchboard::store {

class MasterFinder;
class RedisConnection;

// On the executor (one thread). Held by its coroutines too: they end a turn of the loop after `stop`.
class SubscriberLine : public std::enable_shared_from_this<SubscriberLine> {
 public:
  using Waiter = boost::asio::any_completion_handler<void(Answer<Done>)>;
  using Stray = std::function<void(const Moved*)>;
  using Listeners = std::vector<ChannelListener*>;

  // `stray` (none: this is the only master) is called when channels may have another master: with where the
  // server has sent us, or with null when the connection is lost.
  SubscriberLine(boost::asio::any_io_executor executor, RedisOptions options, Random random, Report report,
                 Stray stray = nullptr);
  ~SubscriberLine();

  // Without it the line keeps its channels, and subscribes nowhere.
  void start();
  void stop();
  bool ready() const noexcept { return ready_; }

  void subscribe(std::string channel, ChannelListener& listener, Waiter waiter);
  void unsubscribe(std::string_view channel, ChannelListener& listener);

  // Gives away the channels for which `stays` does not hold, with those who listen; whoever waits for a
  // confirmation hears that there is none.
  std::vector<std::pair<std::string, Listeners>> give_away(
      const std::function<bool(std::string_view)>& stays);
  // Takes one over: the listeners are told when it is subscribed here.
  void adopt(std::string channel, const Listeners& listeners);

 private:
  struct Channel {
    Listeners listeners;             // null: left while a message was being delivered
    std::vector<Waiter> waiters;     // of subscribe()
    unsigned confirmations_due = 0;  // of SSUBSCRIBE, on this connection
    unsigned farewells_due = 0;      // of SUNSUBSCRIBE, on this connection
    bool sent = false;               // our last word to Redis was SSUBSCRIBE
    bool confirmed = false;
    bool missed = false;  // something may have been published unheard
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  class Batch;

  static boost::asio::awaitable<void> live(std::shared_ptr<SubscriberLine> self);
  static boost::asio::awaitable<void> watch(std::shared_ptr<SubscriberLine> self);
  void receive(Reply reply);
  void greeted();
  template <class Call>
  void each_listener(Channel& channel, Call call);
  void deliver(std::string_view name, std::string_view message);
  void confirm(std::string_view name);
  void farewell(std::string_view name);
  void refused(const std::string& error);
  void settle_soon(std::string_view name);
  void settle();
  bool settle(std::string_view name, Channel& channel, std::optional<Batch>& in, std::optional<Batch>& out);
  void refuse_waiters(Channel& channel);
  void lose_all();
  void finish_later(Waiter waiter, Answer<Done> answer);
  void expect(unsigned replies);

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  Random random_;
  Report report_;
  Stray stray_;
  Trouble trouble_;
  std::shared_ptr<MasterFinder> finder_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer tick_;
  std::shared_ptr<RedisConnection> connection_;
  std::unordered_map<std::string, Channel, Hash, std::equal_to<>> channels_;
  unsigned expected_ = 0;  // replies that Redis owes us
  unsigned greeting_ = 0;  // of them to the greeting
  std::chrono::steady_clock::time_point expect_from_;
  std::vector<std::string> unsettled_;
  bool ready_ = false;
  bool settle_posted_ = false;
  bool stopped_ = false;
};

}  // namespace switchboard::store
