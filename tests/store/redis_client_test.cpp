// The command connection, against a Redis that answers what the test wants.
#include "server/store/redis_client.hpp"

#include <gtest/gtest.h>

#include "tests/store/fake_redis.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

namespace switchboard::store {

using std::chrono::milliseconds;
using test::FakeRedis;
using test::run;

namespace {

struct RedisClientTest : ::testing::Test {
  // Echoes the second word of every command that is not the greeting's.
  static std::string echo(const FakeRedis::Words& words) {
    if (auto hello = FakeRedis::greeting(words); !hello.empty()) return hello;
    return "$" + std::to_string(words[1].size()) + "\r\n" + words[1] + "\r\n";
  }
  void connect(RedisClient& client) {
    client.start();
    test::run_until(io, [&] { return client.ready(); });
  }
  std::string ask(RedisClient& client, std::string word) {
    const auto answer = run(io, client.ask(Command("ECHO").arg(word).octets()));
    if (answer) return std::string(answer->view().text());
    return answer.error() == Refusal::busy ? "busy" : "unavailable";
  }
  boost::asio::io_context io;
};

}  // namespace

TEST_F(RedisClientTest, greets_and_answers_in_order) {
  FakeRedis fake(io, echo);
  auto options = fake.options();
  options.url.user = "me", options.url.password = "secret", options.url.database = 3;
  RedisClient client(io.get_executor(), options, test::test_random(1), test::quiet());
  connect(client);
  EXPECT_EQ(fake.heard.at(0), (FakeRedis::Words{"AUTH", "me", "secret"}));
  EXPECT_EQ(fake.heard.at(1), (FakeRedis::Words{"SELECT", "3"}));
  EXPECT_EQ(fake.heard.at(2), (FakeRedis::Words{"CLIENT", "SETNAME", "fake"}));
  std::string order;
  for (int i = 0; i < 100; ++i)
    client.send(Command("ECHO").arg(std::to_string(i % 10)).octets(),
                [&](Answer<Reply> answer) { order += answer->view().text(); });
  test::run_until(io, [&] { return order.size() == 100; });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], '0' + i % 10);
}

TEST_F(RedisClientTest, reads_replies_split_at_every_octet) {
  FakeRedis fake(io, [](const FakeRedis::Words& words) -> std::string {
    if (auto hello = FakeRedis::greeting(words); !hello.empty()) return hello;
    return "*4\r\n$5\r\nhello\r\n:-42\r\n*2\r\n$0\r\n\r\n$-1\r\n+fine\r\n";
  });
  fake.split = true;
  RedisClient client(io.get_executor(), fake.options(), test::test_random(1), test::quiet());
  connect(client);
  for (int i = 0; i < 3; ++i) {
    const auto answer = run(io, client.ask(Command("ANY").octets()));
    ASSERT_TRUE(answer);
    const ReplyView reply = answer->view();
    ASSERT_EQ(reply.size(), 4u);
    EXPECT_EQ(reply[0].text(), "hello");
    EXPECT_EQ(reply[1].integer(), -42);
    EXPECT_EQ(reply[2][0].text(), "");
    EXPECT_TRUE(reply[2][1].is_nil());
    EXPECT_EQ(reply[3].text(), "fine");
    EXPECT_TRUE(reply[4].is_nil());
  }
}

TEST_F(RedisClientTest, gives_up_a_silent_connection_with_all_that_waits_and_comes_back) {
  bool silent = false;
  FakeRedis fake(io, [&](const FakeRedis::Words& words) { return silent ? std::string() : echo(words); });
  auto options = fake.options();
  options.command_timeout = milliseconds(150);
  RedisClient client(io.get_executor(), options, test::test_random(1), test::quiet());
  connect(client);
  silent = true;
  int unavailable = 0;
  for (int i = 0; i < 3; ++i)
    client.send(Command("ECHO").arg("x").octets(), [&](Answer<Reply> answer) {
      unavailable += !answer && answer.error() == Refusal::unavailable;
    });
  test::run_until(io, [&] { return unavailable == 3; });
  EXPECT_FALSE(client.ready());
  silent = false;
  test::run_until(io, [&] { return client.ready(); });
  EXPECT_EQ(client.connections(), 2u);
  EXPECT_EQ(ask(client, "again"), "again");
}

TEST_F(RedisClientTest, notices_a_dead_connection_without_traffic_by_PING) {
  bool silent = false;
  FakeRedis fake(io, [&](const FakeRedis::Words& words) { return silent ? std::string() : echo(words); });
  auto options = fake.options();
  options.command_timeout = milliseconds(100), options.ping_every = milliseconds(50);
  RedisClient client(io.get_executor(), options, test::test_random(1), test::quiet());
  connect(client);
  silent = true;
  test::run_until(io, [&] { return !client.ready(); });
  SUCCEED();
}

