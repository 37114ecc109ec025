// Two gateways on a Redis behind sentinels, and on a cluster: a master is killed under traffic, and replaced.
#include <set>

#include "tests/e2e/chatter.hpp"
#include "tests/support/redis_processes.hpp"

namespace switchboard::e2e {
namespace {

// A base that is made before the gateways and outlives them.
template <class Servers>
struct Beneath {
  explicit Beneath(int replicas);
  Servers servers;
};
template <>
Beneath<test::SentinelRedis>::Beneath(int replicas) : servers(replicas) {}
template <>
Beneath<test::ClusterRedis>::Beneath(int replicas) : servers(3, replicas) {}

template <class Servers>
class TwoGatewaysOn : protected Beneath<Servers>, public Chatter {
 protected:
  TwoGatewaysOn(int replicas, const std::string& confirm)
      : Beneath<Servers>(replicas),
        Chatter(Silent(), options(this->servers.url(), confirm)),
        second(roomy(options(this->servers.url(), confirm))) {
    second.start();
  }
  ~TwoGatewaysOn() override { clients.clear(); }

  // One thread: /readyz speaks for the thread that it came to.
  static test::GatewayOptions options(const std::string& redis_url, const std::string& confirm) {
    return {.shop_file = corner_shop(),
            .arguments = {"--redis.topology_interval_ms=1000", "--redis.command_timeout_ms=2000",
                          "--redis.confirm_replicas=" + confirm},
            .redis_url = redis_url,
            .threads = 1};
  }
  std::uint16_t port_of_connection(int connection) const override {
    return connection / 2 % 2 == 0 ? gateway.port() : second.port();
  }
  bool both_say(const std::string& part) {
    for (const auto* one : {&gateway, &second})
      if (test::http(one->port(), "GET", "/readyz").body.find(part) == std::string::npos) return false;
    return true;
  }
  void chatter_until(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + test::patience();
    while (!holds() && std::chrono::steady_clock::now() < until) chatter(20ms);
    EXPECT_TRUE(holds());
  }
  static bool is_used(const test::RedisProcess& one) {
    return one.ask({"CLIENT", "LIST"}).find("name=switchboard-") != std::string::npos;
  }
  // Another one has taken over: nothing is missing, and the one that was killed is no more than a replica.
  void end_with_a_replica(test::RedisProcess& former) {
    what_was_acknowledged_is_there();
    former.start();
    chatter(300ms);
    test::wait_until([&] { return former.info("role") == "slave"; }, "the old master is a replica");
    finish();
    for (auto& client : clients) EXPECT_FALSE(client.ended()) << "sessions stay (N3)";
    EXPECT_EQ(metric_of(second, "switchboard_lost_tails_total"), 0);
    EXPECT_FALSE(is_used(former)) << "nobody reads from it or writes to it";
  }

  Gateway second;
};

class SentinelFailover : public TwoGatewaysOn<test::SentinelRedis> {
 protected:
  SentinelFailover() : TwoGatewaysOn(2, "-1") {
    begin("ann", 2);
    begin("cleo", 1);
  }
};

TEST_F(SentinelFailover, M1_M2_N1_AKilledMasterIsReplacedUnderTheTrafficOfTwoGateways) {
  chatter(100ms);
  auto& former = *servers.named();
  former.kill_9();
  ASSERT_TRUE(wait_for([&] { return both_say("\"ready\":false"); })) << "readyz tells the truth";
  chatter_until([&] { return both_say("\"ready\":true"); });
  auto& now = servers.wait_for_failover(former);
  end_with_a_replica(former);
  EXPECT_TRUE(is_used(now));
}

class SentinelLostTail : public TwoGatewaysOn<test::SentinelRedis> {
 protected:
  SentinelLostTail() : TwoGatewaysOn(2, "-1") {}
};

// What no replica had was not acknowledged, but it was seen.
TEST_F(SentinelLostTail, M4_W20_WhatWasSeenAndIsGoneBeginsANewEpochAlsoIfSomethingElseStandsInItsPlace) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  vera.say(now.id, "kept");
  ann.say(now.id, "kept, too", now.fence);
  auto& master = *servers.servers[0];
  for (auto* replica : {servers.servers[1].get(), servers.servers[2].get()}) {
    test::wait_until([&] { return replica->info("slave_repl_offset") >= master.info("master_repl_offset"); },
                     "the replica has that");
    replica->kill_9();
  }
  EXPECT_EQ(vera.refusal(vera.next_post(now.id, "seen, and gone")), ErrorCode::try_again);
  ann.text(now.id, "seen, and gone");
  const auto before = stored_log(now.id);
  // Nobody of ours looks until something else stands there.
  gateway.pause(), second.pause();
  master.kill_9();
  servers.servers[1]->start(), servers.servers[2]->start();
  servers.wait_for_failover(master);
  ASSERT_TRUE(wait_for([&] { return redis().ready() && stored_log(now.id).size() + 1 == before.size(); }));
  const auto kept = test::run(io, redis().read("corner", now.id, 0, 200));
  ASSERT_TRUE(kept);
  store::Append other;
  other.shop = "corner", other.conversation = now.id, other.role = store::Role::agent, other.person = "ann";
  other.sender = ann.identity.device, other.fence = now.fence, other.number = 2, other.client_id = "another";
  other.body = kept->back().body;
  std::optional<store::Answer<store::Appended>> answer;
  redis().append(other, [&](auto got) { answer = std::move(got); });
  ASSERT_TRUE(wait_for([&] { return answer.has_value(); }));
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->seq, before.size()) << "in the place of what was seen";
  gateway.resume(), second.resume();
  for (auto* side : {&vera, &ann}) {
    EXPECT_EQ(side->next<Reset>().conversation, now.id);
    side->entry(now.id, [](const Entry& entry) { return entry.client_id == "another"; });
  }
  lost_tails_expected = metric("switchboard_lost_tails_total");
  EXPECT_EQ(lost_tails_expected + metric_of(second, "switchboard_lost_tails_total"), 1);
}

