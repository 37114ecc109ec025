// R6 live: what the desk wrote down, put through the same router, gives the same decisions; whatever happened
// to the gateway meanwhile. A record that somebody has changed is found out.
#include <boost/json.hpp>
#include <fstream>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

namespace json = boost::json;

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  if (at == text.npos) throw std::runtime_error(what + " is not in the shop");
  return text.replace(at, what.size(), with);
}

// The word that she is told with "you are talking to ...".
AssignReason came(TestClient& visitor, const std::string& conversation) {
  return std::get<AssignedNote>(visitor.note<AssignedNote>(conversation).body).reason;
}

class Recorded : public World {
 protected:
  explicit Recorded(std::vector<std::string> arguments = {})
      : World({.shop_file = corner_shop(), .arguments = with_pace(std::move(arguments))}) {}

  static std::vector<std::string> with_pace(std::vector<std::string> arguments) {
    arguments.push_back("--record.write_interval_ms=20");
    return arguments;
  }

  // `switchboard replay --json`, when it says that the record is equal.
  std::optional<json::object> replay(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"replay", "--shop", "corner", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto out = gateway.command(arguments);
    if (!out) return std::nullopt;
    return json::parse(*out).as_object();
  }
  // The record has as many decisions as this, and the replay is equal.
  bool replays(std::int64_t decisions) {
    return wait_for([&] {
      const auto said = replay();
      return said && said->at("equal").as_bool() &&
             said->at("decisions").to_number<std::int64_t>() >= decisions;
    });
  }

  void some_chats(int n) {
    auto& ann = agent("ann");
    for (int i = 0; i < n; ++i) {
      const auto now = talk(visitor(), ann, "presale", {WishMode::prefer, "bold"});
      ann.close_conversation(now.id);
    }
  }
};

TEST_F(Recorded, R6_TheRecordReplaysBitForBitAlsoAfterAKillInTheMiddle) {
  some_chats(3);
  auto& waits = visitor("Waits");
  waits.open("aftersale", {WishMode::strict, "bold"});
  ASSERT_TRUE(replays(3));
  gateway.kill_9();
  gateway.start();
  come_back(waits);
  some_chats(2);
  auto& bea = agent("bea");
  bea.accept(bea.next<Offer>());  // the one who waited
  ASSERT_TRUE(replays(6));
  const auto said = replay();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->at("chapters").to_number<int>(), 2);
  EXPECT_EQ(said->at("gaps").to_number<int>(), 1)
      << "the first gateway could not write the end of its chapter";
}

TEST_F(Recorded, R6_ARecordThatSomebodyHasChangedIsFoundOut) {
  some_chats(2);
  ASSERT_TRUE(replays(2));
  const auto file = gateway.write_file("record.txt", "");
  ASSERT_TRUE(replay({"--export", file}));
  std::ifstream in(file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  ASSERT_TRUE(gateway.command({"replay", "--events", file}));
  const auto hurt = [&](const std::string& what, const std::string& with) {
    std::string other = text;
    const auto at = other.rfind(what);
    EXPECT_NE(at, other.npos) << what;
    other.replace(at, what.size(), with);
    return gateway.command({"replay", "--events", gateway.write_file("hurt.txt", other)});
  };
  EXPECT_FALSE(hurt("rule=best_agent", "rule=last_agent"));
  EXPECT_FALSE(hurt("entered=1", "entered=0"));
  EXPECT_FALSE(hurt("d offer", "d nothing"));
  EXPECT_FALSE(hurt("chat_ended", "chat_endet"));
  EXPECT_FALSE(gateway.command({"replay", "--events", "/nowhere"}));
}

TEST_F(Recorded, R6_APartOfTheRecordIsReplayedAlone) {
  some_chats(3);
  ASSERT_TRUE(replays(3));
  const auto whole = replay(), last = replay({"--last", "5"}), long_ago = replay({"--since", "2001-02-03"});
  ASSERT_TRUE(whole && last && long_ago);
  const auto count = [](const json::object& said, const char* what) {
    return said.at(what).to_number<int>();
  };
  EXPECT_GE(count(*last, "events"), 5);
  EXPECT_EQ(count(*last, "events") + count(*last, "lead_in_events"), count(*whole, "events"));
  EXPECT_EQ(count(*long_ago, "events"), count(*whole, "events"));
  const auto text = gateway.command({"replay", "--shop", "corner", "--since", "0s"});
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("led to by"), text->npos) << *text;
  EXPECT_FALSE(gateway.command({"replay", "--shop", "corner", "--since", "yesterday"}));
  EXPECT_FALSE(gateway.command({"replay", "--shop", "corner", "--since", "1h", "--last", "3"}));
  EXPECT_TRUE(gateway.command({"replay", "--shop", "corner", "--last", "20", "--set", "persona_hold=0"}));
}

