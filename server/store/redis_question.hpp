// One command over a connection of its own: to those who are asked where Redis is.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

#include "server/base/result.hpp"
#include "server/store/redis_options.hpp"
#include "server/store/redis_reply.hpp"

namespace switchboard::store {

// Connects to the one Redis of `url`, logs in if `url` has a password (a server that wants none may say so:
// that is ignored), asks and closes. At most options.connect_timeout, and at most question_limit. The error
// says why there is no answer; an error reply is one, too. On the executor.
boost::asio::awaitable<Result<Reply, std::string>> ask_once(boost::asio::any_io_executor executor,
                                                            RedisOptions options, RedisUrl url,
                                                            std::string octets);

}  // namespace switchboard::store
