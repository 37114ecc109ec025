// What a client owes by the contract (proto/README.md): the load client and the tabs of the simulation say
// and hold what this says, so a mistake here would hide one of the server.
#include "bench/load/client_log.hpp"

#include <gtest/gtest.h>

namespace switchboard::load {
namespace {

using namespace std::chrono_literals;
using proto::ErrorCode;
using proto::Position;
using Numbers = std::vector<std::uint32_t>;

class ClientLogTest : public testing::Test {
 protected:
  void post(int count) {
    for (int i = 0; i < count; ++i) log_.post(id(++posted_), 0, "text");
  }
  static std::string id(std::size_t n) { return "client-id-" + std::to_string(n); }
  // What the log sends now; kept in sent_.
  Numbers send() {
    Numbers numbers;
    while (const auto* post = log_.next_to_send()) {
      sent_.push_back(*post);
      numbers.push_back(post->number);
    }
    return numbers;
  }
  void ack(const Posted& post, std::uint32_t seq) {
    log_.acknowledged(post, {"c", post.client_id, 7, seq, 1, false}, false);
  }
  bool refuse(const Posted& post, ErrorCode code, std::uint32_t retry_after_ms = 0) {
    return log_.refused(post, {code, "", retry_after_ms, 0});
  }

  ClientLog log_{"c", true};
  std::size_t posted_ = 0;
  std::vector<Posted> sent_;
};

// ---------------------------------------------------------------- held

TEST_F(ClientLogTest, M4_W19_ThePositionStopsBeforeAGapAndOwnAcksCount) {
  EXPECT_EQ(log_.position(), (Position{"c", 0, 0}));
  log_.hold(7, 1);
  post(1);
  send();
  ack(sent_[0], 2);
  log_.hold(7, 4);
  EXPECT_EQ(log_.position(), (Position{"c", 7, 2}));
  EXPECT_TRUE(log_.has_gap());
  log_.hold(7, 3);
  EXPECT_EQ(log_.position(), (Position{"c", 7, 4}));
  EXPECT_FALSE(log_.has_gap());
}

TEST_F(ClientLogTest, M4_W18_InWhicheverOrderAndHoweverOftenItComesItIsHeldOnce) {
  for (const std::uint32_t seq : {3, 3, 1, 5, 2, 1, 2, 5}) log_.hold(7, seq);
  EXPECT_EQ(log_.position().seq, 3u);
  log_.hold(7, 4);
  EXPECT_EQ(log_.position().seq, 5u);
}

TEST_F(ClientLogTest, M4_W19_WhatIsAboveAGapMayBeLetGoAndIsTheSameWhenItComesAgain) {
  for (const std::uint32_t seq : {1, 4, 3}) log_.hold(7, seq);
  EXPECT_EQ(log_.forget_beyond(), (Numbers{3, 4}));
  EXPECT_FALSE(log_.has_gap());
  log_.hold(7, 2);
  EXPECT_EQ(log_.position().seq, 2u);
  for (const std::uint32_t seq : {3, 4}) log_.hold(7, seq);
  EXPECT_EQ(log_.position().seq, 4u);
}

TEST(ClientLogs, M4_W19_TheHelloNamesWhatIsFollowedAndNotMoreThanItMay) {
  ClientLogs logs;
  EXPECT_TRUE(logs.positions().empty());
  logs.of("a").hold(7, 1);
  logs.of("b").hold(8, 2);
  logs.of("c");
  EXPECT_EQ(logs.positions(), (std::vector<Position>{{"a", 7, 1}, {"b", 8, 0}, {"c", 0, 0}}));
  logs.of("a").unfollow();
  logs.forget("c");
  EXPECT_EQ(logs.positions(), (std::vector<Position>{{"b", 8, 0}}));
  EXPECT_EQ(logs.position("a"), 1u);
  logs.of("a").hold(7, 2);
  EXPECT_EQ(logs.positions(), (std::vector<Position>{{"a", 7, 2}, {"b", 8, 0}}));
  for (int i = 0; i < 20; ++i) logs.of("more " + std::to_string(i)).hold(7, 1);
  EXPECT_EQ(logs.positions().size(), ClientLogs::positions_max);
}

TEST(ClientLogs, WhatIsNotKnownIsNothing) {
  const ClientLogs logs;
  EXPECT_EQ(logs.find("c"), nullptr);
  EXPECT_EQ(logs.position("c"), 0u);
  EXPECT_EQ(logs.unacknowledged("c"), 0u);
  EXPECT_EQ(logs.unacknowledged(), 0u);
}

// ---------------------------------------------------------------- said

TEST_F(ClientLogTest, W14_PostsAreNumberedWithoutGapsAndSentAtOnceInOrder) {
  post(3);
  EXPECT_EQ(send(), (Numbers{1, 2, 3}));
  EXPECT_TRUE(send().empty());
  post(1);
  EXPECT_EQ(send(), (Numbers{4}));
}

TEST_F(ClientLogTest, W14_ThisDeviceGoesOnFromTheServersNumberUnlessItKnowsBetter) {
  log_.know_last_number(5);
  post(1);
  EXPECT_EQ(send(), (Numbers{6}));
  log_.know_last_number(9);  // told before the one under way was stored, or of it: nothing to go by
  post(1);
  EXPECT_EQ(send(), (Numbers{7}));
  ack(sent_[0], 1);
  ack(sent_[1], 2);
  log_.know_last_number(3);
  post(1);
  EXPECT_EQ(send(), (Numbers{8}));
}

TEST_F(ClientLogTest, M1_M2_W15_WhatIsNotAcknowledgedIsSentAgainUnchangedOverAnyNumberOfLines) {
  post(3);
  send();
  ack(sent_[1], 5);
  for (int lines = 0; lines < 3; ++lines) {
    log_.line_lost();
    sent_.clear();
    EXPECT_EQ(send(), (Numbers{1, 3}));
    EXPECT_EQ(sent_[0].client_id, id(1));
    EXPECT_EQ(sent_[1].client_id, id(3));
    EXPECT_EQ(log_.unacknowledged(), 2u);
  }
  ack(sent_[0], 4);
  ack(sent_[1], 6);
  EXPECT_EQ(log_.unacknowledged(), 0u);
  log_.line_lost();
  EXPECT_TRUE(send().empty());
}

TEST_F(ClientLogTest, M3_W16_RepeatsWaitUntilAllThatIsUnderWayIsAnsweredAndKeepTheirOrder) {
  post(3);
  send();
  EXPECT_FALSE(refuse(sent_[0], ErrorCode::try_again));
  EXPECT_FALSE(log_.repeat_after());
  EXPECT_FALSE(refuse(sent_[1], ErrorCode::number_gap));
  post(1);
  EXPECT_TRUE(send().empty());  // it would overtake
  EXPECT_FALSE(log_.repeat_after());
  EXPECT_FALSE(refuse(sent_[2], ErrorCode::number_gap));
  EXPECT_EQ(log_.repeat_after(), 0ms);
  EXPECT_TRUE(send().empty());
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{1, 2, 3, 4}));
  EXPECT_FALSE(log_.repeat_after());
}

