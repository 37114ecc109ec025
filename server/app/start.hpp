// What a lone gateway and the parent of several have in common at their start: Redis, the address, the words
// to the operator.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "server/app/bootstrap.hpp"
#include "server/base/result.hpp"
#include "server/config.hpp"
#include "server/store/redis_server.hpp"

namespace switchboard::app {

using Failure = std::optional<std::string>;  // a sentence for the operator

// Redis, ours or theirs.
struct RedisPart {
  std::unique_ptr<store::RedisServer> child;  // null: theirs
  store::RedisUrl url;
};

// Starts a Redis of our own unless the configuration names one, and waits until it answers (at most
// redis.start_timeout_s). Call on a thread that lives as long as the process.
Failure start_redis(const Config&, RedisPart&);

// A name for a gateway that was given none. On a private Redis it is alone, so that its next start is known
// as such; among others the name is made up.
std::string node_id(const RedisPart&);

// Where to listen; port 0 as it stands. The error is a sentence.
Result<boost::asio::ip::tcp::endpoint, std::string> endpoint_of(const Config&);

// Prints on stdout where we listen (the first line is `listening on http://ADDRESS:PORT/`, https:// with a
// certificate) and the passwords that were made now.
void announce(const boost::asio::ip::tcp::endpoint&, const Config&, const Bootstrapped&);

}  // namespace switchboard::app
