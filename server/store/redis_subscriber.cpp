#include "server/store/redis_subscriber.hpp"

#include <algorithm>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_map>

#include "server/store/redis_connection.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Instant = std::chrono::steady_clock::time_point;

namespace {

constexpr std::size_t channels_per_command_max = 100;

using Waiter = asio::any_completion_handler<void(Answer<Done>)>;

struct Channel {
  std::vector<ChannelListener*> listeners;  // null: left while a message was being delivered
  std::vector<Waiter> waiters;              // of subscribe()
  unsigned confirmations_due = 0;           // of SSUBSCRIBE, on this connection
  unsigned farewells_due = 0;               // of SUNSUBSCRIBE, on this connection
  bool sent = false;                        // our last word to Redis was SSUBSCRIBE
  bool confirmed = false;
  bool missed = false;  // something may have been published unheard
};

struct Hash : std::hash<std::string_view> {
  using is_transparent = void;
};

// Gathers names and writes a command per hundred.
class Batch {
 public:
  Batch(RedisConnection& connection, std::string_view verb)
      : connection_(connection), verb_(verb), command_(verb) {}
  ~Batch() { send(); }
  void add(std::string_view channel) {
    command_.arg(channel);
    if (++size_ == channels_per_command_max) send();
  }

 private:
  void send() {
    if (size_ == 0) return;
    connection_.write(command_.octets());
    command_ = Command(verb_);
    size_ = 0;
  }
  RedisConnection& connection_;
  std::string_view verb_;
  Command command_;
  std::size_t size_ = 0;
};

}  // namespace

// The subscriber's insides, held by its coroutines too: they end a turn of the loop after `stop`.
class RedisSubscriber::Line : public std::enable_shared_from_this<RedisSubscriber::Line> {
 public:
  Line(asio::any_io_executor executor, RedisOptions options, Random random, Report report)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        random_(std::move(random)),
        report_(std::move(report)),
        pause_(executor_),
        tick_(executor_) {}

  void start() {
    asio::co_spawn(executor_, live(shared_from_this()), asio::detached);
    asio::co_spawn(executor_, watch(shared_from_this()), asio::detached);
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    ready = false;
    pause_.cancel();
    tick_.cancel();
    if (connection_) connection_->close("stopped");
    lose_all();
    asio::post(executor_, [self = shared_from_this()] { self->channels_.clear(); });
  }

  void subscribe(std::string name, ChannelListener& listener, Waiter waiter) {
    if (stopped_) return finish_later(std::move(waiter), Refusal::unavailable);
    const auto at = channels_.try_emplace(std::move(name)).first;
    Channel& channel = at->second;
    if (std::find(channel.listeners.begin(), channel.listeners.end(), &listener) == channel.listeners.end())
      channel.listeners.push_back(&listener);
    if (channel.confirmed && channel.sent) return finish_later(std::move(waiter), Done{});
    if (!ready) {
      channel.missed = true;
      return finish_later(std::move(waiter), Refusal::unavailable);
    }
    channel.waiters.push_back(std::move(waiter));
    settle_soon(at->first);
  }

  void unsubscribe(std::string_view name, ChannelListener& listener) {
    const auto found = channels_.find(name);
    if (found == channels_.end()) return;
    auto& listeners = found->second.listeners;
    std::replace(listeners.begin(), listeners.end(), &listener, static_cast<ChannelListener*>(nullptr));
    settle_soon(name);
  }

  bool ready = false;

