// S1: nobody reads, writes or learns of what is not hers. All requests by all roles with ids of others; and
// no text of a conversation in any octet that anybody else received.
#include <algorithm>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class Isolation : public World {
 protected:
  Isolation() : World({.shop_file = corner_with_sue(true)}) {
    const auto file = gateway.write_file("other.toml", other_shop() + "supervisor = true\n");
    if (!gateway.command({"shop", "apply", file})) throw std::runtime_error("the other shop was not applied");
    if (!wait_for([&] { return test::http(gateway.port(), "GET", "/readyz").status == 200; }))
      throw std::runtime_error("not ready");
  }

  // With Sue, who may also do what supervisors may, or may not any more.
  static std::string corner_with_sue(bool supervisor) {
    return corner_shop("[[agent]]\nid = \"sue\"\nname = \"Sue\"\nskills = { presale = 1 }\nsupervisor = " +
                       std::string(supervisor ? "true\n" : "false\n"));
  }

  TestClient& stranger(const char* shop, const std::string& token) {
    return client({.shop = shop, .token = token, .name = "Stranger"});
  }
};

// One request about a conversation that is not the asker's. `fence` is the true one: an id alone opens
// nothing.
struct Request {
  const char* name;
  Body (*body)(const std::string& id, std::uint32_t fence);
  ErrorCode to_visitors, to_agents;
};

const Request requests[] = {
    {"change_wish",
     [](const std::string& id, std::uint32_t) {
       return Body(ChangeWish{id, {}});
     },
     ErrorCode::not_found, ErrorCode::not_allowed},
    {"post",
     [](const std::string& id, std::uint32_t fence) {
       return Body(Post{id, test::fresh_word(), 1, fence, {"FORGED"}});
     },
     ErrorCode::not_found, ErrorCode::not_found},
    {"set_typing",
     [](const std::string& id, std::uint32_t) {
       return Body(SetTyping{id, true});
     },
     ErrorCode::not_found, ErrorCode::not_found},
    {"mark_read",
     [](const std::string& id, std::uint32_t) {
       return Body(MarkRead{id, 1});
     },
     ErrorCode::not_found, ErrorCode::not_found},
    {"close", [](const std::string& id, std::uint32_t) { return Body(CloseConversation{id}); },
     ErrorCode::not_found, ErrorCode::not_found},
    {"follow",
     [](const std::string& id, std::uint32_t) {
       return Body(Follow{{id, 0, 0}});
     },
     ErrorCode::not_found, ErrorCode::not_found},
    {"accept",
     [](const std::string& id, std::uint32_t fence) {
       return Body(AcceptOffer{id, fence});
     },
     ErrorCode::not_allowed, ErrorCode::stale},
    {"decline",
     [](const std::string& id, std::uint32_t fence) {
       return Body(DeclineOffer{id, fence, ""});
     },
     ErrorCode::not_allowed, ErrorCode::stale},
};