TEST_F(Recorded, S3_ThePathOfOneConversationIsToldWithItsCandidates) {
  agent("cleo");
  auto& ann = agent("ann");
  const auto now = talk(visitor(), ann, "aftersale", {WishMode::prefer, "calm"});
  ASSERT_TRUE(replays(1));
  const auto told = gateway.command({"replay", "--shop", "corner", "--conversation", now.id});
  ASSERT_TRUE(told);
  for (const char* part : {"visitor_arrived: aftersale, prefers calm", "offered to ann", "candidates 1",
                           "winner", "offer_accepted by ann"})
    EXPECT_NE(told->find(part), told->npos) << part << " is not in\n" << *told;
  EXPECT_FALSE(gateway.command({"replay", "--shop", "corner", "--conversation", "nobody"}));
}

TEST_F(Recorded, R4_R6_SettingsThatChangeWhileItRunsAreEventsAndMatchAgainAtOnce) {
  auto& cleo = agent("cleo");  // one place
  const auto now = talk(visitor(), cleo);
  auto& second = visitor("Second");
  const auto two = second.open().id;
  let_pass(200ms);
  ASSERT_EQ(cleo.waiting<Offer>(), 0u);
  const double rebuilds = metric("switchboard_desk_rebuilds_total");

  // A second place: who waited gets it without anybody doing anything.
  const std::string roomier = replaced(corner_shop(), "capacity = 1", "capacity = 2");
  ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("roomier.toml", roomier)}));
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, two);
  cleo.accept(offer);

  // Another policy, and an agent who is new.
  const std::string another = replaced(roomier, "ramp_ms = 0", "ramp_ms = 0\npersona_bonus_ms = 12345") + R"(
[[agent]]
id = "dora"
name = "Dora"
skills = { aftersale = 0 }
)";
  auto& third = visitor("Third");
  const auto three = third.open("aftersale").id;
  ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("another.toml", another)}));
  auto& dora = agent("dora");
  EXPECT_EQ(dora.next<Offer>().conversation, three);
  EXPECT_EQ(metric("switchboard_desk_rebuilds_total"), rebuilds) << "the reign went on";
  check_books();

  ASSERT_TRUE(replays(3));
  const auto file = gateway.write_file("record.txt", "");
  ASSERT_TRUE(replay({"--export", file}));
  std::ifstream in(file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_NE(text.find("persona_bonus=12345"), text.npos);
  EXPECT_NE(text.find("name agent 3 dora"), text.npos);
  cleo.close_conversation(now.id);
}

TEST_F(Recorded, R3_OtherSkillsBeginAnotherReignAndNobodyLosesHerPlace) {
  auto& waits = visitor("Waits");
  const auto one = waits.open("aftersale").id;
  const double rebuilds = metric("switchboard_desk_rebuilds_total");
  const std::string more = corner_shop() + "\n[[skill]]\nid = \"complaint\"\nname = \"Complaint\"\n";
  ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("more.toml", more)}));
  ASSERT_TRUE(wait_for([&] { return metric("switchboard_desk_rebuilds_total") > rebuilds; }));
  EXPECT_EQ(agent("ann").next<Offer>().conversation, one);
  ASSERT_TRUE(replays(1));
}

TEST_F(Recorded, R6_TheRecordGoesOnWhenTheSameDeskLeadsAgain) {
  some_chats(2);
  ASSERT_TRUE(replays(2));
  const double rebuilds = metric("switchboard_desk_rebuilds_total");
  const std::string more = corner_shop() + "\n[[skill]]\nid = \"complaint\"\nname = \"Complaint\"\n";
  ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("more.toml", more)}));
  ASSERT_TRUE(wait_for([&] { return metric("switchboard_desk_rebuilds_total") > rebuilds; }));
  some_chats(1);
  EXPECT_TRUE(replays(3));
}

