#include "server/desk/desk_clock.hpp"

#include <gtest/gtest.h>

namespace switchboard::desk {
namespace {

using namespace std::chrono_literals;
using store::Millis;

constexpr Millis hour = 3'600'000;
constexpr Millis noon = 1'763'812'800'000;

class DeskTime : public ::testing::Test {
 protected:
  DeskTime() { clock.start(noon, at); }
  // The desk looks once a second; the store's clock says `off` more than it should.
  Millis steps_seen(Millis off, int looks) {
    Millis by = 0;
    for (int i = 0; i < looks; ++i) {
      at += 1s;
      true_time += 1'000;
      by += clock.follow(true_time + off, at);
    }
    return by;
  }
  DeskClock clock;
  DeskClock::Instant at{1000s};
  Millis true_time = noon;
};

TEST_F(DeskTime, GoesOnAsItWasWhenThatOfTheStoreIsSetForwardOrBack) {
  for (const auto off : {hour, Millis{0}, -hour, Millis{0}}) {
    const auto before = clock.now(at);
    (void)steps_seen(off, 30);
    EXPECT_NEAR(static_cast<double>(clock.now(at) - before), 30'000, 200) << off;
  }
}

TEST_F(DeskTime, SaysEachStepOnce) {
  EXPECT_EQ(steps_seen(0, 10), 0);
  EXPECT_EQ(steps_seen(hour, 10), hour);
  EXPECT_EQ(steps_seen(0, 10), -hour);
  EXPECT_EQ(steps_seen(-hour, 10), -hour);
}

TEST_F(DeskTime, TakesOneLateAnswerForNoStep) {
  EXPECT_EQ(steps_seen(-30'000, 1), 0);
  EXPECT_EQ(steps_seen(0, 10), 0);
}

TEST_F(DeskTime, FollowsDrift) {
  (void)steps_seen(300, 100);
  EXPECT_EQ(clock.now(at), true_time + 300);
  (void)steps_seen(-300, 200);
  EXPECT_EQ(clock.now(at), true_time - 300);
}

std::vector<store::ConversationView> views(std::initializer_list<Millis> entered) {
  std::vector<store::ConversationView> all;
  for (const auto time : entered) {
    all.emplace_back().number = all.size();
    all.back().entered = time;
  }
  return all;
}

std::vector<Millis> entered(const std::vector<store::ConversationView>& all) {
  std::vector<Millis> times;
  for (const auto& view : all) times.push_back(view.entered);
  return times;
}

TEST(DeskEntrances, R3_WhoCameFirstEnteredFirstWhateverTheClockSaid) {
  auto all = views({noon, noon + 1'000, noon - hour + 5'000, noon - hour + 9'000, noon - 1'000});
  Entrances entrances;
  entrances.restore(all, noon - hour + 20'000);
  EXPECT_EQ(entered(all), (std::vector<Millis>{noon - hour + 5'000, noon - hour + 5'000, noon - hour + 5'000,
                                               noon - hour + 9'000, noon - hour + 20'000}));
}

TEST(DeskEntrances, R3_WhatTheClockSaysHoldsWhileItCanBeTrue) {
  Entrances entrances;
  EXPECT_EQ(entrances.of(1, noon, noon + 40), noon);
  EXPECT_EQ(entrances.of(2, noon + 10'000, noon + 10'040), noon + 10'000);
  // Set back by an hour: she entered now. Set forward: too.
  EXPECT_EQ(entrances.of(3, noon - hour, noon + 20'000), noon + 20'000);
  EXPECT_EQ(entrances.of(4, noon + hour, noon + 30'000), noon + 30'000);
  // An hour later the clock has caught up with those before; nobody is given an hour that she did not wait.
  EXPECT_EQ(entrances.of(5, noon + 31'000, noon + 31'000 + hour), noon + 31'000 + hour);
}

TEST(DeskEntrances, R3_OneThatIsHeardOfLateKeepsHerPlace) {
  Entrances entrances;
  EXPECT_EQ(entrances.of(7, noon, noon), noon);
  EXPECT_EQ(entrances.of(6, noon - 5'000, noon + 90'000), noon - 5'000);
  EXPECT_EQ(entrances.of(5, noon + hour, noon + 90'000), noon);
}

}  // namespace
}  // namespace switchboard::desk
