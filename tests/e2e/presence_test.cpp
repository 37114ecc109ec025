// R5: only agents who are available and live get offers; a broken line is suspected, waited for, and then
// replaced.
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class Presence : public World {};

TEST_F(Presence, R5_AnAgentBackWithinTheGraceKeepsHerConversationsAndNobodyIsOfferedToASuspect) {
  auto& ann = agent("ann");
  auto& vera = visitor("Vera");
  const auto now = talk(vera, ann);
  ann.cut();
  ASSERT_TRUE(wait_for([&] { return stored_agent("ann").line == store::Line::suspect; }));
  auto& olga = visitor("Olga");
  const auto waiting = olga.open().id;
  let_pass(700ms);
  EXPECT_EQ(stored(waiting).state, store::State::waiting);
  vera.say(now.id, "hello?");

  come_back(ann);
  ASSERT_EQ(ann.welcome.conversations.size(), 1u);
  EXPECT_EQ(ann.welcome.conversations[0].id, now.id);
  EXPECT_EQ(ann.next<Offer>().conversation, waiting) << "live again: at once";
  ann.text(now.id, "hello?");
  ann.say(now.id, "back again", now.fence);
  vera.text(now.id, "back again");
  let_pass(5500ms);  // the old suspicion must not strike later
  EXPECT_EQ(stored(now.id).agent, "ann");
  for (const auto& entry : stored_log(now.id)) EXPECT_FALSE(std::holds_alternative<RequeuedNote>(entry.body));
}

TEST_F(Presence, R5_AfterTheGraceTheVisitorIsToldAndServedByAnotherFirstInLine) {
  auto& ann = agent("ann");
  auto& vera = visitor("Vera");
  const auto now = talk(vera, ann);
  const auto entered = stored(now.id).entered;
  ann.cut();
  auto& olga = visitor("Olga");
  const auto olgas = olga.open().id;  // waits since before Vera is back in the queue

  EXPECT_EQ(std::get<RequeuedNote>(vera.note<RequeuedNote>(now.id).body).reason, RequeueReason::agent_lost);
  EXPECT_EQ(std::get<AutoReply>(vera.auto_reply(now.id, Trigger::agent_away).body).text,
            "Ann was cut off; somebody else comes.");
  const auto told =
      vera.next<Conversation>([](const Conversation& c) { return c.state == ConversationState::waiting; });
  EXPECT_EQ(told.entered_ms, entered);
  EXPECT_TRUE(told.agent.id.empty());
  vera.next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 1; });
  vera.say(now.id, "anybody?");

  auto& cleo = agent("cleo");
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, now.id);
  EXPECT_GT(offer.fence, now.fence);
  EXPECT_EQ(offer.preview, "anybody?");
  cleo.accept(offer);
  cleo.hold_all(now.id, stored(now.id).head);
  EXPECT_EQ(stored(olgas).state, store::State::waiting);

  // Ann comes back to an empty desk: the conversation is not hers any more, neither to read nor to write.
  come_back(ann);
  EXPECT_TRUE(ann.welcome.conversations.empty());
  EXPECT_EQ(ann.refusal(ann.next_post(now.id, "too late", now.fence)), ErrorCode::not_found);
  EXPECT_EQ(ann.refusal(Follow{{now.id, 0, 0}}), ErrorCode::not_found);
  EXPECT_EQ(ann.next<Offer>().conversation, olgas);
  check_books();
}

TEST_F(Presence, R5_OffersMissedTwicePutAnAgentOnBreakAndTheVisitorKeepsHerPlace) {
  auto& cleo = agent("cleo");
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto first = cleo.next<Offer>();
  EXPECT_LE(first.expires_in_ms, 3000u);
  EXPECT_EQ(cleo.next<OfferEnd>().reason, OfferEndReason::missed);
  EXPECT_EQ(cleo.refusal(AcceptOffer{id, first.fence}), ErrorCode::stale);
  const auto second = cleo.next<Offer>();
  EXPECT_EQ(second.conversation, id);
  EXPECT_EQ(second.entered_ms, first.entered_ms);
  EXPECT_EQ(cleo.next<OfferEnd>().fence, second.fence);
  EXPECT_EQ(cleo.next<Status>().status, AgentStatus::on_break);
  let_pass(300ms);
  EXPECT_EQ(cleo.waiting<Offer>(), 0u);
  cleo.set_status(AgentStatus::available);
  EXPECT_EQ(cleo.next<Offer>().conversation, id);
  check_books();
}

