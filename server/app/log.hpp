// spdlog, set up once. Ids may be logged; message text, tokens and passwords never.
#pragma once

#include <string>
#include <string_view>

#include "server/store/redis_options.hpp"

namespace switchboard::app {

// Everything goes to stderr. level: trace|debug|info|warn|error|off; format: text|json. `writer` tells the
// lines of several processes apart; empty: there is one. Call once, before other threads log.
void set_up_log(std::string_view level, std::string_view format, const std::string& writer = {});

// For the store, which does not know the log. Any thread.
store::Report log_report();

}  // namespace switchboard::app
