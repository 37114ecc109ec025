// The Lua library `sb1` in Redis: loading it where it is missing or older than ours, and how its functions
// are called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/store/redis_client.hpp"

namespace switchboard::store {

// The library that the binary carries (made from functions/*.lua) and its revision. A compatible change
// raises the revision; an incompatible one is a library `sb2` beside this one.
std::string_view library_text() noexcept;
std::uint32_t library_revision() noexcept;

// Starts a call of sb1_<function> on a shop's keys. The one key is the common prefix of all keys of the shop,
// "{shop}:": a shop is in one slot as a whole, and which of its keys a call touches is often known only
// inside the function.
Command function_call(std::string_view function, std::string_view shop);

// Makes sure that Redis has our revision of the library or a newer one. `early`: before the client is ready.
// Returns empty, or why not.
boost::asio::awaitable<std::string> load_library(RedisClient&, bool early);

}  // namespace switchboard::store
