// Where a line to Redis is to connect: to the address that it was given, or to the master that the sentinels
// name at this moment. Asked before each connect and, since a master that was deposed behind a partition
// keeps its clients, again and again while the line stands.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "server/base/result.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::store {

class RedisConnection;

// Belongs to one line; all on its executor.
class MasterFinder : public std::enable_shared_from_this<MasterFinder> {
 public:
  MasterFinder(boost::asio::any_io_executor executor, const RedisOptions& options, Random random);

  // Without sentinels: the address, at once. Else the sentinels are asked one after the other, from a random
  // one on, until one knows. (https://redis.io/docs/latest/develop/reference/sentinel-clients/)
  boost::asio::awaitable<Result<RedisUrl, std::string>> find();

  // Call every now and then with the line's present connection: each options.topology_every the sentinels
  // are asked in the background, and a connection that does not lead to the master is closed.
  void look_after(const std::shared_ptr<RedisConnection>& connection);

  // Where it was found last, for a log line.
  std::string shown() const;

 private:
  boost::asio::awaitable<Result<RedisUrl, std::string>> ask_sentinels();
  boost::asio::awaitable<void> look(std::weak_ptr<RedisConnection> connection);

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  Random random_;
  RedisUrl found_;
  std::chrono::steady_clock::time_point look_due_;
  bool looking_ = false;
};

}  // namespace switchboard::store
