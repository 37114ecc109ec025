// sim_tests: GoogleTest as ever, or one seed to look at:
//   sim_tests --seed 42 [--minutes 60] [--quiet] [--watch WORD]
// runs it, says what happened and what was found, and exits 1 if a promise was broken.
//   sim_tests --seeds 1-1000 [--minutes 60]
// runs many and prints those that fail.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstring>
#include <ctime>

#include "tests/sim/run.hpp"

namespace {

using namespace switchboard::sim;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

int run_seeds(std::uint64_t first, std::uint64_t last, const std::string& kind, std::int64_t minutes,
              const Plan& given) {
  int failed = 0;
  Micros simulated = 0;
  for (auto seed = first; seed <= last; ++seed) {
    auto plan = plan_of(kind, seed);
    if (minutes > 0) plan.troubled = minutes * minute;
    plan.verbose = given.verbose;
    plan.watched = given.watched;
    const auto outcome = run(plan);
    simulated += outcome.simulated;
    if (first == last)
      for (const auto& [what, count] : outcome.counts)
        std::printf("%8llu %s\n", static_cast<unsigned long long>(count), what.c_str());
    if (!outcome.failures.empty()) ++failed;
    for (const auto& failure : outcome.failures)
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), failure.c_str());
    if (first == last) std::printf("trace %016llx\n", static_cast<unsigned long long>(outcome.trace));
    std::fflush(stdout);
  }
  std::printf("%llu seeds, %d failed, %.1f simulated hours in %.1f s of CPU\n",
              static_cast<unsigned long long>(last - first + 1), failed,
              static_cast<double>(simulated) / minute / 60, cpu_seconds());
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  Plan given;
  std::string kind = "rush";
  std::int64_t minutes = 0;
  std::uint64_t first = 0, last = 0;
  bool verbose = true;
  for (int i = 1; i < argc; ++i) {
    const bool more = i + 1 < argc;
    if (more && std::strcmp(argv[i], "--seed") == 0) first = last = std::stoull(argv[++i]);
    if (more && std::strcmp(argv[i], "--seeds") == 0) {
      first = std::stoull(argv[++i]);
      last = std::stoull(std::strchr(argv[i], '-') + 1);
    }
    if (more && std::strcmp(argv[i], "--minutes") == 0) minutes = std::stoll(argv[++i]);
    if (more && std::strcmp(argv[i], "--hours") == 0) kind = argv[++i];
    if (more && std::strcmp(argv[i], "--watch") == 0) given.watched = argv[++i];
    if (std::strcmp(argv[i], "--quiet") == 0) verbose = false;
  }
  if (first > 0) {
    if (first == last && verbose) spdlog::set_level(spdlog::level::debug);
    given.verbose = first == last && verbose;
    return run_seeds(first, last, kind, minutes, given);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