TEST_F(Isolation, S1_NoRequestOfAnybodyElseTouchesOrTellsOfAConversation) {
  auto& ann = agent("ann");
  auto& bea = agent("bea", AgentStatus::offline);
  auto& vera = visitor("Vera");
  const auto now = talk(vera, ann);
  auto& olga = visitor("Olga");
  const auto waiting = olga.open("presale", {WishMode::strict, "shy"}).id;

  // Of whom is the conversation: Vera's is served by Ann, Olga's waits. Everybody else is a stranger to it.
  auto& dora = stranger("other", gateway.token(shop::TokenRole::agent, "dora", "", 0, "other"));
  auto& abroad = stranger("other", "");
  // The same ids of persons in another shop are other persons.
  auto& namesake =
      stranger("other", gateway.token(shop::TokenRole::visitor, vera.welcome.you.id, "", 0, "other"));
  auto& sue = client({.token = gateway.token(shop::TokenRole::supervisor, "sue")});
  auto& far = stranger("other", gateway.token(shop::TokenRole::supervisor, "dora", "", 0, "other"));
  struct Asker {
    const char* role;
    TestClient* who;
    bool agent;
    std::vector<std::string> foreign;
  };
  const Asker askers[] = {
      {"another visitor", &olga, false, {now.id}},
      {"the visitor, of another's", &vera, false, {waiting}},
      {"another agent", &bea, true, {now.id, waiting}},
      {"the agent, of one that waits", &ann, true, {waiting}},
      {"a supervisor", &sue, true, {now.id, waiting}},
      {"a supervisor of another shop", &far, true, {now.id, waiting}},
      {"an agent of another shop", &dora, true, {now.id, waiting}},
      {"a visitor of another shop", &abroad, false, {now.id, waiting}},
      {"the same visitor id in another shop", &namesake, false, {now.id, waiting}},
  };
  const auto head = stored(now.id).head, other_head = stored(waiting).head;
  for (const auto& asker : askers)
    for (const auto& id : asker.foreign)
      for (const auto& request : requests) {
        const auto real = asker.who->get<Error>(request.body(id, now.fence));
        EXPECT_EQ(real.code, asker.agent ? request.to_agents : request.to_visitors)
            << asker.role << ": " << request.name;
        // "not there" and "not yours" cannot be told apart
        const auto nobodys = asker.who->get<Error>(request.body("AAAAAAAAAAAAAAAAAAAAAA", now.fence));
        EXPECT_EQ(real.code, nobodys.code) << asker.role << ": " << request.name;
        EXPECT_EQ(real.message, nobodys.message) << asker.role << ": " << request.name;
      }
  // What the rightful ones may not do either, because of their role.
  EXPECT_EQ(vera.refusal(SetStatus{AgentStatus::available, ""}), ErrorCode::not_allowed);
  EXPECT_EQ(vera.refusal(AcceptOffer{now.id, now.fence}), ErrorCode::not_allowed);
  EXPECT_EQ(vera.refusal(DeclineOffer{now.id, now.fence, ""}), ErrorCode::not_allowed);
  EXPECT_EQ(ann.refusal(OpenConversation{"presale", {}}), ErrorCode::not_allowed);
  EXPECT_EQ(ann.refusal(ChangeWish{now.id, {}}), ErrorCode::not_allowed);
  // The agent herself under another assignment's fence.
  EXPECT_EQ(ann.refusal(ann.next_post(now.id, "FORGED", now.fence + 1)), ErrorCode::not_found);
  EXPECT_EQ(ann.refusal(Post{now.id, test::fresh_word(), 1, 0, {"FORGED"}}), ErrorCode::not_found);

  // Nothing has happened.
  EXPECT_EQ(stored(now.id).head, head);
  EXPECT_EQ(stored(now.id).state, store::State::active);
  EXPECT_EQ(stored(now.id).read_by_agent, 0u);
  EXPECT_EQ(stored(waiting).head, other_head);
  EXPECT_EQ(stored(waiting).state, store::State::waiting);
  EXPECT_EQ(stored(waiting).wish.persona, "shy");
  check_books();
}

