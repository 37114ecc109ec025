// N1: two gateways on one Redis are one Switchboard, and one of them may die.
#include "tests/e2e/world.hpp"
#include "tests/support/private_redis.hpp"

namespace switchboard::e2e {
namespace {

// Outlives the gateways: a base that is made before them.
struct WithRedis {
  test::PrivateRedis shared_redis;
};

class Nodes : private WithRedis, public World {
 protected:
  Nodes()
      : World({.shop_file = corner_shop(), .redis_url = url_of(shared_redis)}),
        second(roomy({.shop_file = corner_shop(), .redis_url = url_of(shared_redis)})) {
    second.start();
  }
  ~Nodes() override { clients.clear(); }

  static std::string url_of(test::PrivateRedis& redis) { return redis.options().url.shown(); }
  void move(TestClient& client, Gateway& to, Encoding encoding = Encoding::protobuf) {
    if (!client.ended()) client.cut();
    client.connect({.port = to.port(), .encoding = encoding});
    client.hello();
  }

  Gateway second;
};

TEST_F(Nodes, N1_M2_M4_TheTwoSidesMayBeOnDifferentGatewaysAndMoveBetweenThem) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  const auto post = vera.next_post(now.id, "from the first gateway");
  const auto first = vera.get<Ack>(post);
  move(vera, second);
  const auto again = vera.get<Ack>(post);
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_TRUE(again.duplicate);
  ann.say(now.id, "across", now.fence);
  vera.text(now.id, "across");
  vera.say(now.id, "and back");
  ann.text(now.id, "and back");
  ann.get<Done>(SetTyping{now.id, true});
  EXPECT_TRUE(vera.next<Typing>().on);
  // A visitor of the second gateway is offered to the agent on the first one.
  auto& olga = clients.emplace_back(io, Identity{.name = "Olga"});
  olga.connect({.port = second.port()});
  olga.hello();
  talk(olga, ann);
  check_books();
}

TEST_F(Nodes, N1_R5_WhenAGatewayDiesTheOtherOneGoesOnByItself) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  auto& vera = visitor("Vera");
  const auto veras = talk(vera, ann, "presale", {WishMode::strict, "calm"});
  auto& olga = visitor("Olga");
  const auto olgas = talk(olga, bea, "presale", {WishMode::strict, "bold"});
  gateway.kill_9();  // all were there, and very likely the desk
  move(vera, second);
  move(olga, second);
  move(ann, second);
  EXPECT_EQ(ann.welcome.conversations.size(), 1u);
  vera.say(veras.id, "still here?");
  ann.text(veras.id, "still here?");
  // Bea does not come: her line was on the dead gateway, and her conversation goes to somebody else.
  olga.note<RequeuedNote>(olgas.id);
  auto& emma = clients.emplace_back(io, Identity{.name = "Emma"});
  emma.connect({.port = second.port()});
  emma.hello();
  talk(emma, ann);
  EXPECT_EQ(stored(veras.id).agent, "ann") << "who came back kept hers";
  check_books();
}

}  // namespace
}  // namespace switchboard::e2e