TEST_F(ClientLogTest, W15_TheLastAnswerThatRepeatsWaitForMayBeAnAckOrARefusal) {
  post(2);
  send();
  refuse(sent_[0], ErrorCode::try_again);
  ack(sent_[1], 3);
  EXPECT_TRUE(log_.repeat_after());
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{1}));
  post(1);
  send();
  refuse(sent_[2], ErrorCode::internal);
  EXPECT_TRUE(refuse(sent_[3], ErrorCode::invalid));
  EXPECT_TRUE(log_.repeat_after());
}

TEST_F(ClientLogTest, W28_BusyIsRepeatedAfterTheTimeThatItNames) {
  post(1);
  send();
  EXPECT_FALSE(refuse(sent_[0], ErrorCode::busy, 20));
  EXPECT_EQ(log_.repeat_after(), 20ms);
}

// What comes behind one that was too fast is a gap, and names no time.
TEST_F(ClientLogTest, W28_TheLongestTimeThatWasNamedCountsAndIsWaitedForOnce) {
  post(4);
  send();
  refuse(sent_[0], ErrorCode::busy, 300);
  refuse(sent_[1], ErrorCode::busy, 200);
  refuse(sent_[2], ErrorCode::number_gap);
  EXPECT_TRUE(refuse(sent_[3], ErrorCode::invalid));
  EXPECT_EQ(log_.repeat_after(), 300ms);
  EXPECT_FALSE(log_.repeat_after());
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{1, 2, 3}));
  for (int i = 4; i < 7; ++i) refuse(sent_[static_cast<std::size_t>(i)], ErrorCode::number_gap);
  EXPECT_EQ(log_.repeat_after(), 0ms);
}