TEST_F(Isolation, S1_W29_ASupervisorMayAskWhyOfAllHerShopAndOnlyOfHerShop) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  auto& vera = visitor("Vera");
  auto& sue = client({.token = gateway.token(shop::TokenRole::supervisor, "sue")});
  auto& far = stranger("other", gateway.token(shop::TokenRole::supervisor, "dora", "", 0, "other"));
  EXPECT_TRUE(sue.welcome.supervisor);
  EXPECT_FALSE(ann.welcome.supervisor);
  auto& plain = client({.token = gateway.token(shop::TokenRole::agent, "sue")});
  EXPECT_FALSE(plain.welcome.supervisor) << "by the role of her token";
  EXPECT_THROW(client({.token = gateway.token(shop::TokenRole::supervisor, "ann")}), std::runtime_error);

  const auto first = talk(vera, ann, "aftersale", {WishMode::prefer, "calm"});
  auto& olga = visitor("Olga");
  const auto second = talk(olga, bea, "aftersale", {WishMode::strict, "bold"});
  EXPECT_EQ(sue.get<Why>(AskWhy{first.id}).reason, AssignReason::wished_persona);
  const auto told = sue.get<Decisions>(AskDecisions{50, ""}).decisions;
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].why.conversation, second.id) << "the newest first";
  EXPECT_EQ(told[0].visitor.name, "Olga");
  EXPECT_EQ(told[0].agent.id, "bea");
  EXPECT_EQ(told[0].agent.persona, "bold");
  EXPECT_EQ(told[0].skill, "aftersale");
  EXPECT_EQ(told[0].wish.mode, WishMode::strict);
  EXPECT_EQ(told[0].why.event, "visitor_arrived");
  EXPECT_EQ(told[0].why.agents.other_persona, 1u);
  EXPECT_EQ(told[1].agent.name, "Ann");
  const auto before = sue.get<Decisions>(AskDecisions{1, told[0].id}).decisions;
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].id, told[1].id);

  for (auto* other : {&ann, &vera}) EXPECT_EQ(other->refusal(AskDecisions{50, ""}), ErrorCode::not_allowed);
  EXPECT_EQ(ann.refusal(AskWhy{second.id}), ErrorCode::not_found);
  EXPECT_EQ(far.refusal(AskWhy{first.id}), ErrorCode::not_found);
  EXPECT_TRUE(far.get<Decisions>(AskDecisions{50, ""}).decisions.empty());
  for (const auto& wrong : {AskDecisions{0, ""}, AskDecisions{101, ""}, AskDecisions{1, "x"}})
    EXPECT_EQ(sue.refusal(wrong), ErrorCode::invalid);

  // Who is none any more learns nothing more as soon as that is known, and her line is closed with a token
  // that says more than she is.
  ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("less.toml", corner_with_sue(false))}));
  std::vector<std::uint32_t> asked;
  EXPECT_TRUE(wait_for([&] {
    if (sue.ended()) return true;
    if (asked.empty() || sue.answer(asked.back())) asked.push_back(sue.send(AskDecisions{50, ""}));
    return false;
  }));
  EXPECT_EQ(sue.wait_closed(), 4500);
  bool refused = false;
  for (const auto ref : asked) {
    const auto* answer = sue.answer(ref);
    if (!answer) continue;
    const auto* error = std::get_if<Error>(&answer->body);
    EXPECT_TRUE(error || !refused) << "told once more";
    EXPECT_EQ(error ? error->code : ErrorCode::not_allowed, ErrorCode::not_allowed);
    refused = refused || error;
  }
  EXPECT_EQ(plain.refusal(AskDecisions{50, ""}), ErrorCode::not_allowed);
  EXPECT_EQ(plain.refusal(AskWhy{first.id}), ErrorCode::not_found);
  EXPECT_THROW(client({.token = gateway.token(shop::TokenRole::supervisor, "sue")}), std::runtime_error);
}

TEST_F(Isolation, S1_NobodySignedInCanAskForAnything) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  for (const auto& request : requests) {
    auto& nobody = clients.emplace_back(io, Identity{});
    nobody.connect({.port = gateway.port()});
    EXPECT_EQ(nobody.refusal(request.body(id, 1)), ErrorCode::not_signed_in) << request.name;
  }
}