class ClusterFailover : public TwoGatewaysOn<test::ClusterRedis> {
 protected:
  ClusterFailover() : TwoGatewaysOn(1, "-1") {
    begin("ann", 2);
    begin("cleo", 1);
  }
};

TEST_F(ClusterFailover, M1_M2_N1_AKilledMasterIsReplacedUnderTheTrafficOfTwoGateways) {
  chatter(100ms);
  auto& former = *servers.owner("{corner}:");
  former.kill_9();
  ASSERT_TRUE(wait_for([&] { return both_say("\"redis\":\"partly\""); })) << "readyz tells the truth";
  EXPECT_TRUE(both_say("\"ready\":true")) << "shops of the other masters are served";
  chatter_until([&] { return both_say("\"redis\":\"ok\""); });
  EXPECT_NE(servers.owner("{corner}:"), &former);
  end_with_a_replica(former);
}

class ThreeMasters : public TwoGatewaysOn<test::ClusterRedis> {
 protected:
  ThreeMasters() : TwoGatewaysOn(0, "0") {
    // Shops until each master has one.
    std::set<test::RedisProcess*> owners{servers.owner("{corner}:")};
    for (int i = 0; owners.size() < 3; ++i) {
      const auto shop = "shop-" + std::to_string(i);
      if (!owners.insert(servers.owner("{" + shop + "}:")).second) continue;
      auto text = other_shop();
      text.replace(text.find("\"other\""), 7, '"' + shop + '"');
      EXPECT_TRUE(gateway.command({"shop", "apply", gateway.write_file(shop + ".toml", text)}));
      shops.push_back(shop);
    }
  }
  void come_to(const Gateway& one, TestClient& client) {
    client.connect({.port = one.port()});
    client.hello();
  }

  std::vector<std::string> shops;  // beside corner
};

TEST_F(ThreeMasters, M1_M4_N1_ShopsOfEachMasterTalkThroughTwoGateways) {
  EXPECT_NE(gateway.log().find("redis.confirm_replicas is 0"), std::string::npos) << "said loudly";
  begin("ann", 1);
  for (const auto& shop : shops) {
    auto& dora = clients.emplace_back(
        io, Identity{.shop = shop, .token = gateway.token(shop::TokenRole::agent, "dora", {}, 0, shop)});
    auto& guest = clients.emplace_back(io, Identity{.shop = shop, .name = "Vera"});
    ASSERT_TRUE(wait_for([&] {  // until a gateway knows the new shop
      try {
        come_to(second, dora);
        come_to(gateway, guest);
        return true;
      } catch (const std::runtime_error&) {
        return false;
      }
    }));
    dora.set_status(AgentStatus::available);
    const auto now = talk(guest, dora);
    guest.say(now.id, "hello");
    dora.text(now.id, "hello");
    guest.cut();
    dora.say(now.id, "are you there?", now.fence);
    come_to(second, guest);
    guest.text(now.id, "are you there?");
    guest.say(now.id, "yes");
    dora.text(now.id, "yes");
    guest.close_conversation(now.id);
  }
  chatter(100ms);
  finish();
}

}  // namespace
}  // namespace switchboard::e2e