TEST_F(Recorded, S3_W29_TheVisitorHearsOneWordAndTheAgentSeesWhoWasLookedAt) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  auto& vera = visitor("Vera");
  const auto now = talk(vera, bea, "aftersale", {WishMode::prefer, "bold"});
  EXPECT_EQ(came(vera, now.id), AssignReason::wished_persona);
  const auto why = bea.get<Why>(AskWhy{now.id});
  EXPECT_EQ(why.conversation, now.id);
  EXPECT_EQ(why.reason, AssignReason::wished_persona);
  EXPECT_EQ(why.agents.on_duty, 2u);
  EXPECT_EQ(why.agents.other_persona, 1u);
  EXPECT_EQ(why.agents.candidates, 1u);
  EXPECT_EQ(why.agents.winner.agent, "bea");
  EXPECT_EQ(why.agents.winner.name, "Bea");
  EXPECT_EQ(why.agents.runner_up.agent, "");
  // Nobody else learns of it (S1).
  EXPECT_EQ(ann.refusal(AskWhy{now.id}), ErrorCode::not_found);
  EXPECT_EQ(ann.refusal(AskWhy{"no-such-conversation"}), ErrorCode::not_found);
  EXPECT_EQ(ann.refusal(AskWhy{std::string(300, 'x')}), ErrorCode::not_found);
  EXPECT_EQ(vera.refusal(AskWhy{now.id}), ErrorCode::not_allowed);
  bea.close_conversation(now.id);
  EXPECT_EQ(bea.get<Why>(AskWhy{now.id}).agents, why.agents);

  // She comes back, and her agent is there.
  const auto again = talk(vera, bea, "aftersale");
  EXPECT_EQ(came(vera, again.id), AssignReason::last_agent);
}

TEST_F(Recorded, V3_S3_WhoWaitsHearsWhy) {
  auto& vera = visitor("Vera");
  const auto one = vera.open("presale", {WishMode::strict, "shy"}).id;
  const auto heard = [&](WaitReason reason) {
    return wait_for([&] {
      const auto update = vera.take<QueueUpdate>();
      return update && update->conversation == one && update->reason == reason;
    });
  };
  EXPECT_TRUE(heard(WaitReason::nobody_on_shift));
  agent("cleo");
  EXPECT_TRUE(heard(WaitReason::persona_not_on_shift));
  vera.get<Done>(ChangeWish{one, {WishMode::strict, "bold"}});
  auto& bea = agent("bea");
  bea.accept(bea.next<Offer>());
  EXPECT_EQ(came(vera, one), AssignReason::wished_persona);
}

TEST_F(Recorded, S4_ADryRunOfAnotherPolicyIsATableAndAnObject) {
  some_chats(2);
  ASSERT_TRUE(replays(2));
  const auto shop =
      gateway.write_file("other.toml", replaced(corner_shop(), "ramp_ms = 0", "ramp_ms = 5000"));
  const auto text = gateway.command({"replay", "--shop", "corner", "--policy", shop});
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("modelled, changed"), text->npos);
  const auto out = gateway.command({"replay", "--shop", "corner", "--set", "persona_hold=0", "--json"});
  ASSERT_TRUE(out);
  const auto all = json::parse(*out).at("groups").as_array().at(0);
  EXPECT_EQ(all.at("chats").to_number<int>(), 2);
  EXPECT_EQ(all.at("changed").at("left").to_number<int>(), 0);
  EXPECT_FALSE(gateway.command({"replay", "--shop", "corner", "--set", "nothing=1"}));
}

// Of so few octets that chapters end because they have grown.
class SmallRecord : public Recorded {
 protected:
  SmallRecord() : Recorded({"--record.octets_max=65536"}) {}
};

TEST_F(SmallRecord, R6_AChapterThatHasGrownTooLongIsFollowedByAnother) {
  some_chats(1);
  // Another chapter begins with all facts; what is too old is trimmed, and what is left is whole.
  bool grown = false;
  for (int i = 0; i < 30 && !grown; ++i) {
    some_chats(5);
    const auto text = gateway.command({"replay", "--shop", "corner"});
    grown = text && text->find("(grown,") != text->npos;
  }
  EXPECT_TRUE(grown);
  auto& waits = visitor("Waits");
  const auto id = waits.open("aftersale", {WishMode::strict, "bold"}).id;
  some_chats(3);
  auto& bea = agent("bea");
  EXPECT_EQ(bea.next<Offer>().conversation, id);
  ASSERT_TRUE(replays(1));
}

}  // namespace
}  // namespace switchboard::e2e
