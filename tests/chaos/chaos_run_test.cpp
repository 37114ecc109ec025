// Whole runs of `switchboard-bench chaos`: the product survives them, and a system that breaks a promise does
// not, for the reason that it should not.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "bench/load/process.hpp"

namespace switchboard {
namespace {

using namespace std::chrono_literals;
namespace js = boost::json;

struct Run {
  int exit_code = -1;
  js::object figures;
  std::uint64_t figure(const char* name) const {
    const auto* value = figures.if_contains(name);
    return value && value->is_number() ? value->to_number<std::uint64_t>() : 0;
  }
};

Run chaos(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {SWITCHBOARD_BENCH, "chaos", "--json"});
  Run run;
  std::string error, last;
  auto process = load::Process::start(arguments, "", error);
  EXPECT_TRUE(process) << error;
  if (!process) return run;
  while (const auto line = process->read_line(240s)) last = *line;
  run.exit_code = process->wait_for_end(30s).value_or(-1);
  boost::system::error_code wrong;
  if (auto value = js::parse(last, wrong); !wrong && value.is_object()) run.figures = value.as_object();
  return run;
}

void throw_away(const Run& run) {
  const auto* folder = run.figures.if_contains("folder");
  ASSERT_TRUE(folder) << "a run that fails names the folder with all that is needed";
  const std::filesystem::path path(std::string(folder->as_string()));
  for (const char* kept :
       {"history-north.jsonl", "history-south.jsonl", "faults.jsonl", "gateway-0.log", "aof"})
    EXPECT_TRUE(std::filesystem::exists(path / kept)) << kept;
  std::filesystem::remove_all(path);
}

class Seeds : public testing::TestWithParam<const char*> {};
TEST_P(Seeds, M1_to_M5_R1_to_R4_S1_hold_under_every_fault) {
  const auto run = chaos({"--seed", GetParam(), "--duration", "12"});
  EXPECT_EQ(run.exit_code, 0) << js::serialize(run.figures);
}
INSTANTIATE_TEST_SUITE_P(Chaos, Seeds, testing::Values("1", "2", "3"));

// Faults of the kernel's lines alone: skipped where no namespaces may be made.
TEST(Chaos, M1_to_M5_R1_to_R5_S1_hold_when_packets_are_lost_between_network_namespaces) {
  const auto run =
      chaos({"--namespaces", "--seed", "20", "--duration", "16", "--faults",
             "drop-redis,drop-redis-one-way,drop-down,drop-up,half-open,lose-packets,narrow-lines"});
  if (const auto* why_not = run.figures.if_contains("left_out"))
    GTEST_SKIP() << std::string(why_not->as_string());
  EXPECT_EQ(run.exit_code, 0) << js::serialize(run.figures);
}

// Without --require offered_again: what a cut takes may be nothing that was acknowledged.
TEST(Chaos, M1_M2_R1_to_R4_W20_hold_when_redis_loses_the_end_of_its_log) {
  const auto run = chaos({"--seed", "5", "--duration", "8", "--faults", "cut-log"});
  EXPECT_EQ(run.exit_code, 0) << js::serialize(run.figures);
}

struct Bad {
  const char* name;
  const char* caught_as;
};
class KnownBad : public testing::TestWithParam<Bad> {};
TEST_P(KnownBad, is_caught) {
  const auto run = chaos({"--bad", GetParam().name, "--seed", "5", "--duration", "10"});
  EXPECT_EQ(run.exit_code, 1) << js::serialize(run.figures);
  EXPECT_GT(run.figure(GetParam().caught_as), 0u) << js::serialize(run.figures);
  throw_away(run);
}
INSTANTIATE_TEST_SUITE_P(Chaos, KnownBad,
                         testing::Values(Bad{"everysec", "lost"}, Bad{"early-ack", "lost"},
                                         Bad{"other-id", "doubled"}, Bad{"silent-publish", "stuck"},
                                         Bad{"no-capacity", "over_capacity"},
                                         Bad{"no-fence", "over_capacity"}),
                         [](const auto& one) {
                           std::string name = one.param.name;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Chaos, a_run_in_which_too_little_happened_is_not_a_good_one) {
  const auto run =
      chaos({"--seed", "1", "--duration", "3", "--faults", "cut-lines", "--require", "requeued=1000"});
  EXPECT_EQ(run.exit_code, 3) << js::serialize(run.figures);
}

}  // namespace
}  // namespace switchboard
