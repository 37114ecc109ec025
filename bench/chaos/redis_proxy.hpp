// Between one gateway and Redis, value for value: replies that are late, lost with their connection though
// the command was done, lines that fall silent; and, to see whether the checker sees, lies.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>

struct redisContext;

namespace switchboard::chaos {

enum class Lie : std::uint8_t {
  none,
  early_ack,  // an append is answered before it is sent on, and forgotten if the line ends meanwhile
  other_id    // some appends are done a second time, as the sender's next, under another client id
};

struct RedisTrouble {
  bool silent = false;                       // nothing goes either way, the lines stay open
  std::chrono::milliseconds reply_delay{0};  // each reply is held back so long
};

// Everything on the io_context's one thread.
class RedisProxy {
 public:
  using local = boost::asio::local::stream_protocol;
  using stream = boost::asio::generic::stream_protocol;

  // Listens at `door` (local or TCP), leads to the socket `redis`.
  RedisProxy(boost::asio::io_context&, const stream::endpoint& door, std::string redis, Lie,
             std::uint64_t seed);
  ~RedisProxy();

  void trouble(RedisTrouble);
  void heal() { trouble({}); }
  // The next `replies` of functions that write are awaited, so that they are surely done, and thrown away
  // with their connections.
  void lose_replies(unsigned replies) { to_lose_ = replies; }
  void cut_all();

  struct Counts {
    std::uint64_t commands = 0, replies_lost = 0, lies = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  class Connection;
  void accept();
  // For early_ack: what the reply to an append to this conversation (its key) would be.
  std::string guess(const std::string& key);

  boost::asio::io_context& io_;
  const std::string redis_;
  const Lie lie_;
  boost::asio::basic_socket_acceptor<stream> acceptor_;
  std::mt19937_64 random_;
  RedisTrouble trouble_;
  unsigned to_lose_ = 0;
  std::list<std::weak_ptr<Connection>> connections_;
  Counts counts_;
  redisContext* side_ = nullptr;                 // of guess()
  std::map<std::string, unsigned> acked_early_;  // by the conversation's key: answered and not sent on yet
};

}  // namespace switchboard::chaos
