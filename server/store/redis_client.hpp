// Commands to one Redis over one connection that comes back by itself. Pipelined: everything sent in one turn
// of the loop leaves in one write. Every command is answered exactly once: with Redis' reply (an error reply
// is a reply), with `busy` (too much is under way; it was not sent) or with `unavailable` (no connection, or
// no answer in time: then the connection is given up with all that is under way on it, since a late answer
// could be taken for another's).
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "server/store/redis_options.hpp"
#include "server/store/redis_reply.hpp"

namespace switchboard::store {

class RedisClient {
 public:
  using Handler = boost::asio::any_completion_handler<void(Answer<Reply>)>;
  // Runs on every fresh connection before `ready`, with `ask_early`. Returns empty if commands may pass, else
  // why not (the connection is then closed and tried again later).
  using Prepare = std::function<boost::asio::awaitable<std::string>(RedisClient&)>;

  // `executor` must run on one thread; all functions are called there, and handlers run there.
  RedisClient(boost::asio::any_io_executor executor, RedisOptions, Random, Report, Prepare = nullptr);
  // Stops. What is under way is answered `unavailable`.
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // Connects, and connects again for ever. Once.
  void start();
  // Ends it for good. Idempotent.
  void stop();
  // Connected, greeted and prepared.
  bool ready() const noexcept;
  // How many connections became ready so far.
  std::uint64_t connections() const noexcept;
  const RedisOptions& options() const noexcept;
  // How many more commands may be asked of it for somebody on the line: an eighth of the bound is left to
  // those who must not wait, such as the desk. Not connected: as many as you like, they are refused.
  std::size_t room() const noexcept;
  // How long Redis has owed an answer, or has not been there at all; 0 while it serves.
  std::chrono::milliseconds away_for() const noexcept;

  // Sends a command (octets of a Command) and hands its answer to `handler`, never from inside this call.
  // Answers of Redis come in the order of the calls; a refusal before sending may overtake them. `extra` is
  // added to the deadline of a command that blocks in Redis.
  void send(std::string octets, Handler handler, std::chrono::milliseconds extra = {});
  // The same for a command that may write: if options.confirm_replicas replicas do not have it (and all that
  // Redis did before it) within options.confirm_timeout, the answer is `unavailable`, for then a failover may
  // undo it. One WAIT is under way at a time and stands for all that was sent before it
  // (https://redis.io/docs/latest/commands/wait/; it counts the offset at which this connection's last
  // command, a read as well, has left the master).
  void send_confirmed(std::string octets, Handler handler);
  // send(), to be awaited.
  Task<Answer<Reply>> ask(std::string octets, std::chrono::milliseconds extra = {});
  // The same, also before `ready`; for Prepare.
  Task<Answer<Reply>> ask_early(std::string octets);

  // Hands `refusal` to the handler in a later turn of the loop.
  static void refuse_later(const boost::asio::any_io_executor&, Handler, Refusal refusal);

 private:
  class Line;
  std::shared_ptr<Line> line_;
};

}  // namespace switchboard::store
