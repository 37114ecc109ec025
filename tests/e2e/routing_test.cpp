// R2, R3 and R4 live: who gets whom, never too much, and at once. The policy itself is judged in
// tests/router.
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class Routing : public World {
 protected:
  // Nobody is offered what the agent has no place for, however long we look.
  void expect_no_offer(TestClient& agent, std::chrono::milliseconds time = 300ms) {
    let_pass(time);
    EXPECT_EQ(agent.waiting<Offer>(), 0u) << agent.last_frames();
  }
};

// An agent who takes what comes, says hello and closes; counts what she holds from her own frames.
struct Worker {
  TestClient* client;
  std::size_t capacity;
  std::size_t held = 0;  // offers that stand, and conversations
  std::size_t served = 0, most = 0;
  std::map<std::uint32_t, std::string> accepting;  // ref -> conversation
  std::map<std::string, std::uint32_t> closing;    // conversation -> ref of close

  void work(bool decline_some) {
    while (const auto offer = client->take<Offer>()) {
      most = std::max(most, ++held);
      if (decline_some && offer->entered_ms % 3 == 0 && offer->fence == 1) {
        client->send(DeclineOffer{offer->conversation, offer->fence, "busy"});
        --held;
      } else {
        accepting[client->send(AcceptOffer{offer->conversation, offer->fence})] = offer->conversation;
      }
    }
    for (auto one = accepting.begin(); one != accepting.end();) {
      const auto* reply = client->answer(one->first);
      if (!reply) {
        ++one;
        continue;
      }
      EXPECT_TRUE(std::holds_alternative<Conversation>(reply->body)) << TestClient::shown(*reply);
      client->send(CloseConversation{one->second});
      --held;
      ++served;
      one = accepting.erase(one);
    }
  }
};

TEST_F(Routing, R2_R4_ManyVisitorsAndFewAgentsNeverOverCapacityAndEverybodyIsServed) {
  std::vector<TestClient*> crowd;
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    crowd.push_back(&visitor("Visitor " + std::to_string(i)));
    ids.push_back(crowd.back()->open(i % 4 == 0 ? "aftersale" : "presale").id);
  }
  std::vector<Worker> workers;
  for (const auto& [name, capacity] : {std::pair("ann", 2u), {"bea", 2u}, {"cleo", 1u}})
    workers.push_back({&agent(name), capacity});
  const auto all_served = [&] {
    std::size_t served = 0;
    for (auto& worker : workers) {
      worker.work(true);
      served += worker.served;
    }
    return served == crowd.size();
  };
  ASSERT_TRUE(wait_for(all_served));
  for (const auto& worker : workers) {
    EXPECT_LE(worker.most, worker.capacity) << worker.client->identity.device;
    EXPECT_GT(worker.served, 0u);
  }
  for (std::size_t i = 0; i < crowd.size(); ++i) crowd[i]->note<ClosedNote>(ids[i]);
  check_books();
  for (const auto* agent : {"ann", "bea", "cleo"}) EXPECT_TRUE(stored_agent(agent).conversations.empty());
}

TEST_F(Routing, R3_ADeclinedVisitorKeepsHerRankAndComesFirstAgain) {
  auto& first = visitor("First");
  auto& second = visitor("Second");
  const auto one = first.open().id;
  const auto two = second.open().id;
  auto& cleo = agent("cleo");
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, one);
  cleo.get<Done>(DeclineOffer{one, offer.fence, "not mine"});
  cleo.get<Done>(DeclineOffer{one, offer.fence, "not mine"});  // repeated: harmless
  EXPECT_EQ(cleo.refusal(AcceptOffer{one, offer.fence}), ErrorCode::stale);
  // Whoever else is there takes her before the other one.
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  const auto mine = [](const std::string& id) {
    return [id](const Offer& o) { return o.conversation == id; };
  };
  ASSERT_TRUE(wait_for([&] {
    for (auto* who : {&ann, &bea, &cleo})
      if (auto next = who->take<Offer>(mine(one))) {
        EXPECT_EQ(next->entered_ms, offer.entered_ms);
        EXPECT_GT(next->fence, offer.fence);
        who->accept(*next);
        return true;
      }
    return false;
  }));
  EXPECT_EQ(stored(two).entered, stored(two).entered);
  check_books();
}

TEST_F(Routing, R4_AFreedPlaceIsTakenAtOnceByWhoWaitedLongest) {
  auto& cleo = agent("cleo");
  auto& first = visitor("First");
  const auto now = talk(first, cleo);
  auto& second = visitor("Second");
  auto& third = visitor("Third");
  const auto two = second.open().id;
  const auto three = third.open().id;
  expect_no_offer(cleo);
  cleo.close_conversation(now.id);
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, two);
  third.next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 1; });
  // A visitor who leaves while she is offered frees the place as well.
  second.close_conversation(two);
  EXPECT_EQ(cleo.next<OfferEnd>().reason, OfferEndReason::withdrawn);
  EXPECT_EQ(cleo.next<Offer>().conversation, three);
  EXPECT_EQ(cleo.refusal(AcceptOffer{two, offer.fence}), ErrorCode::stale);
  check_books();
}

TEST_F(Routing, R4_OnlySkillsThatFitAreOffered) {
  auto& cleo = agent("cleo");  // presale only
  auto& vera = visitor();
  const auto id = vera.open("aftersale").id;
  expect_no_offer(cleo);
  auto& ann = agent("ann");
  EXPECT_EQ(ann.next<Offer>().conversation, id);
}

