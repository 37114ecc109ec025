// Who reads a log once more at the end of a run gets each entry once, or the judge would blame the server.
#include "bench/shopday/read_back.hpp"

#include <gtest/gtest.h>

#include "bench/load/pairs.hpp"
#include "tests/bench/scripted_server.hpp"

namespace switchboard::shopday {
namespace {

using namespace proto;
using namespace std::chrono_literals;

class LogReaderTest : public testing::Test {
 protected:
  LogReaderTest() {
    reader_.client().retry_base = 1ms;
    reader_.client().start();
  }

  bool until(const std::function<bool()>& done) { return load::run_until(io_, 5s, done); }
  bool asked() {
    return until([&] { return server_.connections() > 0 && !server_.frames().empty(); });
  }
  // Answers the hello; the positions that it named.
  std::vector<Position> welcome(std::vector<Conversation> conversations) {
    if (!asked()) return ADD_FAILURE() << "no hello", std::vector<Position>{};
    const auto frame = server_.frames().front();
    server_.frames().pop_front();
    Welcome welcome;
    welcome.conversations = std::move(conversations);
    server_.send(frame.ref, welcome);
    EXPECT_TRUE(until([&] { return reader_.client().ready(); }));
    return std::get<Hello>(frame.body).positions;
  }
  static Conversation state(std::uint32_t head) {
    Conversation conversation;
    conversation.id = "c";
    conversation.head = head;
    return conversation;
  }
  void entry(std::uint32_t epoch, std::uint32_t seq) {
    server_.send(0, Entries{"c", epoch, {{seq, 1, "", {}, Content{"x"}}}});
  }
  std::vector<std::uint32_t> shown() const {
    std::vector<std::uint32_t> seqs;
    for (const auto& one : reader_.shown()) seqs.push_back(one.seq);
    return seqs;
  }

  using Seqs = std::vector<std::uint32_t>;
  boost::asio::io_context io_;
  load::Wire wire_{io_, 1};
  load::ScriptedServer server_{io_};
  LogReader reader_{wire_, server_.target(), {"demo", "token", "device-01", "", "zh"}, "c"};
};

TEST_F(LogReaderTest, W21_WhatTheWelcomeDoesNotNameIsAskedFor) {
  EXPECT_TRUE(welcome({}).empty());
  ASSERT_TRUE(asked());
  EXPECT_EQ(std::get<Follow>(server_.frames().front().body).position, (Position{"c", 0, 0}));
  server_.send(server_.frames().front().ref, state(2));
  entry(7, 1);
  ASSERT_TRUE(until([&] { return reader_.shown().size() == 1; }));
  EXPECT_FALSE(reader_.done());
  entry(7, 2);
  EXPECT_TRUE(until([&] { return reader_.complete(); }));
}

TEST_F(LogReaderTest, W13_WhatTheWelcomeNamesFollowsByItselfAndIsNotAskedForOnceMore) {
  welcome({state(2)});
  entry(7, 1);
  entry(7, 2);
  EXPECT_TRUE(until([&] { return reader_.complete(); }));
  EXPECT_TRUE(server_.frames().empty());
}

TEST_F(LogReaderTest, M4_W19_AfterALostLineTheRestIsRead) {
  welcome({state(3)});
  entry(7, 1);
  ASSERT_TRUE(until([&] { return reader_.shown().size() == 1; }));
  server_.cut();
  ASSERT_TRUE(until([&] { return server_.connections() == 2; }));
  EXPECT_EQ(welcome({state(3)}), (std::vector<Position>{{"c", 7, 1}}));
  entry(7, 2);
  entry(7, 3);
  EXPECT_TRUE(until([&] { return reader_.complete(); }));
  EXPECT_EQ(shown(), (Seqs{1, 2, 3}));
}

TEST_F(LogReaderTest, W20_AfterAResetOnlyTheNewLogCounts) {
  welcome({state(3)});
  entry(7, 1);
  entry(7, 2);
  server_.send(0, Reset{"c", 8});
  server_.send(0, state(1));
  entry(8, 1);
  EXPECT_TRUE(until([&] { return reader_.complete(); }));
  EXPECT_EQ(shown(), (Seqs{1}));
}

TEST_F(LogReaderTest, M5_WhatIsRefusedIsDoneAndNotRead) {
  welcome({});
  ASSERT_TRUE(asked());
  server_.send(server_.frames().front().ref, Error{ErrorCode::not_found, "", 0, 0});
  EXPECT_TRUE(until([&] { return reader_.done(); }));
  EXPECT_FALSE(reader_.complete());
}

}  // namespace
}  // namespace switchboard::shopday
