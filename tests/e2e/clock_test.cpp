// Row 21 of the fault matrix: the wall clock of Redis is an hour ahead or set back, as people wait, are
// offered and talk.
#include "proto/codec.hpp"
#include "tests/e2e/preloaded.hpp"
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class SteppedClock : protected Preloaded<std::int32_t>, public World {
 protected:
  SteppedClock()
      : Preloaded("redis-server", "SWITCHBOARD_STEP_CLOCK", SWITCHBOARD_STEP_CLOCK),
        World({.shop_file = corner_shop(), .arguments = {"--redis.server_binary=" + program()}}) {}

  void is_off_by(std::chrono::seconds time) { set(static_cast<std::int32_t>(time.count())); }
  // Why its latest offer was made.
  Why why(const std::string& conversation) {
    const auto record =
        answered<std::string>([&] { return redis().why("corner", conversation); }, conversation);
    return std::get<Why>(proto::decode_hint(record).value().body);
  }
};

TEST_F(SteppedClock, R3_R5_M3_WhenItIsAnHourAheadNobodyIsLostAndRankIsThatOfComing) {
  auto& cleo = agent("cleo");  // one place
  auto& vera = visitor("Vera");
  const auto now = talk(vera, cleo);
  auto& wim = visitor("Wim");
  const auto first = wim.open();
  const auto before = stored(first.id);

  is_off_by(3600s);
  auto& xu = visitor("Xu");
  const auto second = xu.open();
  vera.say(now.id, "what time is it?");
  cleo.say(now.id, "late", now.fence);
  vera.text(now.id, "late");
  let_pass(2500ms);  // beats, desks and books have looked at it, and everybody has asked for the time
  EXPECT_EQ(stored(now.id).state, store::State::active) << "nobody was taken from anybody";
  EXPECT_EQ(stored_agent("cleo").line, store::Line::live);
  EXPECT_EQ(stored(first.id).entered, before.entered);
  EXPECT_FALSE(cleo.ended() || vera.ended() || wim.ended());

  // Who came first is first, whatever the clock said when she came.
  vera.close_conversation(now.id);
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, first.id) << "R3";
  EXPECT_GT(offer.expires_in_ms, 0u);
  EXPECT_LE(offer.expires_in_ms, 3'000u);
  cleo.accept(offer);
  EXPECT_LT(why(first.id).waited_ms, 60'000u) << "nobody has waited an hour";
  wim.say(first.id, "at last");
  cleo.text(first.id, "at last");
  wim.close_conversation(first.id);
  const auto next = cleo.next<Offer>();
  EXPECT_EQ(next.conversation, second.id);
  is_off_by(0s);  // while the offer stands
  cleo.accept(next);
  xu.say(second.id, "and me");
  EXPECT_TRUE(without_gap(stored_log(second.id)));
  check_books();
}

TEST_F(SteppedClock, R3_WhenItIsSetBackByAnHourWhoComesAfterwardsStandsBehindThoseWhoWait) {
  auto& cleo = agent("cleo");  // one place
  auto& vera = visitor("Vera");
  const auto now = talk(vera, cleo);
  auto& wim = visitor("Wim");
  const auto first = wim.open();
  EXPECT_EQ(wim.next<QueueUpdate>().position, 1u);

  is_off_by(-3600s);
  auto& xu = visitor("Xu");
  const auto second = xu.open();
  ASSERT_LT(stored(second.id).entered, stored(first.id).entered) << "the clock was set back";
  EXPECT_EQ(xu.next<QueueUpdate>().position, 2u) << "R3";
  vera.say(now.id, "what time is it?");  // now everybody knows what Redis thinks that it is
  let_pass(1500ms);
  EXPECT_EQ(stored(now.id).state, store::State::active) << "nobody was taken from anybody";

  vera.close_conversation(now.id);
  auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, first.id) << "R3";
  EXPECT_GT(offer.expires_in_ms, 0u);
  EXPECT_LE(offer.expires_in_ms, 3'000u);
  // It runs out after its three seconds and not after an hour; rank is kept.
  offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, first.id) << "R3";
  cleo.accept(offer);
  EXPECT_LT(why(first.id).waited_ms, 60'000u);
  wim.close_conversation(first.id);
  const auto next = cleo.next<Offer>();
  EXPECT_EQ(next.conversation, second.id);
  is_off_by(0s);  // while the offer stands
  xu.say(second.id, "and me");
  let_pass(1000ms);
  cleo.accept(next);
  EXPECT_LT(why(second.id).waited_ms, 60'000u);
  EXPECT_TRUE(without_gap(stored_log(second.id)));
  check_books();
}

TEST_F(SteppedClock, R3_ANewDeskPutsAnOrderRightThatTheClockHasTurnedRound) {
  auto& wim = visitor("Wim");
  const auto first = wim.open();
  is_off_by(-3600s);
  auto& xu = visitor("Xu");
  const auto second = xu.open();
  EXPECT_EQ(xu.next<QueueUpdate>().position, 2u);
  gateway.kill_9();
  gateway.start();
  for (auto* client : {&wim, &xu}) come_back(*client);
  EXPECT_EQ(wim.next<QueueUpdate>().position, 1u);
  EXPECT_EQ(xu.next<QueueUpdate>().position, 2u);

  auto& cleo = agent("cleo");
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, first.id) << "R3";
  cleo.accept(offer);
  EXPECT_LT(why(first.id).waited_ms, 60'000u);
  EXPECT_EQ(second.id, xu.open().id);
}

}  // namespace
}  // namespace switchboard::e2e
