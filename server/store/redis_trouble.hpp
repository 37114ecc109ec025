// What every connection to Redis does when it has none: say why, and how long to wait before it tries again.
#pragma once

#include <chrono>
#include <string>

#include "server/store/redis_options.hpp"

namespace switchboard::store {

// Reports why something cannot be reached, once for each reason in a row.
class Trouble {
 public:
  // `what` is missing ("Redis", "cluster") at the URL of the options, for the part that they name.
  Trouble(const RedisOptions&, const std::string& what, Report);

  void tell(const std::string& why);
  // It can be reached: the next reason is told even if it is the last one again.
  void is_over() { told_.clear(); }

 private:
  std::string preamble_;
  Report report_;
  std::string told_;
};

// How often a connection looks at its deadlines: an eighth of options.command_timeout, at most half a second.
std::chrono::milliseconds watch_every(const RedisOptions&);

// Full jitter: uniform in [0, min(max, min * 2^attempt)], never under a millisecond; with sentinels `max` is
// at most look_again_max, for a failover is over in a moment.
std::chrono::milliseconds backoff(const RedisOptions&, unsigned attempt, const Random&);

}  // namespace switchboard::store