TEST_F(ClientLogTest, W26_WithTheLineTheWaitingIsOver) {
  post(1);
  send();
  refuse(sent_[0], ErrorCode::busy, 20);
  log_.line_lost();
  EXPECT_FALSE(log_.repeat_after());
  EXPECT_EQ(send(), (Numbers{1}));
}

TEST_F(ClientLogTest, W14_WhatIsDefinitelyRefusedIsGivenUpAndTheRestMovesUp) {
  post(3);
  send();
  ack(sent_[0], 1);
  EXPECT_TRUE(refuse(sent_[1], ErrorCode::invalid));
  EXPECT_EQ(log_.unacknowledged(), 1u);
  EXPECT_FALSE(refuse(sent_[2], ErrorCode::number_gap));
  post(1);
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{2, 3}));
  EXPECT_EQ(sent_[3].client_id, id(3));
}

// Their answers name the numbers under which they were sent; those have moved up meanwhile.
TEST_F(ClientLogTest, W14_OfSeveralThatAreRefusedNoneLeavesAGap) {
  post(4);
  send();
  ack(sent_[0], 1);
  EXPECT_TRUE(refuse(sent_[1], ErrorCode::invalid));
  EXPECT_TRUE(refuse(sent_[2], ErrorCode::invalid));
  EXPECT_FALSE(refuse(sent_[3], ErrorCode::number_gap));
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{2}));
  EXPECT_TRUE(refuse(sent_[4], ErrorCode::full));
  post(1);
  EXPECT_EQ(send(), (Numbers{2}));
}

TEST_F(ClientLogTest, W14_TheAnswerToWhatIsNotKnownAnyMoreChangesNothing) {
  post(2);
  send();
  EXPECT_TRUE(refuse({.conversation = "c", .client_id = "of a log before", .number = 1}, ErrorCode::closed));
  EXPECT_FALSE(refuse({.conversation = "c", .client_id = "of a log before", .number = 1}, ErrorCode::busy));
  log_.line_lost();
  EXPECT_EQ(send(), (Numbers{1, 2}));
}

TEST_F(ClientLogTest, M2_W15_OnlyTheFirstAckOfAMessageMakesItTheLastOne) {
  EXPECT_EQ(log_.last_acknowledged(), nullptr);
  post(2);
  send();
  ack(sent_[0], 1);
  ack(sent_[1], 2);
  ASSERT_TRUE(log_.last_acknowledged());
  EXPECT_EQ(log_.last_acknowledged()->client_id, id(2));
  log_.acknowledged(sent_[0], {"c", id(1), 7, 1, 1, true}, true);
  EXPECT_EQ(log_.last_acknowledged()->client_id, id(2));
}

// ---------------------------------------------------------------- another timeline