 private:
  static asio::awaitable<void> live(std::shared_ptr<Line> self) {
    for (unsigned attempt = 0; !self->stopped_;) {
      const auto connection = make_connection(self->options_, self->executor_);
      self->connection_ = connection;
      self->expect_from_ = std::chrono::steady_clock::now();
      self->expected_ = 1;  // the connect itself
      std::string why = co_await connection->connect(self->options_.url);
      if (why.empty() && !self->stopped_) {
        std::string octets;
        self->expected_ = self->greeting_ = greet(self->options_, octets);
        connection->write(octets);
        why = co_await connection->read([&self](Reply reply) { self->receive(std::move(reply)); });
        if (self->ready) attempt = 0;
      }
      connection->close(why);
      self->ready = false;
      if (self->stopped_) co_return;
      self->lose_all();
      self->tell(why);
      self->pause_.expires_after(backoff(self->options_, attempt++, self->random_));
      boost::system::error_code ignored;
      co_await self->pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  static asio::awaitable<void> watch(std::shared_ptr<Line> self) {
    const milliseconds tick =
        std::clamp(self->options_.command_timeout / 8, milliseconds(5), milliseconds(500));
    Instant ping_due = std::chrono::steady_clock::now();
    while (!self->stopped_) {
      self->tick_.expires_after(tick);
      boost::system::error_code ignored;
      co_await self->tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      const Instant now = std::chrono::steady_clock::now();
      if (self->stopped_ || !self->connection_ || self->connection_->closed()) continue;
      if (self->expected_ > 0 && now >= self->expect_from_ + self->options_.command_timeout) {
        self->connection_->close("no answer within the limit");
      } else if (self->ready && self->expected_ == 0 && now >= ping_due) {
        ping_due = now + self->options_.ping_every;
        self->expect(1);
        self->connection_->write(Command("PING").octets());
      }
    }
  }

  // Everything that comes: the greeting's replies, confirmations, messages, PONG.
  void receive(Reply reply) {
    expect_from_ = std::chrono::steady_clock::now();
    const ReplyView view = reply.view();
    if (view.is_error()) return connection_->close(std::string(view.text()));
    if (greeting_ > 0) {
      --expected_;
      if (--greeting_ == 0) greeted();
      return;
    }
    const std::string_view kind = view[0].text();
    if (kind == "smessage") return deliver(view[1].text(), view[2].text());
    if (expected_ > 0) --expected_;
    if (kind == "ssubscribe") confirm(view[1].text());
    if (kind == "sunsubscribe") farewell(view[1].text());
  }

  void greeted() {
    ready = true;
    told_.clear();
    report_(Severity::info, options_.name + ": connected to " + options_.url.shown());
    for (const auto& [name, channel] : channels_) settle_soon(name);
  }

  template <class Call>
  void each_listener(Channel& channel, Call call) {
    // Callbacks may subscribe (push_back), unsubscribe (null) or stop (channels are forgotten a turn later).
    for (std::size_t i = 0; i < channel.listeners.size() && !stopped_; ++i)
      if (channel.listeners[i]) call(*channel.listeners[i]);
  }

  void deliver(std::string_view name, std::string_view message) {
    const auto found = channels_.find(name);
    if (found == channels_.end()) return;
    each_listener(found->second, [message](ChannelListener& one) { one.on_hint(message); });
  }

  void confirm(std::string_view name) {
    const auto found = channels_.find(name);
    if (found == channels_.end()) return;
    Channel& channel = found->second;
    if (channel.confirmations_due > 0) --channel.confirmations_due;
    if (!channel.sent || channel.confirmations_due > 0) return;
    channel.confirmed = true;
    const bool missed = std::exchange(channel.missed, false);
    for (Waiter& waiter : std::exchange(channel.waiters, {})) finish_later(std::move(waiter), Done{});
    if (missed) each_listener(channel, [](ChannelListener& one) { one.on_resubscribed(); });
  }

  void farewell(std::string_view name) {
    const auto found = channels_.find(name);
    if (found == channels_.end()) return;
    Channel& channel = found->second;
    if (channel.farewells_due > 0) {
      --channel.farewells_due;
    } else {  // not asked for: the slot has moved
      channel.sent = channel.confirmed = false;
      channel.missed = true;
    }
    settle_soon(name);
  }

  // Notes that a channel may differ from what Redis was told; one look at all of these ends this turn of the
  // loop.
  void settle_soon(std::string_view name) {
    if (stopped_) return;
    unsettled_.emplace_back(name);
    if (std::exchange(settle_posted_, true)) return;
    asio::post(executor_, [self = shared_from_this()] {
      self->settle_posted_ = false;
      self->settle();
    });
  }

  void settle() {
    if (stopped_) return;
    std::optional<Batch> in, out;
    if (ready && !connection_->closed())
      in.emplace(*connection_, "SSUBSCRIBE"), out.emplace(*connection_, "SUNSUBSCRIBE");
    for (const std::string& name : std::exchange(unsettled_, {})) {
      const auto found = channels_.find(name);
      if (found != channels_.end() && settle(name, found->second, in, out)) channels_.erase(found);
    }
  }

  // Tells Redis what changed; true if the channel can be forgotten.
  bool settle(std::string_view name, Channel& channel, std::optional<Batch>& in, std::optional<Batch>& out) {
    std::erase(channel.listeners, nullptr);
    const bool wanted = !channel.listeners.empty();
    if (in && wanted != channel.sent) {
      (wanted ? *in : *out).add(name);
      ++(wanted ? channel.confirmations_due : channel.farewells_due);
      expect(1);
      channel.sent = wanted;
      channel.confirmed = false;
    }
    if (wanted || (in && channel.confirmations_due + channel.farewells_due > 0)) return false;
    for (Waiter& waiter : channel.waiters) finish_later(std::move(waiter), Refusal::unavailable);
    return true;
  }

  void lose_all() {
    expected_ = greeting_ = 0;
    for (auto& [name, channel] : channels_) {
      channel.sent = channel.confirmed = false;
      channel.confirmations_due = channel.farewells_due = 0;
      channel.missed = true;
      for (Waiter& waiter : std::exchange(channel.waiters, {}))
        finish_later(std::move(waiter), Refusal::unavailable);
    }
  }

  void finish_later(Waiter waiter, Answer<Done> answer) {
    asio::post(executor_, [waiter = std::move(waiter), answer]() mutable { std::move(waiter)(answer); });
  }

  void expect(unsigned replies) {
    if (expected_ == 0) expect_from_ = std::chrono::steady_clock::now();
    expected_ += replies;
  }

  void tell(const std::string& why) {
    if (why == told_) return;
    told_ = why;
    report_(Severity::warning, options_.name + ": no Redis at " + options_.url.shown() + ": " + why);
  }

  asio::any_io_executor executor_;
  RedisOptions options_;
  Random random_;
  Report report_;
  asio::steady_timer pause_;
  asio::steady_timer tick_;
  std::shared_ptr<RedisConnection> connection_;
  std::unordered_map<std::string, Channel, Hash, std::equal_to<>> channels_;
  unsigned expected_ = 0;  // replies that Redis owes us
  unsigned greeting_ = 0;  // of them to the greeting
  Instant expect_from_;
  std::string told_;
  std::vector<std::string> unsettled_;
  bool settle_posted_ = false;
  bool stopped_ = false;
};

RedisSubscriber::RedisSubscriber(asio::any_io_executor executor, RedisOptions options, Random random,
                                 Report report)
    : line_(std::make_shared<Line>(std::move(executor), std::move(options), std::move(random),
                                   std::move(report))) {}

RedisSubscriber::~RedisSubscriber() {
  stop();
}

void RedisSubscriber::start() {
  line_->start();
}
void RedisSubscriber::stop() {
  line_->stop();
}
bool RedisSubscriber::ready() const noexcept {
  return line_->ready;
}

Task<Answer<Done>> RedisSubscriber::subscribe(std::string channel, ChannelListener& listener) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Answer<Done>)>(
      [line = line_, &listener](auto handler, std::string name) {
        line->subscribe(std::move(name), listener, Waiter(std::move(handler)));
      },
      asio::use_awaitable, std::move(channel));
}

void RedisSubscriber::unsubscribe(std::string_view channel, ChannelListener& listener) {
  line_->unsubscribe(channel, listener);
}

}  // namespace switchboard::store