TEST_F(RedisClientTest, N3_answers_unavailable_at_once_while_there_is_no_connection) {
  FakeRedis fake(io, echo);
  RedisClient client(io.get_executor(), fake.options(), test::test_random(1), test::quiet());
  EXPECT_EQ(ask(client, "early"), "unavailable");
  connect(client);
  int lost = 0;
  fake.drop();
  client.send(Command("ECHO").arg("x").octets(), [&](Answer<Reply> answer) { lost += !answer; });
  test::run_until(io, [&] { return lost == 1; });
  test::run_until(io, [&] { return client.ready(); });
  EXPECT_EQ(ask(client, "back"), "back");
  client.stop();
  EXPECT_EQ(ask(client, "stopped"), "unavailable");
}

TEST_F(RedisClientTest, S2_is_busy_beyond_its_limits_and_frees_them) {
  bool silent = false;
  FakeRedis fake(io, [&](const FakeRedis::Words& words) { return silent ? std::string() : echo(words); });
  auto options = fake.options();
  options.in_flight_max = 3, options.in_flight_octets_max = 1000, options.command_timeout = milliseconds(300);
  RedisClient client(io.get_executor(), options, test::test_random(1), test::quiet());
  connect(client);
  EXPECT_EQ(ask(client, std::string(1000, 'x')), "busy");
  silent = true;
  int busy = 0, unavailable = 0;
  for (int i = 0; i < 5; ++i)
    client.send(Command("ECHO").arg("x").octets(),
                [&](Answer<Reply> answer) { (answer.error() == Refusal::busy ? busy : unavailable) += 1; });
  test::run_until(io, [&] { return busy + unavailable == 5; });
  EXPECT_EQ(busy, 2);
  silent = false;
  test::run_until(io, [&] { return client.ready(); });
  EXPECT_EQ(ask(client, "again"), "again");
}

TEST_F(RedisClientTest, closes_on_what_is_no_RESP_and_on_replies_that_nobody_asked_for) {
  for (const std::string nonsense : {"HTTP/1.1 400\r\n\r\n", "+nobody asked\r\n", "*-7\r\n$x\r\n"}) {
    FakeRedis fake(io, echo);
    RedisClient client(io.get_executor(), fake.options(), test::test_random(1), test::quiet());
    connect(client);
    boost::asio::co_spawn(io, fake.say(nonsense), boost::asio::detached);
    test::run_until(io, [&] { return client.connections() == 2 && client.ready(); });
    EXPECT_EQ(ask(client, "fine"), "fine");
  }
}

TEST_F(RedisClientTest, does_not_become_ready_when_the_greeting_is_refused) {
  std::vector<std::string> said;
  FakeRedis fake(io, [](const FakeRedis::Words& words) -> std::string {
    if (words[0] == "AUTH") return "-WRONGPASS invalid\r\n";
    return FakeRedis::greeting(words);
  });
  auto options = fake.options();
  options.url.password = "secret";
  RedisClient client(io.get_executor(), options, test::test_random(1),
                     [&](Severity, const std::string& text) { said.push_back(text); });
  client.start();
  test::run_until(io, [&] { return fake.connections >= 3; });
  EXPECT_FALSE(client.ready());
  ASSERT_EQ(said.size(), 1u);  // said once, not at every attempt
  EXPECT_NE(said[0].find("WRONGPASS"), std::string::npos);
  EXPECT_EQ(said[0].find("secret"), std::string::npos);
}

TEST_F(RedisClientTest, connects_to_a_real_one) {
  test::PrivateRedis redis;
  RedisClient client(io.get_executor(), redis.options("real"), test::test_random(1), test::quiet());
  connect(client);
  EXPECT_EQ(ask(client, "hello"), "hello");
  const auto name = run(io, client.ask(Command("CLIENT").arg("GETNAME").octets()));
  EXPECT_EQ(name->view().text(), "real");
}

// Fault row 18: each of these was said before anything was written, so it is `busy`; nothing is success,
// nothing is a definite refusal.
TEST(RedisErrors, are_classified) {
  for (const char* error :
       {"LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script.",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "MISCONF Redis is configured to save RDB snapshots",
        "READONLY You can't write against a read only replica.",
        "NOREPLICAS Not enough good replicas to write.", "CLUSTERDOWN Hash slot not served",
        "MASTERDOWN Link with MASTER is down", "TRYAGAIN Multiple keys request", "MOVED 3999 127.0.0.1:6381",
        "ASK 3999 127.0.0.1:6381", "NOSCRIPT No matching script.", "ERR Function not found"})
    EXPECT_EQ(refusal_of_error(error), Refusal::busy) << error;
  for (const char* error :
       {"ERR unknown command", "WRONGTYPE Operation", "", "BUSYKEY Target key name already exists"})
    EXPECT_EQ(refusal_of_error(error), Refusal::unavailable) << error;
}

}  // namespace switchboard::store
