#include "server/store/redis_subscriber_line.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "server/base/pause.hpp"
#include "server/store/redis_connection.hpp"
#include "server/store/redis_master_finder.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Instant = std::chrono::steady_clock::time_point;

namespace {

constexpr std::size_t channels_per_command_max = 100;

}  // namespace

// Gathers names and writes a command per hundred. In a cluster the channels of a command are of one slot.
class SubscriberLine::Batch {
 public:
  Batch(RedisConnection& connection, std::string_view verb, bool by_slot)
      : connection_(connection), verb_(verb), command_(verb), by_slot_(by_slot) {}
  ~Batch() { send(); }
  void add(std::string_view channel) {
    const Slot slot = by_slot_ ? slot_of_key(channel) : Slot{0};
    if (slot != slot_) send();
    slot_ = slot;
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
  const bool by_slot_;
  Slot slot_ = 0;
};

SubscriberLine::SubscriberLine(asio::any_io_executor executor, RedisOptions options, Random random,
                               Report report, Stray stray)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      random_(std::move(random)),
      report_(std::move(report)),
      stray_(std::move(stray)),
      trouble_(options_, "Redis", report_),
      finder_(std::make_shared<MasterFinder>(executor_, options_, random_)),
      pause_(executor_),
      tick_(executor_) {}

SubscriberLine::~SubscriberLine() = default;

void SubscriberLine::start() {
  asio::co_spawn(executor_, live(shared_from_this()), asio::detached);
  asio::co_spawn(executor_, watch(shared_from_this()), asio::detached);
}

void SubscriberLine::stop() {
  if (stopped_) return;
  stopped_ = true;
  ready_ = false;
  pause_.cancel();
  tick_.cancel();
  if (connection_) connection_->close("stopped");
  lose_all();
  asio::post(executor_, [self = shared_from_this()] { self->channels_.clear(); });
}

void SubscriberLine::subscribe(std::string name, ChannelListener& listener, Waiter waiter) {
  if (stopped_) return finish_later(std::move(waiter), Refusal::unavailable);
  const auto at = channels_.try_emplace(std::move(name)).first;
  Channel& channel = at->second;
  if (std::find(channel.listeners.begin(), channel.listeners.end(), &listener) == channel.listeners.end())
    channel.listeners.push_back(&listener);
  if (channel.confirmed && channel.sent) return finish_later(std::move(waiter), Done{});
  if (!ready_) {
    channel.missed = true;
    return finish_later(std::move(waiter), Refusal::unavailable);
  }
  channel.waiters.push_back(std::move(waiter));
  settle_soon(at->first);
}

void SubscriberLine::unsubscribe(std::string_view name, ChannelListener& listener) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  auto& listeners = found->second.listeners;
  std::replace(listeners.begin(), listeners.end(), &listener, static_cast<ChannelListener*>(nullptr));
  settle_soon(name);
}

asio::awaitable<void> SubscriberLine::live(std::shared_ptr<SubscriberLine> self) {
  for (unsigned attempt = 0; !self->stopped_;) {
    const auto where = co_await self->finder_->find();
    if (self->stopped_) co_return;
    const auto connection = make_connection(self->options_, self->executor_);
    self->connection_ = connection;
    self->expect_from_ = std::chrono::steady_clock::now();
    self->expected_ = 1;  // the connect itself
    std::string why = where ? "" : where.error();
    if (where) why = co_await connection->connect(*where);
    if (why.empty() && !self->stopped_) {
      std::string octets;
      self->expected_ = self->greeting_ = greet(self->options_, octets);
      connection->write(octets);
      why = co_await connection->read([&self](Reply reply) { self->receive(std::move(reply)); });
      if (self->ready_) attempt = 0;
    }
    connection->close(why);
    self->ready_ = false;
    if (self->stopped_) co_return;
    self->lose_all();
    self->trouble_.tell(why);
    if (self->stray_) self->stray_(nullptr);
    co_await pause(self->pause_, backoff(self->options_, attempt++, self->random_));
  }
}

asio::awaitable<void> SubscriberLine::watch(std::shared_ptr<SubscriberLine> self) {
  Instant ping_due = std::chrono::steady_clock::now();
  while (!self->stopped_) {
    co_await pause(self->tick_, watch_every(self->options_));
    const Instant now = std::chrono::steady_clock::now();
    if (self->stopped_ || !self->connection_ || self->connection_->closed()) continue;
    if (self->expected_ > 0 && now >= self->expect_from_ + self->options_.command_timeout) {
      self->connection_->close("no answer within the limit");
    } else if (self->ready_ && self->expected_ == 0 && now >= ping_due) {
      ping_due = now + self->options_.ping_every;
      self->expect(1);
      self->connection_->write(Command("PING").octets());
    }
    if (self->ready_) self->finder_->look_after(self->connection_);
  }
}

// Everything that comes: the greeting's replies, confirmations, messages, PONG.
void SubscriberLine::receive(Reply reply) {
  expect_from_ = std::chrono::steady_clock::now();
  const ReplyView view = reply.view();
  if (view.is_error()) return refused(std::string(view.text()));
  if (greeting_ > 0) {
    if (auto why = refusal_of_greeting(view); !why.empty()) return connection_->close(std::move(why));
    --expected_;
    if (--greeting_ == 0) greeted();
    return;
  }
  const std::string_view kind = view[0].text();
  if (kind == "smessage") return deliver(view[1].text(), view[2].text());
  if (kind == "sunsubscribe") return farewell(view[1].text());
  if (expected_ > 0) --expected_;
  if (kind == "ssubscribe") confirm(view[1].text());
}

