#include "tests/sim/redis_line.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace switchboard::sim {

namespace asio = boost::asio;

void Uplink::hold(bool held) {
  held_ = held;
  std::erase_if(pipes_, [](const auto& pipe) { return pipe.expired(); });
  for (const auto& weak : pipes_)
    if (const auto pipe = weak.lock()) pipe->hold(held);
}

void Uplink::add(const std::shared_ptr<Pipe>& pipe) {
  if (pipes_.size() > 32) std::erase_if(pipes_, [](const auto& one) { return one.expired(); });
  pipes_.push_back(pipe);
  pipe->hold(held_);
}

RedisLine::RedisLine(std::shared_ptr<Uplink> uplink, const asio::any_io_executor& executor)
    : uplink_(std::move(uplink)),
      executor_(executor),
      woken_(executor, asio::steady_timer::time_point::max()) {}

RedisLine::~RedisLine() {
  if (to_redis_) to_redis_->end();
}

asio::awaitable<void> RedisLine::wait() {
  boost::system::error_code ignored;
  co_await woken_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<std::string> RedisLine::connect(const store::RedisUrl&) {
  const auto self = shared_from_this();
  reach_redis();
  while (!connect_result_ && !closed_) co_await wait();
  if (closed_) co_return reason_;
  co_return *connect_result_;
}

void RedisLine::reach_redis() {
  uplink_->timeline.after(uplink_->latency.most, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->closed_) return;
    if (self->uplink_->held()) return;  // the SYN goes nowhere; whoever waits has a limit
    auto accepted = self->uplink_->redis.accept(weak, self->uplink_->latency, self->uplink_->gateway);
    if (!accepted) return self->connected("Connection refused");
    self->to_redis_ = accepted->to_redis;
    self->uplink_->add(accepted->to_redis);
    self->uplink_->add(accepted->to_peer);
    self->connected("");
  });
}

void RedisLine::connected(std::string why) {
  connect_result_ = std::move(why);
  asio::post(executor_, [self = shared_from_this()] { self->woken_.cancel(); });
  uplink_->touched();
}

asio::awaitable<std::string> RedisLine::read(std::function<void(store::Reply)> on_reply) {
  const auto self = shared_from_this();
  on_reply_ = std::move(on_reply);
  if (!early_.empty()) take(std::exchange(early_, {}));
  while (!closed_) co_await wait();
  on_reply_ = nullptr;
  co_return reason_;
}

void RedisLine::write(std::string_view octets) {
  if (closed_) return;
  out_ += octets;
  if (std::exchange(flush_posted_, true)) return;
  asio::post(executor_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    if (self->to_redis_) self->to_redis_->send(std::exchange(self->out_, {}));
  });
}

void RedisLine::close(std::string reason) {
  if (std::exchange(closed_, true)) return;
  reason_ = std::move(reason);
  if (to_redis_) to_redis_->end();
  woken_.cancel();
}

// From the timeline; what it means to the gateway happens in a turn of the gateway's own loop.
void RedisLine::receive(std::string octets) {
  asio::post(executor_, [self = shared_from_this(), octets = std::move(octets)] { self->take(octets); });
  uplink_->touched();
}

void RedisLine::take(const std::string& octets) {
  if (closed_) return;
  if (!on_reply_) {
    early_ += octets;
    return;
  }
  if (!reader_.feed(octets)) return close("what came is no RESP");
  store::Reply reply;
  while (!closed_ && reader_.next(reply)) {
    const auto on_reply = on_reply_;
    on_reply(std::move(reply));
  }
}

void RedisLine::lost() {
  asio::post(executor_, [self = shared_from_this()] { self->close("connection lost"); });
  uplink_->touched();
}

}  // namespace switchboard::sim