TEST_F(Routing, R5_DrainAndBreakGetNothingNewAndAvailableGetsItAtOnce) {
  auto& ann = agent("ann");
  auto& first = visitor("First");
  const auto now = talk(first, ann);
  for (const auto status : {AgentStatus::drain, AgentStatus::on_break, AgentStatus::offline}) {
    ann.set_status(status);
    auto& next = visitor("Next");
    const auto id = next.open().id;
    expect_no_offer(ann, 150ms);
    ann.set_status(AgentStatus::available);
    const auto offer = ann.next<Offer>();
    EXPECT_EQ(offer.conversation, id);
    ann.accept(offer);
    ann.close_conversation(id);
  }
  // What she serves is hers meanwhile.
  ann.set_status(AgentStatus::on_break);
  ann.say(now.id, "still here", now.fence);
  first.text(now.id, "still here");
  // An offer that stands is withdrawn when she goes.
  ann.set_status(AgentStatus::available);
  auto& last = visitor("Last");
  const auto id = last.open().id;
  ann.next<Offer>();
  ann.set_status(AgentStatus::on_break);
  ann.next<OfferEnd>();
  EXPECT_TRUE(wait_for([&] { return stored(id).state == store::State::waiting; }));
  check_books();
}

TEST_F(Routing, TheSameAgentAsLastTimeIsPreferred) {
  auto& bea = agent("bea");
  auto& vera = visitor();
  bea.close_conversation(talk(vera, bea).id);
  auto& ann = agent("ann");
  for (int again = 0; again < 2; ++again) {
    const auto id = vera.open().id;
    const auto offer = bea.next<Offer>();
    EXPECT_EQ(offer.conversation, id);
    EXPECT_TRUE(offer.returning);
    bea.accept(offer);
    bea.close_conversation(id);
  }
  EXPECT_EQ(ann.waiting<Offer>(), 0u);
}

TEST_F(Routing, APreferredPersonaIsTakenIfFreeAndAStrictOneIsWaitedFor) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  auto& vera = visitor("Vera");
  talk(vera, bea, "presale", {WishMode::prefer, "bold"});
  auto& olga = visitor("Olga");
  talk(olga, ann, "presale", {WishMode::prefer, "calm"});
  // Nobody is shy today: a preference is served by somebody else, a strict wish waits.
  auto& emma = visitor("Emma");
  emma.open("presale", {WishMode::prefer, "shy"});
  ASSERT_TRUE(wait_for([&] { return ann.waiting<Offer>() + bea.waiting<Offer>() == 1; }));
  auto& ida = visitor("Ida");
  const auto strict = ida.open("presale", {WishMode::strict, "shy"}).id;
  let_pass(300ms);
  EXPECT_EQ(ann.waiting<Offer>() + bea.waiting<Offer>(), 1u);
  EXPECT_EQ(stored(strict).state, store::State::waiting);

  // A changed wish counts at once and keeps the place.
  const auto entered = stored(strict).entered;
  ida.get<Done>(ChangeWish{strict, {WishMode::any, ""}});
  const auto told =
      ida.next<Conversation>([](const Conversation& c) { return c.wish.mode == WishMode::any; });
  EXPECT_EQ(told.entered_ms, entered);
  ASSERT_TRUE(wait_for([&] { return ann.waiting<Offer>() + bea.waiting<Offer>() == 2; }));
  check_books();
}

TEST_F(Routing, AStrictWishIsServedWhenThatPersonaHasAPlaceAgain) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  auto& first = visitor("First");
  auto& second = visitor("Second");
  const auto one = talk(first, bea, "presale", {WishMode::strict, "bold"});
  talk(second, bea, "presale", {WishMode::strict, "bold"});
  auto& third = visitor("Third");
  const auto three = third.open("presale", {WishMode::strict, "bold"}).id;
  expect_no_offer(ann);
  bea.close_conversation(one.id);
  EXPECT_EQ(bea.next<Offer>().conversation, three);
}

TEST_F(Routing, R3_AVipHasAHeadStartByTheTierOfHerToken) {
  auto& cleo = agent("cleo");
  auto& busy = visitor("Busy");
  const auto now = talk(busy, cleo);
  auto& plain = visitor("Plain");
  const auto plain_id = plain.open().id;
  plain.next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 1; });
  auto& vip = client({.token = gateway.token(shop::TokenRole::visitor, "vip-1", "Vip", 2)});
  const auto vip_id = vip.open().id;
  vip.next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 1; });
  EXPECT_TRUE(
      plain.next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 2; }).passed_by_priority);
  cleo.close_conversation(now.id);
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, vip_id);
  EXPECT_EQ(offer.tier, 2u);
  cleo.accept(offer);
  cleo.close_conversation(vip_id);
  EXPECT_EQ(cleo.next<Offer>().conversation, plain_id);
}

TEST_F(Routing, TheWidgetSeesFreePlacesAsTheyAre) {
  auto& vera = visitor("Vera");
  const auto bold = [](std::uint32_t free) {
    return [free](const Availability& a) {
      for (const auto& persona : a.personas)
        if (persona.persona == "bold") return persona.free == free;
      return false;
    };
  };
  auto& bea = agent("bea");
  EXPECT_TRUE(vera.next<Availability>(bold(2)).open);
  auto& olga = visitor("Olga");
  talk(olga, bea);
  vera.next<Availability>(bold(1));
  vera.forget_pushes();
  bea.set_status(AgentStatus::offline);
  EXPECT_FALSE(vera.next<Availability>(bold(0)).open);
  // Whoever comes now is told with the welcome.
  auto& ida = visitor("Ida");
  EXPECT_FALSE(ida.welcome.availability.open);
  EXPECT_EQ(ida.welcome.availability.personas.size(), 3u);
}

}  // namespace
}  // namespace switchboard::e2e
