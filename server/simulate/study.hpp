// One trace under one or more policies, and everything that is told about it: as JSON and as a page.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/simulate/figures.hpp"
#include "server/simulate/trace.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::simulate {

struct PolicyResult {
  std::string policy;
  Run run;
  Figures figures;
  double wall_ms = 0;
};

struct Study {
  const Trace* trace = nullptr;
  std::vector<PolicyResult> results;  // the first is the one asked about, the others stand beside it
  std::vector<Millis> bound;          // pooled_waits
  double bound_s = 0;                 // their mean
  // fcfs_alis, if every agent had every skill as his own; a run points into the trace it played.
  std::unique_ptr<const Trace> able;
  std::optional<Run> every_skill;
  std::optional<double> every_skill_s;  // its mean queue
};

// The same shop if every agent had every skill as his own.
Trace everybody_can_everything(Trace trace);

// What `--json` prints of one policy: numbers with their unit in the name.
boost::json::object to_json(const Study& study, const PolicyResult& result);
// Of all: the first one's object, with the others under "compared".
boost::json::object to_json(const Study& study);
// By the half hour and by skill, persona, tier: what the page draws.
boost::json::object details_json(const Study& study, const PolicyResult& result, Millis answer_within_ms);

}  // namespace switchboard::simulate
