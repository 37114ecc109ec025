// R6 live: what the desk wrote down, put through the same router, gives the same decisions; whatever happened
// to the gateway meanwhile. A record that somebody has changed is found out.
#include <boost/json.hpp>
#include <fstream>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

namespace json = boost::json;

class Recorded : public World {
 protected:
  Recorded() : World({.shop_file = corner_shop(), .arguments = {"--record.write_interval_ms=20"}}) {}

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

}  // namespace
}  // namespace switchboard::e2e
