// A gateway's connection to the simulated Redis, in the place of a socket.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "server/store/redis_connection.hpp"
#include "tests/sim/redis.hpp"

namespace switchboard::sim {

// The way from one gateway to Redis.
class Uplink {
 public:
  Uplink(Timeline& of, Redis& to, std::string whose, Latency takes, std::function<void()> wake)
      : timeline(of), redis(to), gateway(std::move(whose)), latency(takes), touched(std::move(wake)) {}

  // A partition: nothing passes, nothing is refused.
  void hold(bool held);
  bool held() const { return held_; }
  void add(const std::shared_ptr<Pipe>& pipe);

  Timeline& timeline;
  Redis& redis;
  const std::string gateway;
  const Latency latency;
  const std::function<void()> touched;  // the gateway has something to do

 private:
  std::vector<std::weak_ptr<Pipe>> pipes_;
  bool held_ = false;
};

class RedisLine final : public store::RedisConnection,
                        public Redis::Peer,
                        public std::enable_shared_from_this<RedisLine> {
 public:
  RedisLine(std::shared_ptr<Uplink> uplink, const boost::asio::any_io_executor& executor);
  ~RedisLine() override;  // also of a gateway that was killed: what it wrote still arrives, then the end

  boost::asio::awaitable<std::string> connect(const store::RedisUrl&) override;
  boost::asio::awaitable<std::string> read(std::function<void(store::Reply)> on_reply) override;
  void write(std::string_view octets) override;
  void close(std::string reason) override;
  bool closed() const noexcept override { return closed_; }

  void receive(std::string octets) override;
  void lost() override;

 private:
  void reach_redis();
  void connected(std::string why);
  void take(const std::string& octets);
  boost::asio::awaitable<void> wait();

  std::shared_ptr<Uplink> uplink_;
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer woken_;  // never expires: whoever waits is woken by cancelling it
  store::ReplyReader reader_;
  std::function<void(store::Reply)> on_reply_;
  std::shared_ptr<Pipe> to_redis_;
  std::optional<std::string> connect_result_;
  std::string early_, out_, reason_;
  bool flush_posted_ = false;
  bool closed_ = false;
};

}  // namespace switchboard::sim
