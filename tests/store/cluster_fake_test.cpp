// What a cluster may answer beside the answer: MOVED, ASK, TRYAGAIN, CLUSTERDOWN (fault row 18).
#include <gtest/gtest.h>

#include "server/store/redis_functions.hpp"
#include "server/store/redis_masters.hpp"
#include "server/store/redis_slots.hpp"
#include "tests/store/fake_redis.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

namespace switchboard::store {

namespace {

using test::FakeRedis;

// Two nodes that answer calls by `answer_of`; one of them has all slots.
class FakeCluster : public ::testing::Test {
 protected:
  FakeCluster() {
    RedisOptions options = nodes[0].options();
    options.url =
        *parse_redis_url("redis+cluster://127.0.0.1:" + std::to_string(nodes[0].options().url.port));
    options.command_timeout = std::chrono::milliseconds(600);
    masters = std::make_unique<RedisMasters>(io.get_executor(), options, test::test_random(1), test::quiet(),
                                             nullptr);
    masters->start();
    test::run_until(io, [this] { return masters->ready("shop"); });
  }
  ~FakeCluster() override { masters->stop(); }

  std::string answer(std::size_t node, const FakeRedis::Words& words) {
    if (words[0] == "CLUSTER") {
      const auto port = nodes[owner].options().url.port;
      return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:" + std::to_string(port) + "\r\n";
    }
    if (words[0] != "FCALL") return FakeRedis::greeting(words);
    heard[node] += words.back() + " ";
    return answer_of(node, words);
  }
  std::string moved_to(std::size_t node) {
    return "-MOVED " + std::to_string(slot_of_key("shop")) +
           " 127.0.0.1:" + std::to_string(nodes[node].options().url.port) + "\r\n";
  }
  // Calls 1 to `count`, all at once; returns when all are answered, with what each was answered.
  std::string call(int count) {
    std::vector<std::string> answers(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      masters->call(function_call("append", "shop").arg(std::to_string(i + 1)).octets(),
                    [&answers, i](Answer<Reply> got) {
                      auto& text = answers[static_cast<std::size_t>(i)];
                      text = !got ? got.error() == Refusal::busy ? "busy" : "unavailable"
                             : got->view().is_integer() ? std::to_string(got->view().integer())
                                                        : std::string(got->view().text());
                    });
    test::run_until(
        io, [&] { return std::ranges::none_of(answers, [](const auto& text) { return text.empty(); }); });
    std::string all;
    for (const auto& text : answers) all += text + " ";
    return all;
  }

  boost::asio::io_context io;
  std::size_t owner = 0;  // as both say
  std::function<std::string(std::size_t, const FakeRedis::Words&)> answer_of;
  std::string heard[2];  // calls by their last word
  FakeRedis nodes[2] = {{io, [this](const FakeRedis::Words& words) { return answer(0, words); }},
                        {io, [this](const FakeRedis::Words& words) { return answer(1, words); }}};
  std::unique_ptr<RedisMasters> masters;
};

}  // namespace

TEST_F(FakeCluster, M2_M3_MOVED_is_followed_in_the_order_of_the_calls) {
  answer_of = [this](std::size_t node, const FakeRedis::Words& words) {
    if (node == 0) owner = 1;
    return node == 0 ? moved_to(1) : ":" + words.back() + "\r\n";
  };
  EXPECT_EQ(call(5), "1 2 3 4 5 ");
  EXPECT_EQ(heard[0], "1 2 3 4 5 ");
  EXPECT_EQ(heard[1], "1 2 3 4 5 ");
  EXPECT_EQ(call(2), "1 2 ") << "and remembered";
  EXPECT_EQ(heard[0], "1 2 3 4 5 ");
}

TEST_F(FakeCluster, M3_calls_that_were_refused_in_the_middle_keep_their_order) {
  int calls = 0;
  answer_of = [&](std::size_t node, const FakeRedis::Words& words) {
    if (node == 0 && ++calls > 2) {
      owner = 1;
      return moved_to(1);
    }
    return ":" + words.back() + "\r\n";
  };
  EXPECT_EQ(call(6), "1 2 3 4 5 6 ");
  EXPECT_EQ(heard[1], "3 4 5 6 ");
}

TEST_F(FakeCluster, M1_a_slot_on_its_way_is_waited_for_and_ASK_is_not_followed) {
  for (const std::string error :
       {"-ASK 1 127.0.0.1:1\r\n", "-TRYAGAIN Multiple keys request during rehashing\r\n",
        "-CLUSTERDOWN The cluster is down\r\n"}) {
    int refusals = 0;
    heard[0].clear();
    answer_of = [&](std::size_t, const FakeRedis::Words& words) {
      return ++refusals <= 9 ? error : ":" + words.back() + "\r\n";
    };
    EXPECT_EQ(call(3), "1 2 3 ") << error;
    EXPECT_EQ(heard[0], "1 2 3 1 2 3 1 2 3 1 2 3 ") << error;
  }
  EXPECT_EQ(heard[1], "");
}

TEST_F(FakeCluster, N3_what_does_not_settle_is_busy_for_nothing_was_done) {
  answer_of = [](std::size_t, const FakeRedis::Words&) {
    return std::string("-CLUSTERDOWN Hash slot not served\r\n");
  };
  EXPECT_EQ(call(3), "busy busy busy ");
  answer_of = [](std::size_t, const FakeRedis::Words& words) { return ":" + words.back() + "\r\n"; };
  EXPECT_EQ(call(1), "1 ");
}

TEST_F(FakeCluster, N3_nodes_that_send_in_circles_are_busy_too) {
  answer_of = [this](std::size_t node, const FakeRedis::Words&) { return moved_to(1 - node); };
  EXPECT_EQ(call(2), "busy busy ");
}

TEST_F(FakeCluster, N3_a_lost_connection_is_unknown_and_not_repeated) {
  answer_of = [this](std::size_t, const FakeRedis::Words&) {
    nodes[0].drop();
    return std::string();
  };
  EXPECT_EQ(call(2), "unavailable unavailable ");
  EXPECT_EQ(heard[0].substr(0, 2), "1 ");
}

}  // namespace switchboard::store
