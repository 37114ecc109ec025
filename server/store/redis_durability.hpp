// Can this Redis keep promise M1? Read back from the server itself, also from our own child.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/redis_client.hpp"

namespace switchboard::store {

struct Durability {
  bool known = false;                 // the server was asked
  bool promises_kept = false;         // an acknowledged write survives kill -9 of Redis (M1)
  std::vector<std::string> warnings;  // say them loudly: log, /readyz, console
  std::string refusal;                // not empty: we must not work on this Redis at all
  std::string version;                // "7.0.15"
};

// How this Redis may be replaced by another, and what we wait for.
struct Failover {
  bool possible = false;          // sentinels or a cluster promote a replica when the master is lost
  unsigned confirm_replicas = 0;  // RedisOptions
};

// `info`: text of INFO; `settings`: what CONFIG GET answered, empty if it may not be asked.
// Rules: reliability of Redis as measured; appendfsync always alone survives kill -9, any eviction policy but
// noeviction deletes conversations, functions and XADD 0-* need 7.0.
Durability judge_durability(std::string_view info,
                            const std::map<std::string, std::string, std::less<>>& settings,
                            Failover failover = {});

// Asks by `ask_early`. `known` is false when there was no answer.
Task<Durability> ask_durability(RedisClient&);

}  // namespace switchboard::store
