// The configuration's knobs, handed to the parts that keep them.
#pragma once

#include "server/config.hpp"
#include "server/desk/desk.hpp"
#include "server/net/admission.hpp"
#include "server/net/connection_group.hpp"
#include "server/net/http.hpp"
#include "server/session/services.hpp"
#include "server/store/redis_options.hpp"

namespace switchboard::app {

session::SessionLimits session_limits(const Config& config);
net::ConnectionLimits connection_limits(const Config& config);
net::HttpLimits http_limits(const Config& config);
net::AdmissionLimits admission_limits(const Config& config);
desk::DeskOptions desk_options(const Config& config);
store::RedisOptions redis_options(const Config& config, store::RedisUrl url);

}  // namespace switchboard::app
