// Everything of one run: Redis, gateways, the way between them and the people, and what is noted for the
// judge.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/check/history.hpp"
#include "tests/sim/desks.hpp"
#include "tests/sim/node.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/tab.hpp"

namespace switchboard::sim {

// One agent of the shop file, as the simulated people and the judge know her.
struct Employee {
  std::string shop, id, persona;
  std::vector<std::string> skills;
  std::uint32_t capacity = 1;
};

class World {
 public:
  explicit World(Plan plan);
  ~World();

  // Lets everything happen until then.
  void run_until(Micros until);
  void run_for(Micros time) { run_until(now() + time); }

  // Puts a shop into Redis, as `switchboard shop apply` does. `more`: what the shop file, which the router
  // goes by, adds to the capacity that Redis is told.
  void open_shop(const std::string& id, const std::vector<Employee>& staff, std::uint32_t more = 0);
  std::string agent_token(const Employee&) const;

  // For a client: reaches one of the gateways, whichever.
  Tab::Dial dial();

  // A promise was broken. The first ones are kept; the run goes on.
  void fail(const std::string& rule, const std::string& what);
  const std::vector<std::string>& failures() const { return failures_; }

  // Something worth reading when a run is looked at (Plan::verbose), and a part of its trace.
  void note(const std::string& what);
  const Plan plan;
  Timeline timeline;
  Random random;
  Redis redis;
  Desks desks{*this};
  std::vector<std::unique_ptr<Node>> gateways;
  std::vector<Employee> staff;
  std::map<std::string, check::History> histories;  // by shop
  std::map<std::string, std::uint64_t> counts;      // of what happened, for the report
  bool finishing = false;                           // nobody comes any more, everybody is served and goes

 private:
  Micros next_due() const;

  std::vector<std::string> failures_;
};

}  // namespace switchboard::sim
