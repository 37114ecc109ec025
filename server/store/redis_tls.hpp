// What OpenSSL needs for TLS to Redis.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "server/base/result.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::store {

// Reads the files: TLS 1.2 and newer, the other side's certificate is verified. The error names the file.
Result<std::shared_ptr<boost::asio::ssl::context>, std::string> make_tls_context(const RedisTls&);

}  // namespace switchboard::store
