// One visit to the store from the command line: connect, do one thing, leave.
#pragma once

#include <functional>
#include <string>

#include "server/base/result.hpp"
#include "server/store/redis_store.hpp"

namespace CLI {
class App;
}

namespace switchboard::cli {

// Where the store is: --redis URL, else the Redis of the gateway that runs on --data DIR.
struct StoreTarget {
  std::string data_dir = "data";
  std::string redis_url;
};

// Adds --data and --redis to `command`; `target` must outlive the parse.
void add_store_options(CLI::App& command, StoreTarget& target);

// The error is a sentence for the operator: no such URL, no gateway running on that directory.
Result<store::RedisOptions, std::string> redis_options(const StoreTarget& target);

// Runs `work` on a store that is ready, blocking. Returns its exit code; 1 with a sentence on stderr if Redis
// cannot be reached within five seconds. Warnings of the store go to stderr only if that happens.
int with_store(const StoreTarget& target, const std::function<store::Task<int>(store::RedisStore&)>& work);

// "Redis did not answer", "there is no such shop" ... for stderr.
std::string sentence(store::Refusal refusal);

}  // namespace switchboard::cli