TEST_F(ClientLogTest, M1_W20_AfterAResetNothingIsHeldAndWhatWasAcknowledgedIsOfferedAgain) {
  post(3);
  send();
  ack(sent_[0], 1);
  ack(sent_[1], 2);
  log_.hold(7, 4);
  const auto offered = log_.reset(8);
  EXPECT_EQ(offered.size(), 2u);
  EXPECT_EQ(log_.position(), (Position{"c", 8, 0}));
  EXPECT_FALSE(log_.has_gap());
  EXPECT_EQ(log_.last_acknowledged(), nullptr);
  EXPECT_FALSE(log_.repeat_after());  // the third is under way
  refuse(sent_[2], ErrorCode::number_gap);
  EXPECT_EQ(log_.repeat_after(), 0ms);
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{1, 2, 3}));
  EXPECT_EQ(sent_[3].client_id, id(1));
  EXPECT_TRUE(sent_[3].again);
  EXPECT_TRUE(sent_[4].again);
  EXPECT_FALSE(sent_[5].again);
  post(1);
  EXPECT_EQ(send(), (Numbers{4}));
}

// The first one's outcome was unknown when the second was acknowledged.
TEST_F(ClientLogTest, M3_W20_WhatIsOfferedAgainComesInTheOrderInWhichItWasWritten) {
  post(4);
  send();
  refuse(sent_[0], ErrorCode::try_again);
  refuse(sent_[2], ErrorCode::try_again);
  ack(sent_[1], 2);
  ack(sent_[3], 4);
  log_.repeat();
  send();
  ack(sent_[4], 1);
  EXPECT_EQ(log_.reset(8).size(), 3u);
  EXPECT_FALSE(log_.repeat_after());
  refuse(sent_[5], ErrorCode::number_gap);
  log_.repeat();
  EXPECT_EQ(send(), (Numbers{1, 2, 3, 4}));
}

TEST_F(ClientLogTest, M4_W20_AnEntryOfAnotherTimelineBeginsTheLogAnew) {
  for (const std::uint32_t seq : {1, 2, 4}) log_.hold(7, seq);
  log_.hold(8, 1);
  EXPECT_EQ(log_.position(), (Position{"c", 8, 1}));
  EXPECT_FALSE(log_.has_gap());
  for (const std::uint32_t seq : {2, 3}) log_.hold(8, seq);
  EXPECT_EQ(log_.position(), (Position{"c", 8, 3}));
}

TEST_F(ClientLogTest, M4_W20_AnAckThatAResetHasOvertakenIsNotHeld) {
  post(3);
  send();
  log_.reset(8);
  log_.hold(8, 2);
  ack(sent_[0], 1);  // in epoch 7
  EXPECT_EQ(log_.position(), (Position{"c", 8, 0}));
  EXPECT_EQ(log_.unacknowledged(), 2u);
  log_.acknowledged(sent_[1], {"c", id(2), 8, 1, 1, false}, false);
  EXPECT_EQ(log_.position(), (Position{"c", 8, 2}));
  log_.acknowledged(sent_[2], {"c", id(3), 9, 1, 1, false}, false);  // that reset is on its way
  EXPECT_EQ(log_.position(), (Position{"c", 9, 1}));
}

TEST_F(ClientLogTest, M1_W20_WhatWasOfferedAgainIsKeptForTheNextTime) {
  post(1);
  send();
  ack(sent_[0], 1);
  EXPECT_EQ(log_.reset(8).size(), 1u);
  log_.repeat();
  send();
  EXPECT_EQ(log_.reset(9).size(), 0u);  // it is under way
  log_.acknowledged(sent_[1], {"c", id(1), 9, 1, 1, false}, false);
  EXPECT_EQ(log_.reset(10).size(), 1u);
}

TEST(ClientLogs, W20_NothingIsKeptUnlessItIsToBeOfferedAgain) {
  ClientLogs logs;
  for (const bool offer : {false, true}) {
    logs.offer_again = offer;
    auto& log = logs.of(offer ? "kept" : "not kept");
    log.post("client-id", 0, "text");
    const auto post = *log.next_to_send();
    log.acknowledged(post, {"c", post.client_id, 7, 1, 1, false}, false);
    EXPECT_EQ(log.reset(8).size(), offer ? 1u : 0u);
    EXPECT_EQ(log.unacknowledged(), offer ? 1u : 0u);
  }
}

}  // namespace
}  // namespace switchboard::load
