// One connection to Redis from connect to its end: octets out, once per turn of the loop; replies in. It
// knows nothing of what the replies answer and does not reconnect: redis_client and redis_subscriber do.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/redis_options.hpp"
#include "server/store/redis_reply.hpp"

namespace switchboard::store {

// All functions on the executor. Held by shared_ptr, because a write may outlive its owner by a turn of the
// loop.
class RedisConnection {
 public:
  virtual ~RedisConnection() = default;

  // Connects; empty if it did, else why not. `close` from elsewhere ends the attempt.
  virtual boost::asio::awaitable<std::string> connect(const RedisUrl&) = 0;
  // Hands each reply to `on_reply` until the connection ends; returns why it did. `on_reply` may close.
  virtual boost::asio::awaitable<std::string> read(std::function<void(Reply)> on_reply) = 0;
  // Adds octets to what leaves at the end of this turn of the loop.
  virtual void write(std::string_view octets) = 0;
  // Ends it; `read` returns with `reason`. More than once is harmless.
  virtual void close(std::string reason) = 0;
  virtual bool closed() const noexcept = 0;
};

// A fresh connection of the kind that the options name: a socket, unless they bring something else.
std::shared_ptr<RedisConnection> make_connection(const RedisOptions&, const boost::asio::any_io_executor&);

// Appends AUTH for the URL's user and password; returns how many replies it gets.
unsigned add_log_in(const RedisUrl&, std::string& octets);

// The commands that open every connection: AUTH, SELECT, CLIENT SETNAME, ROLE, PING. Appends them to `octets`
// and returns how many replies they get.
unsigned greet(const RedisOptions&, std::string& octets);
// Why a reply to the greeting makes the connection useless; empty if it does not.
std::string refusal_of_greeting(ReplyView);

}  // namespace switchboard::store
