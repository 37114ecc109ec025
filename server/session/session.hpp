// A line's whole life: sign in, serve frame by frame, leave.
#pragma once

#include <memory>

#include "server/net/connection.hpp"
#include "server/session/services.hpp"

namespace switchboard::session {

// Starts the session of a new connection, on the worker's thread. Returns at once; the session lives until
// the connection ends. `services` outlives it.
void start_session(Services& services, std::shared_ptr<net::Connection> connection);

}  // namespace switchboard::session
