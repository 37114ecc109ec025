// relay: pairs of a visitor and an agent who write to each other; what a message costs and how long it takes.
#pragma once

#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

struct RelayOptions {
  CommonOptions common;
  int pairs = 100;
  int window = 1;         // closed loop: messages that each side has unacknowledged
  double rate_per_s = 0;  // > 0: open loop, this many messages a second in all, whatever the answers do
  int text_octets = 128;
  double warmup_s = 2;
};

Outcome run_relay(const RelayOptions&);

}  // namespace switchboard::bench
