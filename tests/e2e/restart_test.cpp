// N2 and what survives a gateway: drains, restarts, places in the queue, agents' presence.
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class Restart : public World {
 protected:
  Restart() : World({.shop_file = corner_shop(), .arguments = {"--drain.window_ms=700"}}) {}
};

TEST_F(Restart, N2_SigtermAsksEverybodyToMoveAnswersWhatIsOpenAndExitsWithZero) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  std::vector<std::uint32_t> refs;
  for (int i = 0; i < 20; ++i) refs.push_back(vera.send(vera.next_post(now.id, "open " + std::to_string(i))));
  gateway.terminate();
  for (const auto ref : refs) vera.expect<Ack>(vera.reply(ref));
  EXPECT_LE(vera.next<Reconnect>().after_ms, 700u);
  EXPECT_LE(ann.next<Reconnect>().after_ms, 700u);
  // Still served until they go.
  ann.say(now.id, "one moment", now.fence);
  vera.text(now.id, "one moment");
  auto& late = clients.emplace_back(io, Identity{});
  EXPECT_ANY_THROW(late.connect({.port = gateway.port()})) << "no new sessions";
  EXPECT_EQ(vera.wait_closed(), 1012);
  EXPECT_EQ(ann.wait_closed(), 1012);
  EXPECT_EQ(gateway.wait_for_end(10s), 0);
  clients.pop_back();

  gateway.start();
  come_back(vera);
  come_back(ann);
  EXPECT_EQ(ann.welcome.conversations.size(), 1u);
  vera.say(now.id, "where were we?");
  ann.text(now.id, "where were we?");
  ann.say(now.id, "at the lipstick", now.fence);
  vera.text(now.id, "at the lipstick");
  ann.close_conversation(now.id);
  vera.note<ClosedNote>(now.id);
  check_books();
}

TEST_F(Restart, N2_ADrainEndsAtOnceWhenNobodyIsThere) {
  const auto begun = std::chrono::steady_clock::now();
  gateway.terminate();
  EXPECT_EQ(gateway.wait_for_end(10s), 0);
  (void)begun;
}

TEST_F(Restart, R3_ThoseWhoWaitKeepTheirPlacesOverAKillOfTheGateway) {
  std::vector<TestClient*> line;
  std::vector<std::string> ids;
  for (const char* name : {"First", "Second", "Third"}) {
    line.push_back(&visitor(name));
    ids.push_back(line.back()->open().id);
  }
  gateway.kill_9();
  gateway.start();
  // They come back in another order than they came in.
  for (const int place : {2, 0, 1}) {
    come_back(*line[static_cast<std::size_t>(place)]);
    EXPECT_EQ(line[static_cast<std::size_t>(place)]->welcome.conversations.at(0).state,
              ConversationState::waiting);
  }
  line[2]->next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 3; });
  line[0]->next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 1; });
  auto& cleo = agent("cleo");  // one place
  for (const auto& id : ids) {
    const auto offer = cleo.next<Offer>();
    EXPECT_EQ(offer.conversation, id);
    cleo.accept(offer);
    cleo.close_conversation(id);
  }
}

TEST_F(Restart, R5_AnAgentWhoComesBackAfterAKillOfTheGatewayKeepsHerConversations) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  gateway.kill_9();
  gateway.start();
  come_back(vera);
  come_back(ann);
  EXPECT_EQ(ann.welcome.status.status, AgentStatus::available) << "a hello does not change the stored status";
  ASSERT_EQ(ann.welcome.conversations.size(), 1u);
  EXPECT_EQ(ann.welcome.conversations[0].fence, now.fence);
  ann.say(now.id, "here I am", now.fence);
  vera.text(now.id, "here I am");
  // And she gets what is new.
  auto& olga = visitor("Olga");
  talk(olga, ann);
  let_pass(6s);  // longer than the grace: nothing is taken from her
  EXPECT_EQ(stored(now.id).agent, "ann");
  EXPECT_EQ(stored_agent("ann").line, store::Line::live);
}

TEST_F(Restart, R5_TheConversationsOfAnAgentWhoStaysAwayAfterAKillGoBackToTheQueue) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  const auto entered = stored(now.id).entered;
  gateway.kill_9();
  gateway.start();
  come_back(vera);
  vera.note<RequeuedNote>(now.id);
  EXPECT_EQ(stored(now.id).entered, entered);
  auto& bea = agent("bea");
  EXPECT_EQ(bea.next<Offer>().conversation, now.id);
}

TEST_F(Restart, R5_AgentsWhoAreConnectedStayLiveThroughANewDesk) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  // Another skill ends the reign of the present desk; the next one asks who is there.
  const auto changed =
      gateway.write_file("changed.toml", corner_shop("[[skill]]\nid = \"complaint\"\nname = \"Complaint\"\n"));
  ASSERT_TRUE(gateway.command({"shop", "apply", changed}));
  let_pass(6500ms);  // longer than the grace
  EXPECT_EQ(stored(now.id).agent, "ann");
  EXPECT_EQ(stored_agent("ann").line, store::Line::live);
  auto& olga = visitor("Olga");
  talk(olga, ann);
}

}  // namespace
}  // namespace switchboard::e2e
