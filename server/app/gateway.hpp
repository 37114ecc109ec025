// A gateway from start to end: builds every part bottom-up, waits for a signal, takes them down in reverse.
#pragma once

#include "server/config.hpp"

namespace switchboard::app {

// `switchboard serve`. Runs on the main thread until SIGTERM or SIGINT (a second one insists). Prints what
// people need to know on stdout, the first line of it `listening on http://ADDRESS:PORT/`; logs go to stderr.
// Returns the exit code: 0 after a drain, 1 if it could not start. With several processes it is their parent
// (processes.hpp) and serves nobody itself.
int serve(const Config& config);

// The K-th of several gateways that one parent keeps side by side. `config` says where Redis is and which
// port to share. A line on `ready_fd` tells the parent that clients may come. Otherwise as serve().
int serve_as_process(const Config& config, int process, int ready_fd);

}  // namespace switchboard::app
