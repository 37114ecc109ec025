// The Redis that holds our keys: one, the master that sentinels name, or the masters of a cluster, each with
// one connection for commands. A call goes to the master of its hash tag. One that was refused because the
// function library is missing there, or because the slot is elsewhere or on its way, waits until that is
// mended and is then repeated; calls made meanwhile for the same slot wait behind it, so that their order
// holds. A call that was refused has not been executed, so the repeat is no second one.
//
// ASK is not followed, and that is on purpose. Our functions name one key, "{shop}:", that never exists:
// while the slot is on its way its old master therefore answers every one of them with ASK, so none can see
// some of the shop's keys there and others gone, which following it would do. They wait until it answers
// MOVED. (getNodeByQuery in cluster.c of Redis 7.0: a key that is missing in a slot that migrates is asked
// for at the importing node.)
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/redis_client.hpp"

namespace switchboard::store {

// On the executor (one thread), as its clients.
class RedisMasters {
 public:
  // `prepare` runs on each fresh connection to each master (redis_client.hpp).
  RedisMasters(boost::asio::any_io_executor executor, RedisOptions options, Random, Report,
               RedisClient::Prepare prepare);
  ~RedisMasters();  // as stop()

  void start();
  // Ends it: what is under way is answered `unavailable`. Idempotent.
  void stop();

  enum class Presence { away, partly, all };
  // How many of the masters can be reached.
  Presence presence() const noexcept;
  // The master of this shop can be reached.
  bool ready(std::string_view shop) const;
  // The client leads to the master of this shop.
  bool leads_to(const RedisClient& client, std::string_view shop) const;
  // A master is known under this shown() of its URL.
  bool is_master(std::string_view url) const;
  // As of RedisClient; the masters share the bound, and are away when all of them are.
  std::size_t room() const noexcept;
  std::chrono::milliseconds away_for() const noexcept;
  // How many connections became ready so far.
  std::uint64_t connections() const noexcept;
  // With what a further connection to the master of this shop is made.
  RedisOptions options_for(std::string_view shop) const;
  // A connection of somebody's own was lost or told that its slot is elsewhere.
  void look_again();

  // What may write: answered when options.confirm_replicas have it. Waits at most options.command_timeout to
  // be executed, then `busy`.
  void call(std::string octets, RedisClient::Handler);
  Task<Answer<Reply>> call(std::string octets);
  // What only reads.
  Task<Answer<Reply>> ask(std::string octets);
  // What may get lost.
  void hint(std::string octets);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace switchboard::store
