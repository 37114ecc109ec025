// What only lost packets show: the kernel gets no acknowledgement of octets, no FIN and no reset arrives, no
// new connection is made. Gateways with their default limits, each in a network namespace of its own; skipped
// where none may be made.
#include <gtest/gtest.h>

#include <filesystem>

#include "bench/chaos/scrape.hpp"
#include "bench/chaos/stage.hpp"
#include "bench/check/redis_reader.hpp"
#include "bench/load/gateway.hpp"
#include "server/shop/shop.hpp"
#include "tests/support/test_client.hpp"

namespace switchboard::chaos {
namespace {

using namespace proto;
using namespace std::chrono_literals;
using proto::Done;  // the reply, not the empty result
using std::chrono::steady_clock;
using test::TestClient;

constexpr std::string_view corner = R"(
id = "corner"
name = "Corner"
languages = ["en"]
[[skill]]
id = "presale"
name = "Sales"
[[persona]]
id = "calm"
name.en = "Calm"
[[agent]]
id = "ann"
name = "Ann"
persona = "calm"
capacity = 1
skills = { presale = 0 }
[[agent]]
id = "bea"
name = "Bea"
persona = "calm"
capacity = 1
skills = { presale = 0 }
[presence]
lost_grace_s = 5
)";

constexpr PacketTrouble nothing_arrives{.to_gateway_lost = true, .from_gateway_lost = true};

class Parted : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto& why_not = enter_own_network(); !why_not.empty()) GTEST_SKIP() << why_not;
    std::string error;
    stage =
        Stage::start({.binary = SWITCHBOARD_BINARY, .gateways = 3, .namespaces = true, .short_waits = false},
                     {*shop::parse_shop(corner)}, error);
    ASSERT_TRUE(stage) << error;
  }
  void TearDown() override {
    clients.clear();
    if (!stage) return;
    EXPECT_EQ(stage->stop(), "");
    EXPECT_EQ(stage->books().repairs, 0u);
    const auto folder = stage->folder();
    stage.reset();
    if (!HasFailure()) std::filesystem::remove_all(folder);
  }

  virtual std::vector<std::string> arguments() const { return {}; }

  TestClient& come(const std::string& name, bool is_agent, int gateway) {
    const auto token = load::make_token(stage->key_of("corner"), "corner", name, is_agent, name);
    auto& client =
        *clients.emplace_back(std::make_unique<TestClient>(io, test::Identity{.token = token, .name = name}));
    connect(client, gateway);
    if (is_agent) client.set_status(AgentStatus::available);
    return client;
  }
  void connect(TestClient& client, int gateway) {
    client.connect({.port = stage->target(gateway).endpoint.port()});
    client.hello();
  }
  double connections(int gateway) {
    const auto text = stage->metrics(gateway);
    return text ? static_cast<double>(counter_in(*text, "switchboard_connections")) : -1;
  }
  bool wait_for(const std::function<bool()>& holds, std::chrono::milliseconds within) {
    return test::wait_for(io, holds, within);
  }

  boost::asio::io_context io;
  std::unique_ptr<Stage> stage;
  std::vector<std::unique_ptr<TestClient>> clients;
};

TEST_F(Parted, N1_R5_WhoVanishesWithoutAFinOrHearsNothingMoreIsFreedAndHerConversationServedByAnother) {
  auto& vera = come("vera", false, 0);
  auto& ann = come("ann", true, 0);
  const auto talk = vera.open();
  ann.accept(ann.next<Offer>());
  auto& bea = come("bea", true, 2);
  auto& olga = come("olga", false, 1);
  auto& otto = come("otto", false, 1);
  ASSERT_EQ(connections(0), 2);
  ASSERT_EQ(connections(1), 2);

  // Of the first gateway's clients nothing remains. The second one's hear nothing more, and go on asking.
  ASSERT_TRUE(stage->trouble_packets(0, Side::clients, nothing_arrives));
  stage->with_line(0, [](LineProxy& line) { line.cut_all(); });
  ASSERT_TRUE(stage->trouble_packets(1, Side::clients, {.from_gateway_lost = true}));
  const auto until = steady_clock::now() + 65s;
  const auto freed = [&](int gateway) {
    if (!olga.ended()) olga.send(Heartbeat{});
    if (!otto.ended()) otto.send(Heartbeat{});
    test::let_pass(io, 500ms);
    return connections(gateway) == 0;
  };
  EXPECT_TRUE(wait_for([&] { return freed(1); }, 45s)) << "both ends of a line that is dead one way notice";
  EXPECT_TRUE(wait_for([&] { return freed(0) || steady_clock::now() > until; }, 65s) && connections(0) == 0);
  const auto offer = bea.next<Offer>();
  EXPECT_EQ(offer.conversation, talk.id) << "taken from her who is gone";
  bea.accept(offer);

  for (const int gateway : {0, 1}) ASSERT_TRUE(stage->trouble_packets(gateway, Side::clients, {}));
  connect(vera, 0);
  vera.say(talk.id, "still here");
  bea.text(talk.id, "still here");
  for (auto* one : {&olga, &otto}) {
    ASSERT_TRUE(wait_for([&] { return one->ended(); }, 45s)) << "what was closed is told when packets arrive";
    connect(*one, 1);
  }
}