TEST_F(Presence, AnOfferThatStandsIsPushedAgainAfterAReconnect) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto first = ann.next<Offer>();
  ann.cut();
  come_back(ann);
  const auto again = ann.next<Offer>();
  EXPECT_EQ(again.conversation, id);
  if (again.fence == first.fence) {
    EXPECT_LE(again.expires_in_ms, first.expires_in_ms);
  }
  ann.accept(again);
  vera.note<AssignedNote>(id);
}

class Tabs : public World {};

TEST_F(Tabs, BothTabsOfAnAgentSeeEverythingAndOneAcceptCounts) {
  auto& one = agent("ann");
  auto& two = agent("ann");
  EXPECT_EQ(two.welcome.status.status, AgentStatus::available);
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto offer = one.next<Offer>();
  EXPECT_EQ(two.next<Offer>().fence, offer.fence);
  one.accept(offer);
  EXPECT_EQ(two.next<OfferEnd>().reason, OfferEndReason::accepted);
  EXPECT_EQ(two.next<Conversation>().id, id);
  EXPECT_EQ(stored_agent("ann").conversations.size(), 1u);
  two.get<Conversation>(AcceptOffer{id, offer.fence});  // as good as a repeat
  vera.say(id, "to both");
  one.text(id, "to both");
  two.text(id, "to both");
  one.say(id, "from one", offer.fence);
  EXPECT_EQ(two.text(id, "from one").author.id, "ann");
  two.say(id, "from two", offer.fence);
  one.text(id, "from two");
  EXPECT_EQ(vera.text(id, "from two").author.id, "ann");
  two.close_conversation(id);
  EXPECT_EQ(one.next<Conversation>().state, ConversationState::closed);
}

TEST_F(Tabs, ClosingTheNewestTabDoesNotMakeHerSuspect) {
  auto& one = agent("ann");
  auto& two = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, one);
  two.close();
  two.wait_closed();
  ASSERT_TRUE(wait_for([&] { return stored_agent("ann").line == store::Line::live; }));
  let_pass(500ms);
  EXPECT_EQ(stored_agent("ann").line, store::Line::live);
  auto& olga = visitor("Olga");
  talk(olga, one);
  let_pass(5500ms);
  EXPECT_EQ(stored(now.id).agent, "ann");
  // The last one closes: now she is.
  one.close();
  EXPECT_TRUE(wait_for([&] { return stored_agent("ann").line == store::Line::suspect; }));
}

TEST_F(Tabs, AStatusMayBeSetInAnyTabAndIsSeenInAll) {
  auto& one = agent("ann");
  auto& two = agent("ann");
  one.get<Done>(SetStatus{AgentStatus::on_break, "tea"});
  const auto told = two.next<Status>();
  EXPECT_EQ(told.status, AgentStatus::on_break);
  EXPECT_EQ(told.reason, "tea");
  two.set_status(AgentStatus::available);
  EXPECT_EQ(one.next<Status>().status, AgentStatus::available);
  EXPECT_EQ(one.waiting<Status>(), 0u);
}

TEST_F(Tabs, AVisitorsTabsShareHerConversation) {
  auto& one = visitor();
  auto& two = client({.token = one.identity.token, .name = "ignored"});
  EXPECT_EQ(two.welcome.you.id, one.welcome.you.id);
  const auto id = one.open().id;
  EXPECT_EQ(two.open().id, id);
  one.say(id, "from one");
  two.text(id, "from one");
  two.close_conversation(id);
  one.note<ClosedNote>(id);
}

// The limit counts on each worker, and the kernel spreads the tabs over them: with one worker it is exact.
class TabsOnOneWorker : public World {
 protected:
  TabsOnOneWorker() : World({.shop_file = corner_shop(), .threads = 1}) {}
};

TEST_F(TabsOnOneWorker, S2_TheNinthTabOfAVisitorClosesTheOldest) {
  auto& first = visitor();
  first.open();
  std::vector<TestClient*> tabs;
  for (int i = 0; i < 7; ++i) tabs.push_back(&client({.token = first.identity.token}));
  EXPECT_FALSE(first.ended());
  tabs.push_back(&client({.token = first.identity.token}));
  EXPECT_EQ(first.wait_closed(), 4004);
  for (auto* tab : tabs) EXPECT_FALSE(tab->ended());
}

TEST_F(TabsOnOneWorker, S2_TheNinthTabOfAnAgentClosesTheOldestAndSheStaysLive) {
  auto& first = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, first);
  std::vector<TestClient*> tabs;
  for (int i = 0; i < 8; ++i) tabs.push_back(&client({.token = first.identity.token}));
  EXPECT_EQ(first.wait_closed(), 4004);
  vera.say(now.id, "to all of them");
  for (auto* tab : tabs) tab->text(now.id, "to all of them");
  EXPECT_EQ(stored_agent("ann").line, store::Line::live);
}

}  // namespace
}  // namespace switchboard::e2e
