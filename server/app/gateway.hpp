// A gateway from start to end: builds every part bottom-up, waits for a signal, takes them down in reverse.
#pragma once

#include "server/config.hpp"

namespace switchboard::app {

// `switchboard serve`. Runs on the main thread until SIGTERM or SIGINT (a second one insists). Prints what
// people need to know on stdout, the first line of it `listening on http://ADDRESS:PORT/`; logs go to stderr.
// Returns the exit code: 0 after a drain, 1 if it could not start.
int serve(const Config& config);

}  // namespace switchboard::app
