// One connection to Redis from connect to its end: octets out, once per turn of the loop; replies in. It
// knows nothing of what the replies answer and does not reconnect: redis_client and redis_subscriber do.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/redis_options.hpp"
#include "server/store/redis_reply.hpp"

namespace switchboard::store {

// All functions on the executor. Held by shared_ptr, because a write may outlive its owner by a turn of the
// loop.
class RedisConnection : public std::enable_shared_from_this<RedisConnection> {
 public:
  explicit RedisConnection(const boost::asio::any_io_executor&);

  // Connects the socket; empty if it did, else why not. `close` from elsewhere ends the attempt.
  boost::asio::awaitable<std::string> connect(const RedisUrl&);
  // Hands each reply to `on_reply` until the connection ends; returns why it did. `on_reply` may close.
  boost::asio::awaitable<std::string> read(std::function<void(Reply)> on_reply);
  // Adds octets to what leaves at the end of this turn of the loop.
  void write(std::string_view octets);
  // Ends it; `read` returns with `reason`. More than once is harmless.
  void close(std::string reason);
  bool closed() const noexcept { return closed_; }

 private:
  void flush();
  void flush_soon();

  boost::asio::generic::stream_protocol::socket socket_;
  ReplyReader reader_;
  std::string out_;      // not yet given to the socket
  std::string writing_;  // with the socket now
  std::string reason_;
  bool flush_posted_ = false;
  bool closed_ = false;
};

// The commands that open every connection: AUTH, SELECT, CLIENT SETNAME, PING. Appends them to `octets` and
// returns how many replies they get; each must not be an error.
unsigned greet(const RedisOptions&, std::string& octets);

// Full jitter: uniform in [0, min(max, min * 2^attempt)], never under a millisecond.
std::chrono::milliseconds backoff(const RedisOptions&, unsigned attempt, const Random&);

}  // namespace switchboard::store
