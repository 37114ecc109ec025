// Rule 2.8 live: a chat whose visitor leaves the answer without one is parked and takes a part of a place;
// her next word wakes it. All the same after a kill -9.
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

std::string parking_shop(int after_ms, int units = 1) {
  return corner_shop("\n[routing]\nramp_ms = 0\npark_after_ms = " + std::to_string(after_ms) +
                     "\npark_units = " + std::to_string(units) + "\n");
}

class ParkedChats : public World {
 protected:
  ParkedChats() : World({.shop_file = parking_shop(1'000), .arguments = {"--record.write_interval_ms=20"}}) {}

  Talk answered_talk(const std::string& name) {
    const auto now = talk(visitor(name), *ann);
    ann->say(now.id, "one moment", now.fence);
    now.visitor->text(now.id, "one moment");
    now.visitor->forget_pushes();
    return now;
  }
  void told(const std::string& id, bool parked) {
    ann->next<Conversation>([&](const Conversation& c) { return c.id == id && (c.parked_ms > 0) == parked; });
  }
  void apply(const std::string& shop) {
    ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("next.toml", shop)}));
  }
  bool replays() {
    return wait_for([&] { return gateway.command({"replay", "--shop", "corner", "--json"}).has_value(); });
  }

  TestClient* ann = nullptr;
};

TEST_F(ParkedChats, Rule_2_8_R2_R4_GiveTheirPlaceToWhoWaitsAndTakeItBackWhenTheyWake) {
  ann = &agent("ann");  // two places: eight units
  const auto one = answered_talk("One"), two = answered_talk("Two");
  auto& third = visitor("Third");
  const auto three = third.open("presale").id;
  told(one.id, true);
  told(two.id, true);
  const auto offer = ann->next<Offer>();  // 1 + 1 + 4
  EXPECT_EQ(offer.conversation, three);
  ann->accept(offer);
  check_books();
  EXPECT_EQ(one.visitor->waiting<Conversation>(), 0u) << "nothing of it is told the visitor";

  one.visitor->say(one.id, "thank you");
  told(one.id, false);
  EXPECT_EQ(stored(one.id).parked, 0);
  auto& fourth = visitor("Fourth");
  const auto four = fourth.open("presale").id;
  let_pass(300ms);
  EXPECT_EQ(ann->waiting<Offer>(), 0u) << "4 + 1 + 4 units in two places";
  ann->close_conversation(three);
  let_pass(300ms);
  EXPECT_EQ(ann->waiting<Offer>(), 0u) << "4 + 1 + 4 would be 9";
  ann->close_conversation(two.id);
  EXPECT_EQ(ann->next<Offer>().conversation, four);
  EXPECT_TRUE(replays()) << "R6";
  EXPECT_EQ(metric("switchboard_desk_differences_total"), 0);
}

TEST_F(ParkedChats, Rule_2_8_R1_StayParkedWhenTheGatewayIsKilled) {
  ann = &agent("ann");
  const auto one = answered_talk("One"), two = answered_talk("Two");
  told(one.id, true);
  told(two.id, true);
  gateway.kill_9();
  gateway.start();
  come_back(*ann);
  auto& third = visitor("Third");
  third.open("presale");
  ann->accept(ann->next<Offer>());  // which the new desk would not make if it counted two whole chats
  come_back(*two.visitor);
  two.visitor->say(two.id, "still here");
  told(two.id, false);
  EXPECT_TRUE(replays()) << "R6";
  EXPECT_EQ(metric("switchboard_desk_differences_total"), 0);
}

TEST_F(ParkedChats, Rule_2_8_AreSwitchedOffAndCountedOtherwiseWhileTheShopRuns) {
  ann = &agent("ann");
  const auto one = answered_talk("One"), two = answered_talk("Two");
  told(one.id, true);
  told(two.id, true);
  const double rebuilds = metric("switchboard_desk_rebuilds_total");
  apply(parking_shop(1'000, 3));  // 3 + 3 + 4 > 8
  auto& third = visitor("Third");
  const auto three = third.open("presale").id;
  let_pass(300ms);
  EXPECT_EQ(ann->waiting<Offer>(), 0u);
  apply(parking_shop(1'000, 2));  // 2 + 2 + 4
  EXPECT_EQ(ann->next<Offer>().conversation, three);
  apply(parking_shop(0));
  told(one.id, false);
  told(two.id, false);
  EXPECT_EQ(metric("switchboard_desk_rebuilds_total"), rebuilds) << "the reign went on";
  EXPECT_TRUE(replays()) << "R6";
}

TEST_F(ParkedChats, Rule_2_8_GoOnWithOthersWhenTheirAgentIsLost) {
  ann = &agent("ann");
  const auto one = answered_talk("One");
  told(one.id, true);
  auto& bea = agent("bea");
  ann->cut();
  const auto offer = bea.next<Offer>();
  EXPECT_EQ(offer.conversation, one.id);
  bea.accept(offer);
  const auto view = stored(one.id);
  EXPECT_EQ(view.agent, "bea");
  EXPECT_EQ(view.parked, 0) << "she has not answered yet";
  check_books();
}

}  // namespace
}  // namespace switchboard::e2e
