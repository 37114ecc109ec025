// spdlog, set up once. Ids may be logged; message text, tokens and passwords never.
#pragma once

#include <string_view>

#include "server/store/redis_options.hpp"

namespace switchboard::app {

// Everything goes to stderr. level: trace|debug|info|warn|error|off; format: text|json. Call once, before
// other threads log.
void set_up_log(std::string_view level, std::string_view format);

// For the store, which does not know the log. Any thread.
store::Report log_report();

}  // namespace switchboard::app
