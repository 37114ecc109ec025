// Does to a stage, at seeded times, what can happen to it; and in the end heals everything.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/chaos/stage.hpp"
#include "bench/check/history.hpp"

namespace switchboard::chaos {

struct FaultKind;

// One thing that will be done: what, when, for how long, to which gateway (of none: 0), how hard.
struct Fault {
  const FaultKind* kind = nullptr;
  std::chrono::milliseconds at{0}, length{0};
  int gateway = 0;
  std::uint32_t strength = 0;
};

// When a fault is drawn, if none are named.
enum class Drawn : std::uint8_t {
  always,
  with_namespaces,  // packets are dropped
  by_name,          // never: what it does the judge sees less strictly
};

struct FaultKind {
  std::string_view name;
  std::string_view what;           // for people, with the rows of the fault matrix
  std::int64_t length_min_ms = 0;  // drawn between these
  std::int64_t length_max_ms = 0;
  bool of_redis = false;                       // else of one gateway or of its lines
  std::string (*begin)(Stage&, const Fault&);  // what went wrong with the stage itself; empty: nothing
  std::string (*heal)(Stage&, const Fault&);
  Drawn drawn = Drawn::always;
};

const std::vector<FaultKind>& fault_kinds();

// From `seed` alone: one or two at a time, no two of the same place, the last one healed before `span` is
// over. `kinds`: names; empty: those that are always drawn.
std::vector<Fault> plan_faults(std::uint64_t seed, std::chrono::milliseconds span, int gateways,
                               const std::vector<std::string>& kinds);
std::string describe(const Fault&);

class Nemesis {
 public:
  // Begins at once, on a thread of its own, on which all processes of the stage end from now on.
  Nemesis(Stage&, std::vector<Fault> plan, const std::filesystem::path& told_in);
  ~Nemesis();

  bool over() const { return over_; }  // everything is healed
  // Since when nothing has been disturbed; nullopt: something is.
  std::optional<std::chrono::steady_clock::time_point> calm_since() const;
  // Ends the stage. What went wrong with the stage itself meanwhile, above all a process that ended by
  // itself.
  std::string finish();
  // When something was disturbed, by the wall clock, each with its aftermath.
  std::vector<check::Span> disturbed() const;
  const std::map<std::string, std::uint64_t>& done() const { return done_; }  // by name; when over

 private:
  struct Step {
    std::chrono::milliseconds at;
    const Fault* fault;
    bool begins;
  };
  void run();
  void take(const Step&);
  void look_after_gateways();
  void tell(const char* what, const Fault&, const std::string& wrong);
  void went_wrong(const std::string& what);

  Stage& stage_;
  const std::vector<Fault> plan_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> told_;
  std::map<std::string, std::uint64_t> done_;
  std::map<int, const Fault*> down_;  // gateways that are meant to be down
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<check::Span> disturbed_;
  std::map<const Fault*, std::int64_t> began_ms_;
  int active_ = 0;
  std::chrono::steady_clock::time_point calm_since_ = std::chrono::steady_clock::now();
  std::string wrong_;
  bool end_ = false;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace switchboard::chaos