TEST_F(Parted, N3_M2_AGatewayWithoutRedisSaysSoSendsItsClientsAwayAndWhatItHeldIsThereOnce) {
  auto& ann = come("ann", true, 1);
  auto& vera = come("vera", false, 0);
  const auto talk = vera.open();
  ann.accept(ann.next<Offer>());
  auto& bea = come("bea", true, 0);
  ASSERT_TRUE(stage->trouble_packets(0, Side::redis, nothing_arrives));
  const auto post = vera.next_post(talk.id, "is anybody there?");
  int told = 0;
  while (!vera.ended() && told < 200) {
    const auto ref = vera.send(post);
    ASSERT_TRUE(wait_for([&] { return vera.answer(ref) || vera.ended(); }, 5s)) << "no word for so long";
    if (const auto* answer = vera.answer(ref)) {
      const auto* error = std::get_if<Error>(&answer->body);
      ASSERT_TRUE(error) << "nothing can have been done";
      EXPECT_TRUE(error->code == ErrorCode::try_again || error->code == ErrorCode::busy);
      ++told;
    }
    wait_for([&] { return vera.ended(); }, 200ms);
  }
  EXPECT_EQ(vera.wait_closed(), 1013);
  EXPECT_GE(told, 2) << "first it is tried";

  connect(vera, 1);
  EXPECT_FALSE(vera.get<Ack>(post).duplicate) << "no octet of it had arrived";
  ann.text(talk.id, "is anybody there?");
  // What the kernel of the parted gateway still holds for Redis may come now, long after.
  ASSERT_TRUE(stage->trouble_packets(0, Side::redis, {}));
  auto& olga = *clients.emplace_back(std::make_unique<TestClient>(io, test::Identity{.name = "olga"}));
  ASSERT_TRUE(wait_for(
      [&] {
        try {
          connect(olga, 0);
          return true;
        } catch (const std::exception&) {
          return false;  // not yet
        }
      },
      20s));
  // Who was silent stayed; others have taken her for lost meanwhile.
  const auto other = olga.open();
  EXPECT_EQ(bea.next<Offer>().conversation, other.id);
  EXPECT_FALSE(bea.ended());
  vera.say(talk.id, "thank you");
  ann.text(talk.id, "thank you");
  const auto log = check::RedisReader::open(stage->redis_socket(), "corner")->log(talk.id);
  ASSERT_TRUE(log);
  EXPECT_EQ(std::ranges::count(*log, post.client_id, &check::Stored::client_id), 1);
}

class ImpatientParted : public Parted {
  std::vector<std::string> arguments() const override { return {"--redis.command_timeout_ms=1000"}; }
};

TEST_F(ImpatientParted, R5_AnAgentWhoLeavesWhileHerGatewayIsPartedFromRedisIsMissedAfterwards) {
  auto& bea = come("bea", true, 2);  // not where the desk is: the first one leads
  auto& vera = come("vera", false, 1);
  const auto talk = vera.open();
  bea.accept(bea.next<Offer>());
  auto& ann = come("ann", true, 1);
  ASSERT_TRUE(stage->trouble_packets(2, Side::redis, nothing_arrives));
  bea.cut();
  test::let_pass(io, 2500ms);  // what it says is given up; too short for the gateway to be taken for dead
  stage->with_redis_link(2, [](RedisProxy& link) { link.cut_all(); });
  ASSERT_TRUE(stage->trouble_packets(2, Side::redis, {}));
  EXPECT_EQ(ann.next<Offer>().conversation, talk.id);
}

}  // namespace
}  // namespace switchboard::chaos
