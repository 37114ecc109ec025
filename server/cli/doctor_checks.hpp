// What `switchboard doctor` looks at: each check looks at one thing and says what to do.
#pragma once

#include <string>
#include <vector>

#include "server/config.hpp"

namespace switchboard::cli {

enum class Health { ok, warn, bad };

struct Finding {
  Health health = Health::ok;
  std::string subject;   // "port"
  std::string sentence;  // what is so, and what to do if it is not good
};

// Each may block for a moment (a program is asked for its version, a port is bound and let go).
Finding check_redis_server(const Config& config);
Finding check_data_dir(const Config& config);
Finding check_lock(const Config& config);
Finding check_port(const Config& config);
Finding check_files(const Config& config);
Finding check_clock();
Finding check_time_zones();
Finding check_overcommit(const Config& config);

// The Redis that is used, if one answers: version, durability, memory policy, its clock beside ours.
std::vector<Finding> check_running_redis(const Config& config);

}  // namespace switchboard::cli