TEST_F(Isolation, S1_MarkedTextsReachTheirTwoSidesAndNobodyElse) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  auto& vera = visitor("Vera");
  const auto veras = talk(vera, ann, "presale", {WishMode::strict, "calm"});
  auto& olga = visitor("Olga");
  const auto olgas = talk(olga, bea, "presale", {WishMode::strict, "bold"});
  auto& dora = stranger("other", gateway.token(shop::TokenRole::agent, "dora", "", 0, "other"));
  dora.set_status(AgentStatus::available);
  auto& abroad = stranger("other", "");
  const auto foreign = talk(abroad, dora);
  auto& idle = visitor("Idle");
  // Positions of others' conversations in a hello give nothing.
  auto& nosy = clients.emplace_back(io, Identity{.name = "Nosy"});
  nosy.connect({.port = gateway.port()});
  auto hello = nosy.hello_frame();
  for (const auto& id : {veras.id, olgas.id, foreign.id}) hello.positions.push_back({id, 1, 0});
  EXPECT_TRUE(nosy.get<Welcome>(hello).conversations.empty());

  for (int i = 0; i < 3; ++i) {
    vera.say(veras.id, "MARK-VERA " + std::to_string(i));
    ann.say(veras.id, "MARK-VERA from Ann", veras.fence);
    olga.say(olgas.id, "MARK-OLGA " + std::to_string(i));
    bea.say(olgas.id, "MARK-OLGA from Bea", olgas.fence);
    abroad.say(foreign.id, "MARK-ABROAD " + std::to_string(i));
    dora.say(foreign.id, "MARK-ABROAD from Dora", foreign.fence);
    for (auto* who : {&vera, &olga, &abroad}) who->get<Done>(SetTyping{who->logs.begin()->first, true});
  }
  // A conversation changes hands: the former agent hears nothing of what comes after.
  ann.close_conversation(veras.id);
  vera.note<ClosedNote>(veras.id);
  const auto again = vera.open("presale", {WishMode::strict, "bold"}).id;
  const auto offer = bea.next<Offer>([&](const Offer& o) { return o.conversation == again; });
  bea.accept(offer);
  vera.say(again, "MARK-AGAIN");
  bea.text(again, "MARK-AGAIN");
  let_pass(300ms);

  struct Case {
    const char* mark;
    std::vector<TestClient*> may;
  };
  const Case cases[] = {{"MARK-VERA", {&vera, &ann}},
                        {"MARK-OLGA", {&olga, &bea}},
                        {"MARK-ABROAD", {&abroad, &dora}},
                        {"MARK-AGAIN", {&vera, &bea}}};
  for (const auto& [mark, may] : cases)
    for (auto& one : clients) {
      const bool allowed = std::ranges::count(may, &one) > 0;
      const bool seen = one.octets.find(mark) != std::string::npos;
      if (!allowed) {
        EXPECT_FALSE(seen) << mark << " reached " << one.identity.name << " " << one.identity.device;
      }
    }
  for (const auto* mark : {"MARK-VERA", "MARK-OLGA"})
    EXPECT_EQ(gateway.log().find(mark), std::string::npos) << "message text is never logged (S3)";
  // Nor does anybody learn another's id, token or conversation.
  for (const auto& secret : {vera.identity.token, ann.identity.token, veras.id, vera.welcome.you.id})
    for (auto* outsider : {&idle, &nosy, &dora, &abroad, &olga})
      EXPECT_EQ(outsider->octets.find(secret), std::string::npos);
  EXPECT_EQ(gateway.log().find(vera.identity.token), std::string::npos) << "secrets are never logged (S3)";
}

TEST_F(Isolation, S1_AnAgentWhoDeclinedOrMissedHearsNothingMoreOfTheConversation) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto offer = ann.next<Offer>();
  ann.set_status(AgentStatus::drain);  // so that it does not come back to her
  ann.send(DeclineOffer{id, offer.fence, ""});
  ASSERT_TRUE(wait_for([&] { return stored(id).state == store::State::waiting; }));
  auto& bea = agent("bea");
  bea.accept(bea.next<Offer>());
  vera.say(id, "MARK-DECLINED");
  bea.text(id, "MARK-DECLINED");
  let_pass(200ms);
  EXPECT_EQ(ann.octets.find("MARK-DECLINED"), std::string::npos);
  EXPECT_EQ(ann.refusal(Follow{{id, 0, 0}}), ErrorCode::not_found);
}

}  // namespace
}  // namespace switchboard::e2e
