// chaos: two busy shops on several gateways and one Redis, faults from a seed, and a judge in the end.
#pragma once

#include <map>

#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

struct ChaosOptions {
  CommonOptions common;  // seed 0: a new one
  std::string bad_disk;  // the library beside our binary
  int gateways = 3;
  double visitors_per_s = 3;                     // of both shops together
  bool namespaces = false;                       // gateways in network namespaces, where we may make some
  std::vector<std::string> faults;               // names; empty: those that are always drawn
  std::string bad;                               // a system that is known to be bad; empty: as it is
  std::map<std::string, std::uint64_t> require;  // figures that must at least be reached
  std::string command;                           // as it was called, to be told with the seed
};

// What a run must have reached, if nobody says otherwise.
std::map<std::string, std::uint64_t> required_by_default(const ChaosOptions&);

Outcome run_chaos(const ChaosOptions&);

// Judges the histories in a folder that a run has kept.
Outcome run_judge(const std::string& folder);

}  // namespace switchboard::bench
