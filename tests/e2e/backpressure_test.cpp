// Rows 15, 18 and 22 of the fault matrix: Redis is stopped, paused or out of reach, and the gateway holds a
// bounded number of commands for it, tells nobody anything false, and sends away who asks for too long.
#include <signal.h>

#include "tests/e2e/chatter.hpp"

namespace switchboard::e2e {
namespace {

constexpr int commands_max = 16;  // under way to Redis, with room for fourteen of ours

class Crowded : public Chatter {
 protected:
  Crowded()
      : Chatter({"--redis.in_flight_commands_max=" + std::to_string(commands_max),
                 "--redis.answer_timeout_ms=400"}) {}
  double under_way() { return metric("switchboard_redis_in_flight"); }
  std::size_t acknowledged() const {
    std::size_t count = 0;
    for (const auto& client : clients) count += client.acks.size();
    return count;
  }
  // What Redis had answered when it stopped has come; how much that is.
  std::size_t acknowledged_before() {
    for (std::size_t seen = SIZE_MAX; seen != acknowledged();) {
      seen = acknowledged();
      let_pass(100ms);
      for (auto& side : sides) side.collect();
    }
    return acknowledged();
  }
  std::size_t answered_so_far(ErrorCode code) const {
    std::size_t count = 0;
    for (const auto& client : clients)
      for (const auto& frame : client.frames)
        if (const auto* error = std::get_if<Error>(&frame.body)) count += error->code == code;
    return count;
  }
  // Everybody goes on asking for so long; the most that was seen under way.
  double chatter_and_count(std::chrono::milliseconds time) {
    double most = 0;
    for (const auto until = std::chrono::steady_clock::now() + time;
         std::chrono::steady_clock::now() < until;) {
      for (int i = 0; i < 20; ++i) step(SIZE_MAX);
      most = std::max(most, under_way());
    }
    return most;
  }
};

TEST_F(Crowded, N3_S2_WhatIsUnderWayToAStoppedRedisIsBoundedAndNobodyHearsAnythingFalse) {
  chatter(50ms);
  ::kill(gateway.redis_pid(), SIGSTOP);
  const auto before = acknowledged_before();
  const double most = chatter_and_count(2s);
  EXPECT_LE(most, commands_max + 2) << "one too many for each worker at most";
  EXPECT_GE(most, commands_max / 2) << "the test did too little";
  EXPECT_EQ(acknowledged(), before) << "nothing is acknowledged meanwhile";
  EXPECT_GT(answered_so_far(ErrorCode::busy), 0u) << "who waited at the door: nothing was done";
  EXPECT_GT(answered_so_far(ErrorCode::try_again), 0u) << "what was sent: nobody knows";
  ::kill(gateway.redis_pid(), SIGCONT);
  chatter(300ms);
  finish();
  for (auto& client : clients) EXPECT_FALSE(client.ended()) << "sessions stay (N3)";
  EXPECT_TRUE(wait_for([&] { return under_way() <= 2; })) << "the books of it are right again";
}

// CLIENT PAUSE holds writes alone, and lets go of them all at once: late answers must find nobody.
TEST_F(Crowded, N3_M2_APausedRedisAnswersTooLateAndThenEachMessageIsThereOnce) {
  chatter(50ms);
  ASSERT_TRUE(test::run(io, raw_redis().ask(store::Command("CLIENT").arg("PAUSE").arg("4000").octets())));
  const auto before = acknowledged_before();
  EXPECT_LE(chatter_and_count(2s), commands_max + 2);
  EXPECT_EQ(acknowledged(), before) << "nothing is acknowledged meanwhile";
  EXPECT_GT(answered_so_far(ErrorCode::try_again), 0u);
  chatter(2500ms);
  finish();
  const auto duplicates = std::ranges::count_if(clients, [](const TestClient& client) {
    return std::ranges::any_of(client.acks, [](const auto& one) { return one.second.duplicate; });
  });
  EXPECT_GT(duplicates, 0) << "what was done late is told to who repeats it";
}

class HastyVisitor : public World {
 protected:
  HastyVisitor()
      : World({.shop_file = corner_shop(),
               .arguments = {"--session.posts_in_flight_max=3", "--redis.answer_timeout_ms=60000",
                             "--redis.command_timeout_ms=60000", "--redis.away_max_ms=60000"}}) {}
};

TEST_F(HastyVisitor, S2_M6_OfOneLineNoMorePostsAreUnderWayThanTheLimitAndTheRestWaitInTheirOrder) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  ::kill(gateway.redis_pid(), SIGSTOP);
  std::vector<std::uint32_t> asked;
  for (int i = 0; i < 50; ++i) asked.push_back(vera.send(vera.next_post(id, std::to_string(i))));
  const double of_the_gateway = 12;  // beats, leases, events: what it asks for itself
  EXPECT_TRUE(wait_for([&] { return metric("switchboard_redis_in_flight") >= 3; }));
  let_pass(300ms);
  EXPECT_LE(metric("switchboard_redis_in_flight"), 3 + of_the_gateway);
  ::kill(gateway.redis_pid(), SIGCONT);
  for (const auto ref : asked) ASSERT_TRUE(wait_for([&] { return vera.answer(ref) != nullptr; }));
  EXPECT_EQ(vera.acks.size(), 50u);
  EXPECT_TRUE(without_gap(stored_log(id)));
}

class FloodedRedis : public World {
 protected:
  FloodedRedis()
      : World({.shop_file = corner_shop(),
               .arguments = {"--redis.in_flight_octets_max=1000000", "--redis.answer_timeout_ms=60000",
                             "--redis.command_timeout_ms=60000", "--redis.away_max_ms=60000"}}) {}
};

TEST_F(FloodedRedis, S2_M6_ALineIsNotReadWhileTooManyOctetsAreUnderWay) {
  std::vector<std::pair<TestClient*, std::string>> talks;
  for (int i = 0; i < 10; ++i) {
    auto& guest = visitor("guest " + std::to_string(i));
    talks.emplace_back(&guest, guest.open().id);
  }
  ::kill(gateway.redis_pid(), SIGSTOP);
  const auto before = load::resident_octets(gateway.pid());
  std::vector<std::pair<TestClient*, std::uint32_t>> asked;
  for (int i = 0; i < 250; ++i)  // 20 MB in all
    for (const auto& [guest, id] : talks)
      asked.emplace_back(guest, guest->send(guest->next_post(id, std::string(8'000, 'x'))));
  let_pass(1s);
  EXPECT_LE(metric("switchboard_redis_in_flight_octets"), 1'000'000 + 2 * 9'000);
  EXPECT_GE(metric("switchboard_redis_in_flight_octets"), 500'000) << "the test did too little";
  EXPECT_LT(load::resident_octets(gateway.pid()) - before, 10'000'000);
  ::kill(gateway.redis_pid(), SIGCONT);
  for (const auto& [guest, ref] : asked) ASSERT_TRUE(wait_for([&] { return guest->answer(ref) != nullptr; }));
  for (const auto& [guest, id] : talks) {
    EXPECT_TRUE(without_gap(stored_log(id)));
    EXPECT_EQ(guest->acks.size(), 250u) << "they waited at the door, in their order, and all got in";
  }
}

class LongAway : public World {
 protected:
  LongAway()
      : World({.shop_file = corner_shop(),
               .arguments = {"--redis.answer_timeout_ms=300", "--redis.away_max_ms=1500",
                             "--redis.command_timeout_ms=1000", "--redis.ping_interval_ms=200"}}) {}
};

TEST_F(LongAway, N3_WhoAsksARedisThatIsAwayForTooLongIsSentAwayWith1013AndTheSilentStay) {
  auto& vera = visitor("Vera");
  auto& silent = visitor("Silent");
  const auto talk = vera.open();
  const auto redis_pid = gateway.redis_pid();
  ::kill(redis_pid, SIGSTOP);
  const auto post = vera.next_post(talk.id, "is anybody there?");
  int told = 0;
  while (!vera.ended() && told < 100) {
    const auto ref = vera.send(post);
    wait_for([&] { return vera.answer(ref) || vera.ended(); });
    if (const auto* answer = vera.answer(ref)) {
      const auto code = std::get<Error>(answer->body).code;
      EXPECT_TRUE(code == ErrorCode::try_again || code == ErrorCode::busy) << name_of(code);
      ++told;
    }
    wait_for([&] { return vera.ended(); }, 50ms);
  }
  EXPECT_EQ(vera.wait_closed(), 1013);
  EXPECT_GE(told, 2) << "first it is tried";
  silent.get<Done>(Heartbeat{});
  EXPECT_FALSE(silent.ended());
  EXPECT_EQ(test::http(gateway.port(), "GET", "/readyz").status, 503u) << "she will not be let in here again";
  ::kill(redis_pid, SIGCONT);
  ASSERT_TRUE(wait_for([&] { return test::http(gateway.port(), "GET", "/readyz").status == 200; }));
  come_back(vera);
  EXPECT_EQ(vera.get<Ack>(post).client_id, post.client_id);
  EXPECT_TRUE(without_gap(stored_log(talk.id)));
}

}  // namespace
}  // namespace switchboard::e2e
