// N1: two gateways on one Redis are one Switchboard, and one of them may die.
#include "tests/e2e/several_gateways.hpp"

namespace switchboard::e2e {
namespace {

class Nodes : public TwoGateways {
 protected:
  void move(TestClient& client, Gateway& to, Encoding encoding = Encoding::protobuf) {
    if (!client.ended()) client.cut();
    client.connect({.port = to.port(), .encoding = encoding});
    client.hello();
  }
  // Bea, available, on the second gateway.
  TestClient& bea_on_the_second() {
    auto& bea = clients.emplace_back(io, Identity{.token = gateway.token(shop::TokenRole::agent, "bea")});
    bea.connect({.port = second.port()});
    bea.hello();
    bea.set_status(AgentStatus::available);
    return bea;
  }
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

// Her gateway is not the one that leads: nobody but the beats can tell.
TEST_F(Nodes, N1_R5_TheAgentsOfADeadGatewayThatDoesNotLeadAreSuspectThenLost) {
  auto& ann = agent("ann");
  auto& bea = bea_on_the_second();
  auto& vera = visitor("Vera");
  const auto veras = talk(vera, bea, "presale", {WishMode::strict, "bold"});
  auto& olga = visitor("Olga");
  const auto olgas = talk(olga, ann, "presale", {WishMode::strict, "calm"});
  const auto entered = stored(veras.id).entered;
  ASSERT_EQ(metric("switchboard_desks_leading"), 1) << "the first gateway leads";
  EXPECT_TRUE(wait_for([&] { return metric("switchboard_gateways") == 2; }));

  const auto killed = std::chrono::steady_clock::now();
  second.kill_9();
  ASSERT_TRUE(wait_for([&] { return stored_agent("bea").line == store::Line::suspect; }));
  EXPECT_LT(std::chrono::steady_clock::now() - killed, 10s) << "N1";
  EXPECT_EQ(stored(veras.id).agent, "bea") << "held for the grace time";
  EXPECT_EQ(stored_agent("ann").line, store::Line::live) << "the others are not asked";
  vera.note<RequeuedNote>(veras.id);
  EXPECT_EQ(stored(veras.id).entered, entered);
  EXPECT_EQ(stored_agent("bea").line, store::Line::lost);
  EXPECT_EQ(stored(olgas.id).agent, "ann");
  EXPECT_EQ(vera.waiting<Conversation>() > 0, true);
  check_books();
}

TEST_F(Nodes, N1_R5_SheWhoComesBackInTimeFromADeadGatewayKeepsHers) {
  agent("ann");
  auto& bea = bea_on_the_second();
  auto& vera = visitor("Vera");
  const auto now = talk(vera, bea, "presale", {WishMode::strict, "bold"});
  second.kill_9();
  ASSERT_TRUE(wait_for([&] { return stored_agent("bea").line == store::Line::suspect; }));
  move(bea, gateway);
  ASSERT_EQ(bea.welcome.conversations.size(), 1u);
  EXPECT_EQ(bea.welcome.conversations[0].fence, now.fence);
  bea.say(now.id, "here again", now.fence);
  vera.text(now.id, "here again");
  let_pass(6s);  // longer than the grace
  EXPECT_EQ(stored(now.id).agent, "bea");
}

// N2: a draining gateway's agents are not lost, and while they move they get nothing new.
TEST_F(Nodes, N2_R5_TheAgentsOfADrainingGatewayAreMovingAndNotLost) {
  auto& bea = bea_on_the_second();
  auto& vera = visitor("Vera");
  const auto now = talk(vera, bea, "presale", {WishMode::strict, "bold"});
  second.terminate();
  bea.next<Reconnect>();
  ASSERT_TRUE(wait_for([&] { return stored_agent("bea").moving; }));
  bea.say(now.id, "still served", now.fence);
  bea.cut();
  EXPECT_EQ(second.wait_for_end(15s), 0);
  EXPECT_TRUE(wait_for([&] { return metric("switchboard_gateways") == 1; })) << "it has said good-bye";
  let_pass(6s);  // longer than the shop's grace of 5 s
  EXPECT_EQ(stored(now.id).agent, "bea");
  EXPECT_EQ(stored_agent("bea").line, store::Line::suspect);
  move(bea, gateway);
  EXPECT_FALSE(stored_agent("bea").moving);
  auto& olga = visitor("Olga");
  talk(olga, bea, "presale", {WishMode::strict, "bold"});
}

// A gateway that was stopped for longer than it takes to be declared dead.
TEST_F(Nodes, N1_R5_AStoppedGatewaysAgentsComeBackWithItWhenItWakesInTime) {
  agent("ann");
  auto& bea = bea_on_the_second();
  auto& vera = visitor("Vera");
  const auto now = talk(vera, bea, "presale", {WishMode::strict, "bold"});
  second.pause();
  ASSERT_TRUE(wait_for([&] { return stored_agent("bea").line == store::Line::suspect; }));
  second.resume();
  ASSERT_TRUE(wait_for([&] { return stored_agent("bea").line == store::Line::live; }));
  bea.say(now.id, "slept", now.fence);
  vera.text(now.id, "slept");
}

// What lay unread in a gateway that stood still is not done again when it wakes: she has long been served and
// gone.
TEST_F(Nodes, M2_N1_AnOpenThatAStoppedGatewayReadsTooLateOpensNothing) {
  auto& ann = agent("ann");
  move(ann, second);
  ann.set_status(AgentStatus::available);
  auto& vera = visitor();
  const OpenConversation open{"presale", {}, "the-wish-to-talk-of-vera"};
  gateway.pause();
  vera.send(open);
  let_pass(200ms);  // it is in the kernel's hands
  move(vera, second);
  const auto conversation = vera.get<proto::Conversation>(open);
  ann.accept(ann.next<Offer>());
  vera.close_conversation(conversation.id);
  ann.forget_pushes();
  gateway.resume();
  let_pass(1'500ms);
  EXPECT_FALSE(ann.take<Offer>()) << "nobody waits";
  auto& tab = clients.emplace_back(io, Identity{.token = vera.identity.token});  // has no answer yet
  tab.connect({.port = second.port()});
  tab.hello();
  const auto again = tab.get<proto::Conversation>(open);
  EXPECT_EQ(again.id, conversation.id) << "a repeat is answered with what it opened";
  EXPECT_EQ(again.state, ConversationState::closed);
  const auto another = vera.get<proto::Conversation>(OpenConversation{"presale", {}, "another-wish-to-talk"});
  EXPECT_NE(another.id, conversation.id);
  check_books();
}

class LoneWithSlowTakeover : public World {
 protected:
  LoneWithSlowTakeover()
      : World({.shop_file = corner_shop(), .arguments = {"--node.desk_takeover_ms=60000"}}) {}
};

TEST_F(LoneWithSlowTakeover, N1_ARestartedGatewayDoesNotWaitForTheLeaseOfItsFormerSelf) {
  gateway.kill_9();
  gateway.start();
  auto& ann = agent("ann");
  talk(visitor(), ann);  // would not come within the patience of a test
}

}  // namespace
}  // namespace switchboard::e2e
