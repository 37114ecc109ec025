// What stands in Redis is lost or damaged: it is noticed, told, and what clients still hold comes back (W20).
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

namespace fs = std::filesystem;

class LostTail : public World {
 protected:
  fs::path aof() const {
    for (const auto& file : fs::directory_iterator(fs::path(gateway.data_dir()) / "appendonlydir"))
      if (file.path().string().ends_with(".incr.aof")) return file.path();
    throw std::runtime_error("no AOF");
  }
  std::string octets() const {
    std::ifstream file(aof(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Redis dies, `mend` does something to its log, Redis is started again.
  void while_redis_is_dead(const std::function<void()>& act) {
    const auto redis_pid = gateway.redis_pid();
    gateway.pause();  // or it would start Redis again at once
    ::kill(redis_pid, SIGKILL);
    while (!is_zombie(redis_pid)) std::this_thread::sleep_for(1ms);
    act();
    gateway.resume();
    ASSERT_TRUE(wait_for([&] { return gateway.redis_is_back(redis_pid); }));
  }
  // Somebody empties it, and a gateway has put the shop back.
  void empty_redis() {
    ASSERT_TRUE(test::run(io, raw_redis().ask(store::Command("FLUSHALL").octets())));
    ASSERT_TRUE(
        wait_for([&] { return gateway.log().find("The settings are put back") != std::string::npos; }));
  }
  static bool is_zombie(pid_t pid) {
    std::string stat;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), stat);
    return stat.find(") Z ") != std::string::npos || stat.empty();
  }
};

TEST_F(LostTail, M1_W20_ACutLogBeginsANewEpochAndWhatClientsHoldComesBack) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  vera.say(now.id, "kept");
  const auto lost = vera.next_post(now.id, "lost");
  const auto ack = vera.get<Ack>(lost);
  const auto lost_too = ann.next_post(now.id, "lost, too", now.fence);
  ann.get<Ack>(lost_too);
  vera.text(now.id, "lost, too");
  const auto before = stored(now.id).epoch;

  std::mt19937 random(20261122);
  while_redis_is_dead([&] {
    // Somewhere in what wrote the message: all of its function goes.
    const auto place = octets().find(lost.client_id);
    ASSERT_NE(place, std::string::npos);
    fs::resize_file(aof(), place + random() % 20);
  });

  for (auto* side : {&vera, &ann}) {
    const auto reset = side->next<Reset>();
    EXPECT_EQ(reset.conversation, now.id);
    EXPECT_GT(reset.epoch, before);
    side->text(now.id, "kept");
  }
  EXPECT_TRUE(wait_for([&] { return metric("switchboard_lost_tails_total") == 1; }))
      << "operators are told, once";
  EXPECT_NE(test::http(gateway.port(), "GET", "/readyz").body.find("\"lost_tails\":1"), std::string::npos);
  EXPECT_NE(gateway.log().find("Redis has lost acknowledged messages"), std::string::npos);

  // Both post again what they hold, with the old ids: what is there is a duplicate, what was lost comes back.
  const auto again = vera.get<Ack>(lost);
  EXPECT_FALSE(again.duplicate);
  EXPECT_EQ(again.seq, ack.seq);
  EXPECT_GT(again.epoch, before);
  ann.get<Ack>(lost_too);
  ann.text(now.id, "lost");
  vera.text(now.id, "lost, too");
  EXPECT_TRUE(without_gap(stored_log(now.id)));
  // Who was away meanwhile learns it by her position.
  vera.say(now.id, "and on");
  ann.text(now.id, "and on");
  check_books();
  lost_tails_expected = 1;
}

TEST_F(LostTail, M1_AWholeLogIsNoNewEpoch) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  vera.say(now.id, "kept");
  const auto before = stored(now.id).epoch;
  while_redis_is_dead([] {});
  const auto on = vera.next_post(now.id, "and on");
  ASSERT_TRUE(wait_for([&] { return std::holds_alternative<Ack>(vera.ask(on).body); }))
      << "TRY_AGAIN until it is back";
  ann.text(now.id, "and on");
  EXPECT_EQ(stored(now.id).epoch, before);
  EXPECT_EQ(vera.waiting<Reset>() + ann.waiting<Reset>(), 0u);
}

// Row 13 of the fault matrix: damage that is not at the end is never repaired by us.
TEST_F(LostTail, N3_ALogDamagedInTheMiddleKeepsRedisDownAndTheGatewaySaysSo) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  for (int i = 0; i < 20; ++i) vera.say(now.id, "word " + std::to_string(i));
  const auto redis_pid = gateway.redis_pid();
  gateway.pause();
  ::kill(redis_pid, SIGKILL);
  while (!is_zombie(redis_pid)) std::this_thread::sleep_for(1ms);
  const auto whole = octets();
  {
    std::fstream file(aof(), std::ios::in | std::ios::out | std::ios::binary);
    // Where a command begins, so that the form is hurt and not only a value.
    file.seekp(static_cast<std::streamoff>(whole.find("\r\n*", whole.size() / 2)));
    file << std::string(20, '!');
  }
  gateway.resume();
  ASSERT_TRUE(wait_for([&] { return gateway.log().find("damaged in the middle") != std::string::npos; }));
  EXPECT_EQ(test::http(gateway.port(), "GET", "/healthz").status, 200u);
  EXPECT_EQ(test::http(gateway.port(), "GET", "/readyz").status, 503u);
  const auto refused = vera.refusal(vera.next_post(now.id, "into the void"));
  EXPECT_TRUE(refused == ErrorCode::try_again || refused == ErrorCode::busy) << name_of(refused);
  EXPECT_FALSE(vera.ended()) << "sessions stay (N3)";
}

// Row 17: somebody emptied it.
TEST_F(LostTail, N3_AnEmptiedRedisGetsItsShopsBackAndNothingFalls) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  vera.say(now.id, "soon gone");
  empty_redis();
  // Those who are known by their tokens are told, come back and begin anew.
  for (auto* client : {&vera, &ann}) {
    EXPECT_EQ(client->wait_closed(), 4006);
    client->logs.clear();
    come_back(*client);
  }
  ann.set_status(AgentStatus::available);
  const auto anew = talk(vera, ann);
  EXPECT_GT(stored(anew.id).epoch, 0u);
  vera.say(anew.id, "from the beginning");
  ann.text(anew.id, "from the beginning");
  check_books();
  lost_tails_expected = metric("switchboard_lost_tails_total");
  EXPECT_GE(lost_tails_expected, 1);
}

TEST_F(LostTail, S3_AShopThatIsPutBackHasTheKeyOfTheLastMomentAndNotADroppedOne) {
  ASSERT_TRUE(gateway.command({"token", "--shop", "corner", "--rotate-key", "--drop-former"}));
  const auto key = gateway.command({"token", "--shop", "corner", "--key"});
  let_pass(3s);  // until every gateway has looked at its shops again
  empty_redis();
  EXPECT_EQ(gateway.command({"token", "--shop", "corner", "--key"}), key);
  lost_tails_expected = metric("switchboard_lost_tails_total");
}

}  // namespace
}  // namespace switchboard::e2e