void SubscriberLine::greeted() {
  ready_ = true;
  trouble_.is_over();
  report_(Severity::info, options_.name + ": connected to " + finder_->shown());
  for (const auto& [name, channel] : channels_) settle_soon(name);
}

template <class Call>
void SubscriberLine::each_listener(Channel& channel, Call call) {
  // Callbacks may subscribe (push_back), unsubscribe (null) or stop (channels are forgotten a turn later).
  for (std::size_t i = 0; i < channel.listeners.size() && !stopped_; ++i)
    if (channel.listeners[i]) call(*channel.listeners[i]);
}

void SubscriberLine::deliver(std::string_view name, std::string_view message) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  each_listener(found->second, [message](ChannelListener& one) { one.on_hint(message); });
}

void SubscriberLine::confirm(std::string_view name) {
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

void SubscriberLine::farewell(std::string_view name) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  if (channel.farewells_due > 0) {
    --channel.farewells_due;
    if (expected_ > 0) --expected_;
  } else {  // not asked for: the slot has moved. Asking for it here again tells where to.
    channel.sent = channel.confirmed = false;
    channel.missed = true;
  }
  settle_soon(name);
}

// An error ends the connection, but for one: the slot of some channels has another master. That one error
// answers a command for several channels.
void SubscriberLine::refused(const std::string& error) {
  const auto moved =
      stray_ ? parse_moved(error, {options_.url.host, options_.url.port}) : std::optional<Moved>();
  if (!moved || greeting_ > 0) return connection_->close(error);
  bool kept = false;
  for (auto& [name, channel] : channels_) {
    if (slot_of_key(name) != moved->slot) continue;
    expected_ -= std::min(expected_, channel.confirmations_due + channel.farewells_due);
    channel.confirmations_due = channel.farewells_due = 0;
    channel.sent = channel.confirmed = false;
    channel.missed = true;
    if (channel.listeners.empty()) settle_soon(name);  // it can be forgotten
  }
  stray_(&*moved);
  for (const auto& [name, channel] : channels_)
    kept = kept || (slot_of_key(name) == moved->slot && !channel.listeners.empty());
  if (kept) connection_->close(error);  // nobody wants them elsewhere
}

std::vector<std::pair<std::string, SubscriberLine::Listeners>> SubscriberLine::give_away(
    const std::function<bool(std::string_view)>& stays) {
  std::vector<std::pair<std::string, Listeners>> given;
  for (auto& [name, channel] : channels_) {
    if (channel.listeners.empty() || stays(name)) continue;
    given.emplace_back(name, std::exchange(channel.listeners, {}));
    refuse_waiters(channel);
    settle_soon(name);
  }
  return given;
}

void SubscriberLine::adopt(std::string name, const Listeners& listeners) {
  Channel& channel = channels_[name];
  for (auto* listener : listeners)
    if (listener && std::ranges::find(channel.listeners, listener) == channel.listeners.end())
      channel.listeners.push_back(listener);
  channel.missed = true;
  settle_soon(name);
}

// Notes that a channel may differ from what Redis was told; one look at all of these ends this turn of the
// loop.
void SubscriberLine::settle_soon(std::string_view name) {
  if (stopped_) return;
  unsettled_.emplace_back(name);
  if (std::exchange(settle_posted_, true)) return;
  asio::post(executor_, [self = shared_from_this()] {
    self->settle_posted_ = false;
    self->settle();
  });
}

void SubscriberLine::settle() {
  if (stopped_) return;
  std::optional<Batch> in, out;
  if (ready_ && !connection_->closed())
    in.emplace(*connection_, "SSUBSCRIBE", bool(stray_)),
        out.emplace(*connection_, "SUNSUBSCRIBE", bool(stray_));
  if (stray_) std::ranges::sort(unsettled_);
  for (const std::string& name : std::exchange(unsettled_, {})) {
    const auto found = channels_.find(name);
    if (found != channels_.end() && settle(name, found->second, in, out)) channels_.erase(found);
  }
}

// Tells Redis what changed; true if the channel can be forgotten.
bool SubscriberLine::settle(std::string_view name, Channel& channel, std::optional<Batch>& in,
                            std::optional<Batch>& out) {
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
  refuse_waiters(channel);
  return true;
}

void SubscriberLine::refuse_waiters(Channel& channel) {
  for (Waiter& waiter : std::exchange(channel.waiters, {}))
    finish_later(std::move(waiter), Refusal::unavailable);
}

void SubscriberLine::lose_all() {
  expected_ = greeting_ = 0;
  for (auto& [name, channel] : channels_) {
    channel.sent = channel.confirmed = false;
    channel.confirmations_due = channel.farewells_due = 0;
    channel.missed = true;
    refuse_waiters(channel);
  }
}

void SubscriberLine::finish_later(Waiter waiter, Answer<Done> answer) {
  asio::post(executor_, [waiter = std::move(waiter), answer]() mutable { std::move(waiter)(answer); });
}

void SubscriberLine::expect(unsigned replies) {
  if (expected_ == 0) expect_from_ = std::chrono::steady_clock::now();
  expected_ += replies;
}

}  // namespace switchboard::store
