// What must be in Redis before the first visitor: a shop with its agents' passwords.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/base/result.hpp"
#include "server/config.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::app {

struct Bootstrapped {
  std::string shop;                                                // applied now; empty if nothing was to do
  std::vector<std::pair<std::string, std::string>> new_passwords;  // agent, password: to be shown once
};

// With --shop: applies that file, at every start. Else, on a Redis that has no shop yet: the demo shop.
// Agents without a password get one. Blocks, on an executor of its own; waits for Redis at most
// redis.start_timeout_s. The error is a text for the operator.
Result<Bootstrapped, std::string> bootstrap(const Config& config, const store::RedisOptions& redis);

struct Incarnation {
  std::string text;
};
// Notes in Redis that the gateway `node` starts. Blocks like bootstrap().
Result<Incarnation, std::string> start_node(const std::string& node, const Config&,
                                            const store::RedisOptions&);

}  // namespace switchboard::app
