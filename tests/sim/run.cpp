#include "tests/sim/run.hpp"

#include <algorithm>

#include "bench/check/judge.hpp"
#include "tests/sim/faults.hpp"
#include "tests/sim/people.hpp"
#include "tests/sim/stored.hpp"

namespace switchboard::sim {

namespace {

constexpr Micros finish_limit = 40 * minute;  // everybody is served and has gone, or somebody is stuck
constexpr Micros looked_every = second;
constexpr Micros beside_a_free_agent_most =
    90 * second;  // holds, exclusions and misses of the policy included

class Shift {
 public:
  explicit Shift(const Plan& plan)
      : plan_(plan), world_(plan), random_(world_.random.branch()), faults_(world_) {}

  Outcome run() {
    open_shops();
    for (const auto& gateway : world_.gateways) gateway->start();
    for (const auto& employee : world_.staff) servers_.push_back(std::make_unique<Server>(world_, employee));
    world_.run_for(20 * second);
    for (const auto& [shop, history] : world_.histories) let_shoppers_come(shop);
    if (plan_.fault_every > 0) faults_.start();
    world_.run_for(plan_.troubled);
    world_.finishing = true;
    if (plan_.fault_every > 0) faults_.heal_all();
    finish();
    judge();
    return outcome();
  }

 private:
  void open_shops() {
    const std::size_t shops = random_.chance(0.3) ? plan_.shops_most : 1;
    for (std::size_t s = 0; s < shops; ++s) {
      const std::string id = s == 0 ? "corner" : "harbour";
      std::vector<Employee> staff;
      const auto size = 2 + random_.below(3);
      for (std::uint64_t i = 0; i < size; ++i) {
        Employee one{id,
                     id + "-agent" + std::to_string(i + 1),
                     i % 2 ? "bold" : "calm",
                     {"presale"},
                     static_cast<std::uint32_t>(1 + random_.below(3))};
        // The first two have all skills, so that there is nobody whom no one can serve.
        if (i < 2 || random_.chance(0.5)) one.skills.push_back("aftersale");
        staff.push_back(std::move(one));
      }
      world_.open_shop(id, staff, plan_.capacity_in_shop_file);
      pace_[id] = random_.between(plan_.habits.shopper_every_least, plan_.habits.shopper_every_most);
    }
  }

  void let_shoppers_come(const std::string& shop) {
    world_.timeline.after(random_.exponential(pace_[shop]), [this, shop] {
      if (world_.finishing) return;
      if (plan_.is_open(now()))
        shoppers_.push_back(
            std::make_unique<Shopper>(world_, shop, "Visitor " + std::to_string(shoppers_.size() + 1)));
      let_shoppers_come(shop);
    });
  }

  void finish() {
    const auto until = now() + finish_limit;
    const auto all_done = [this] {
      return std::ranges::all_of(shoppers_, [](const auto& one) { return one->is_done(); }) &&
             std::ranges::all_of(servers_, [](const auto& one) { return one->is_done(); }) &&
             !anything_is_open(world_);
    };
    const auto healed = now();
    while (now() < until && !all_done()) {
      world_.run_for(looked_every);
      if (now() - healed > 2 * minute) look_for_stuck();
    }
    world_.run_for(5 * second);
    for (const auto& one : shoppers_)
      if (!one->is_done()) world_.fail("not-done", one->left_to_do());
    for (const auto& one : servers_)
      if (!one->is_done()) world_.fail("not-done", one->left_to_do());
    look_for_ghosts();
  }

  // Everybody goes home. Who is live in Redis after that is nobody's line, and would be offered visitors for
  // ever.
  void look_for_ghosts() {
    for (const auto& one : servers_) one->go_home();
    world_.run_for(3 * minute);
    for (const auto& one : who_is_live(world_)) world_.fail("ghost", one + " is live and has gone home");
  }

  // R4: who waits although somebody fitting is free.
  void look_for_stuck() {
    for (const auto& waiting : who_waits_beside_a_free_agent(world_)) {
      const auto since = beside_since_.try_emplace(waiting, now()).first->second;
      if (now() - since > beside_a_free_agent_most && told_.insert(waiting).second)
        world_.fail("stuck", waiting + " waits beside a free agent (R4)");
    }
    std::erase_if(beside_since_, [&](const auto& one) {
      return !who_waits_beside_a_free_agent(world_).contains(one.first);
    });
  }

  // What must read 0 on every gateway that lives at the end.
  void judge_counters() {
    for (const char* name : {"switchboard_reconciler_repairs_total", "switchboard_lost_tails_total"})
      for (const auto& gateway : world_.gateways)
        if (const auto value = gateway->metric(name); value > 0)
          world_.fail("counter",
                      gateway->name() + ": " + name + " is " + std::to_string(static_cast<int>(value)));
  }

  void judge() {
    judge_counters();
    for (const auto& one : shoppers_) one->say_what_is_held();
    for (auto& [shop, history] : world_.histories) {
      read_back(world_, shop, history);
      for (const auto& step : history.transitions) {
        if (step.kind == 'K') ++world_.counts["parked"];
        if (step.kind == 'U') ++world_.counts["woken"];
      }
      const auto verdict = check::judge(history);
      for (const auto& finding : verdict.findings) world_.fail(finding.rule, finding.what);
    }
  }

  Outcome outcome() {
    for (const auto& gateway : world_.gateways)
      world_.counts["desk differences"] +=
          static_cast<std::uint64_t>(gateway->metric("switchboard_desk_differences_total"));
    world_.timeline.note("end");
    return {world_.failures(), world_.timeline.trace(), now(),
            faults_.count(),   world_.redis.commands(), world_.counts};
  }

  const Plan plan_;
  World world_;
  Random random_;
  Faults faults_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Shopper>> shoppers_;
  std::map<std::string, Micros> pace_;  // mean time between two shoppers
  std::map<std::string, Micros> beside_since_;
  std::set<std::string> told_;
};

}  // namespace

Outcome run(const Plan& plan) {
  return Shift(plan).run();
}

}  // namespace switchboard::sim
