// M1 and N3: nothing that was acknowledged is lost and nothing stands twice, whoever is killed or stopped at
// whatever moment, in the middle of pipelined traffic of several pairs.
#include <signal.h>

#include <random>

#include "tests/e2e/chatter.hpp"
#include "tests/e2e/preloaded.hpp"

namespace switchboard::e2e {
namespace {

class Crash : public Chatter {
 protected:
  using Chatter::Chatter;
};

TEST_F(Crash, M1_KillingTheGatewayAtRandomMomentsLosesNothingAcknowledged) {
  std::mt19937 random(20260718);
  for (int round = 0; round < 4; ++round) {
    chatter(std::chrono::microseconds(20'000 + random() % 150'000));
    gateway.kill_9();
    for (auto& client : clients) client.wait_closed();
    for (auto& side : sides) side.collect();
    gateway.start();
    // Before anybody repeats anything: what was acknowledged is there.
    what_was_acknowledged_is_there();
    everybody_comes_back();
  }
  chatter(50ms);
  finish();
  EXPECT_GT(sides[0].posts.size(), 20u) << "the test did too little";
}

TEST_F(Crash, M1_KillingRedisAtRandomMomentsLosesNothingAcknowledged) {
  std::mt19937 random(20260719);
  for (int round = 0; round < 4; ++round) {
    chatter(std::chrono::microseconds(20'000 + random() % 150'000));
    const auto victim = gateway.redis_pid();
    ASSERT_GT(victim, 0);
    ::kill(victim, SIGKILL);
    const auto until = std::chrono::steady_clock::now() + test::patience();
    while (!gateway.redis_is_back(victim) && std::chrono::steady_clock::now() < until) step(SIZE_MAX);
    ASSERT_TRUE(gateway.redis_is_back(victim)) << "the child comes back by itself";
  }
  chatter(200ms);
  finish();
  for (auto& client : clients) EXPECT_FALSE(client.ended()) << "sessions stay (N3)";
}

TEST_F(Crash, N3_AStoppedRedisIsNeitherAnAckNorARefusalAndThenEachMessageIsThereOnce) {
  chatter(50ms);
  const auto redis_pid = gateway.redis_pid();
  ::kill(redis_pid, SIGSTOP);
  let_pass(100ms);
  for (auto& side : sides) side.collect();  // what was answered before
  for (auto& side : sides) side.say_more(SIZE_MAX);
  std::size_t acknowledged = 0;
  for (const auto& client : clients) acknowledged += client.acks.size();
  let_pass(1500ms);
  std::size_t now = 0;
  for (const auto& client : clients) now += client.acks.size();
  EXPECT_EQ(now, acknowledged) << "nothing is acknowledged meanwhile";
  ::kill(redis_pid, SIGCONT);
  chatter(100ms);
  finish();
}

class ImpatientCrash : public Crash {
 protected:
  ImpatientCrash() : Crash({"--redis.command_timeout_ms=500", "--redis.ping_interval_ms=200"}) {}
};

TEST_F(ImpatientCrash, N3_ARedisStoppedBeyondTheTimeoutIsTryAgainAndThenEachMessageIsThereOnce) {
  chatter(50ms);
  const auto redis_pid = gateway.redis_pid();
  ::kill(redis_pid, SIGSTOP);
  let_pass(100ms);
  for (auto& side : sides) {
    side.collect();
    side.say_more(SIZE_MAX);
  }
  ASSERT_TRUE(wait_for([&] {
    sides[0].collect();
    return sides[0].go_back;
  })) << "an answer comes: the outcome is not known";
  let_pass(500ms);
  EXPECT_EQ(test::http(gateway.port(), "GET", "/healthz").status, 200u);
  EXPECT_EQ(test::http(gateway.port(), "GET", "/readyz").status, 503u);
  ::kill(redis_pid, SIGCONT);
  chatter(300ms);
  finish();
  EXPECT_TRUE(wait_for([&] { return test::http(gateway.port(), "GET", "/readyz").status == 200; }));
  for (auto& client : clients) EXPECT_FALSE(client.ended()) << "sessions stay (N3)";
}

// Row 10: a disk whose fsyncs take their time, and Redis killed in the middle of one.
struct Disk {
  std::uint32_t delay_us = 0;
  std::uint32_t full = 0;
};

class SlowDiskCrash : protected Preloaded<Disk>, public Chatter {
 protected:
  SlowDiskCrash()
      : Preloaded("redis-server", "SWITCHBOARD_BAD_DISK", SWITCHBOARD_BAD_DISK),
        Chatter({"--redis.server_binary=" + program()}) {}

  void fsync_takes(std::chrono::microseconds time) {
    set({.delay_us = static_cast<std::uint32_t>(time.count())});
  }
  void kill_in_the_middle_of(std::chrono::milliseconds fsync, std::chrono::milliseconds talk) {
    fsync_takes(fsync);
    const auto before = acknowledged();
    chatter(talk);
    // Slower only: what is away from the last time comes back through the same fsyncs, several of them.
    const auto enough = std::chrono::steady_clock::now() + test::patience();
    while (acknowledged() == before && std::chrono::steady_clock::now() < enough) chatter(200ms);
    EXPECT_GT(acknowledged(), before);
    const auto victim = gateway.redis_pid();
    ASSERT_GT(victim, 0);
    ::kill(victim, SIGKILL);
    fsync_takes(0us);
    const auto until = std::chrono::steady_clock::now() + test::patience();
    while (!gateway.redis_is_back(victim) && std::chrono::steady_clock::now() < until) step(SIZE_MAX);
    ASSERT_TRUE(gateway.redis_is_back(victim));
  }
  std::size_t acknowledged() const {
    std::size_t count = 0;
    for (const auto& client : clients) count += client.acks.size();
    return count;
  }
};

TEST_F(SlowDiskCrash, M1_N3_KillingRedisInASlowFsyncLosesNothingAcknowledged) {
  kill_in_the_middle_of(50ms, 700ms);
  EXPECT_GT(acknowledged(), 20u) << "the test did too little";
  kill_in_the_middle_of(1500ms, 4000ms);
  chatter(200ms);
  finish();
  for (auto& client : clients) EXPECT_FALSE(client.ended()) << "sessions stay (N3)";
}

}  // namespace
}  // namespace switchboard::e2e
