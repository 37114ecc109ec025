// The line between a gateway and Redis: what is lost, held and lied about, and that nothing else is.
#include "bench/chaos/redis_proxy.hpp"

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <string>

#include "bench/chaos/resp.hpp"
#include "tests/support/run.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::chaos {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using local = asio::local::stream_protocol;

// A gateway and a Redis that are nothing but sockets, on one thread that the test turns by hand.
class RedisProxyTest : public testing::Test {
 protected:
  RedisProxyTest() { acceptor.emplace(io, local::endpoint(folder / "redis")); }

  void begin(Lie lie) {
    proxy.emplace(io, RedisProxy::local::endpoint(folder / "proxy"), folder / "redis", lie, 1);
    bool accepted = false;
    acceptor->async_accept(redis, [&](auto) { accepted = true; });
    gateway.connect(local::endpoint(folder / "proxy"));
    test::run_until(io, [&] { return accepted; });
  }
  std::string come(local::socket& at) {
    at.non_blocking(true);
    std::string all;
    char octets[4096];
    boost::system::error_code error;
    while (!error) {
      const auto got = at.read_some(asio::buffer(octets), error);
      if (!error) all.append(octets, got);
    }
    if (error != asio::error::would_block) ended = true;
    return all;
  }
  std::string read_until(local::socket& at, std::size_t octets) {
    std::string all;
    test::run_until(io, [&] {
      all += come(at);
      return ended || all.size() >= octets;
    });
    return all;
  }
  void say(local::socket& from, const std::string& octets) { asio::write(from, asio::buffer(octets)); }
  static std::string append(const std::string& number, const std::string& id) {
    return command_of(
        {"FCALL", "sb1_append", "1", "{s}:", "conv", "v", "vera", "dev", "0", number, id, "body"});
  }

  asio::io_context io;
  test::TempDir folder;
  std::optional<local::acceptor> acceptor;
  std::optional<RedisProxy> proxy;
  local::socket gateway{io}, redis{io};
  bool ended = false;
};

TEST_F(RedisProxyTest, hands_on_commands_and_replies_and_what_is_published) {
  begin(Lie::none);
  const auto ping = command_of({"PING"});
  say(gateway, ping);
  EXPECT_EQ(read_until(redis, ping.size()), ping);
  say(redis, "+PONG\r\n");
  EXPECT_EQ(read_until(gateway, 7), "+PONG\r\n");
  const auto listen = command_of({"SSUBSCRIBE", "c"});
  say(gateway, listen);
  EXPECT_EQ(read_until(redis, listen.size()), listen);
  const std::string pushes = "*2\r\n+a\r\n:1\r\n*2\r\n+b\r\n:2\r\n";
  say(redis, pushes);
  EXPECT_EQ(read_until(gateway, pushes.size()), pushes);
}

TEST_F(RedisProxyTest, a_lost_reply_is_that_of_a_function_that_was_done_and_takes_its_line_with_it) {
  begin(Lie::none);
  proxy->lose_replies(1);
  const auto both = command_of({"PING"}) + append("1", "id");
  say(gateway, both);
  EXPECT_EQ(read_until(redis, both.size()), both);
  EXPECT_FALSE(ended);
  say(redis, "+PONG\r\n");
  EXPECT_EQ(read_until(gateway, 7), "+PONG\r\n") << "only functions lose theirs";
  say(redis, ":1\r\n");
  EXPECT_EQ(read_until(gateway, 1), "");
  EXPECT_TRUE(ended);
  EXPECT_EQ(proxy->counts().replies_lost, 1u);
}

TEST_F(RedisProxyTest, a_silent_line_holds_both_ways_and_loses_nothing) {
  begin(Lie::none);
  proxy->trouble({.silent = true});
  const auto ping = command_of({"PING"});
  say(gateway, ping);
  io.restart();
  io.run_for(50ms);
  EXPECT_EQ(come(redis), "");
  EXPECT_FALSE(ended);
  proxy->heal();
  EXPECT_EQ(read_until(redis, ping.size()), ping);
}

TEST_F(RedisProxyTest, the_lie_of_another_id_doubles_an_append_and_hides_its_reply) {
  begin(Lie::other_id);
  std::string sent, wanted;
  for (int i = 1; i <= 60; ++i) sent += append(std::to_string(i), "abc");
  say(gateway, sent);
  const auto got = read_until(redis, sent.size() + 1);
  EXPECT_GT(proxy->counts().lies, 0u);
  EXPECT_NE(got.find("cba"), std::string::npos);
  const auto commands = 60 + proxy->counts().lies;
  std::string replies;
  for (std::uint64_t i = 0; i < commands; ++i) replies += ":1\r\n";
  say(redis, replies);
  EXPECT_EQ(read_until(gateway, 240).size(), 240u) << "one reply for each that was asked";
}

TEST_F(RedisProxyTest, the_lie_of_the_early_answer_answers_before_redis_has_it) {
  begin(Lie::early_ack);
  say(gateway, append("1", "id"));
  // No Redis answers HMGET here: the guess is the first seq.
  bool asked = false;
  acceptor->async_accept([&](auto, local::socket side) {
    asked = true;
    side.close();
  });
  const auto reply = read_until(gateway, 8);
  EXPECT_TRUE(reply.starts_with("*4\r\n:1\r\n")) << reply;
  EXPECT_EQ(come(redis), "") << "not yet";
  EXPECT_EQ(read_until(redis, 1), append("1", "id"));
}

}  // namespace
}  // namespace switchboard::chaos
