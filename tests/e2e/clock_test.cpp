// Row 21 of the fault matrix: the wall clock of Redis is an hour ahead for a while, as people wait, are
// offered and talk.
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
  let_pass(1500ms);  // beats, desks and books have looked at it
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

}  // namespace
}  // namespace switchboard::e2e
