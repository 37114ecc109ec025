// `serve --processes N`: one parent, N gateways side by side on one port (SO_REUSEPORT) and one Redis. The
// parent owns the private Redis and the port, restarts what falls, and ends everything when it ends, however
// it ends. It handles no connection.
#pragma once

#include "server/config.hpp"

namespace switchboard::app {

// Runs on the main thread until SIGTERM or SIGINT has drained all (a second one ends everything at once).
// Returns the exit code: 0 after a drain, 1 if it could not start.
int serve_side_by_side(const Config& config);

}  // namespace switchboard::app
