// A connection to Redis over a socket: TCP, TCP with TLS, or a unix socket, as the URL says.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "server/store/redis_connection.hpp"

namespace switchboard::store {

std::shared_ptr<RedisConnection> make_socket(const boost::asio::any_io_executor&);

}  // namespace switchboard::store
