// N1: who lives is judged by beats that move, on the watcher's own clock.
#include "server/desk/node_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace switchboard::desk {
namespace {

using namespace std::chrono_literals;

class Watch : public ::testing::Test {
 protected:
  // One look a second; `alive` beats, the others stand.
  void pass(int seconds, std::vector<std::string> alive) {
    for (int i = 0; i < seconds; ++i) {
      now += 1s;
      for (auto& one : listed)
        if (std::ranges::count(alive, one.incarnation)) ++one.beat;
      watch.look(now, listed);
    }
  }
  bool dead(const char* incarnation) { return watch.dead(incarnation, now); }

  NodeWatch::Instant now{1000s};
  std::vector<store::NodeBeat> listed{{"a.1.x", 1}, {"b.2.y", 7}};
  NodeWatch watch{5s};
};

TEST_F(Watch, N1_ABeatThatStandsStillForTheTimeIsADeath) {
  pass(4, {"a.1.x"});
  EXPECT_FALSE(dead("b.2.y"));
  pass(2, {"a.1.x"});
  EXPECT_TRUE(dead("b.2.y"));
  EXPECT_FALSE(dead("a.1.x"));
  EXPECT_EQ(watch.living(now), 1u);
  pass(1, {"a.1.x", "b.2.y"});
  EXPECT_FALSE(dead("b.2.y")) << "it was only stopped";
}

TEST_F(Watch, N1_WhatWasNotWatchedDidNotStandStill) {
  pass(2, {"a.1.x", "b.2.y"});
  now += 60s;  // the store was away, or we were stopped
  EXPECT_FALSE(dead("a.1.x")) << "who cannot see does not judge";
  watch.look(now, listed);
  EXPECT_FALSE(dead("a.1.x"));
  pass(4, {"a.1.x"});
  EXPECT_FALSE(dead("b.2.y"));
  pass(1, {"a.1.x"});
  EXPECT_TRUE(dead("b.2.y"));
}

TEST_F(Watch, N1_ALaterStartOfANodeIsTheDeathOfTheEarlier) {
  pass(1, {"a.1.x", "b.2.y"});
  listed[0] = {"a.3.z", 1};
  pass(1, {"a.3.z", "b.2.y"});
  EXPECT_TRUE(dead("a.1.x"));
  EXPECT_FALSE(dead("a.3.z"));
}

TEST_F(Watch, N1_OneThatIsNotListedGetsTheSameTime) {
  pass(1, {"a.1.x", "b.2.y"});
  EXPECT_FALSE(dead("c.9.w")) << "its first beat may be on the way";
  pass(4, {"a.1.x", "b.2.y"});
  EXPECT_FALSE(dead("c.9.w"));
  pass(1, {"a.1.x", "b.2.y"});
  EXPECT_TRUE(dead("c.9.w"));
  listed.push_back({"c.9.w", 1});
  pass(1, {"a.1.x", "b.2.y"});
  EXPECT_FALSE(dead("c.9.w"));
}

TEST_F(Watch, N1_OneThatStandsStillForVeryLongIsToBeForgotten) {
  pass(30, {"a.1.x"});
  const auto old = watch.still_for(20s, now);
  ASSERT_EQ(old.size(), 1u);
  EXPECT_EQ(old[0].incarnation, "b.2.y");
  EXPECT_EQ(old[0].beat, 7u);
}

TEST_F(Watch, NamesThatAreNoIncarnationAreNobodys) {
  listed.push_back({"nonsense", 1});
  pass(1, {});
  for (const char* name : {"", "nonsense", "a.b", ".1.x", "a.x1.y", "a..y"}) EXPECT_TRUE(dead(name)) << name;
}

}  // namespace
}  // namespace switchboard::desk
