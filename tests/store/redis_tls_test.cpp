// S3 between the gateway and Redis: rediss://, and whom it does not talk to.
#include <gtest/gtest.h>

#include "server/store/redis_client.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"
#include "tests/support/tls_redis.hpp"

namespace switchboard::store {
namespace {

using std::chrono::milliseconds;

class RedisTlsTest : public ::testing::Test {
 protected:
  RedisClient& client(const std::string& url) {
    RedisOptions options;
    options.url = *parse_redis_url(url);
    options.backoff_max = milliseconds(100);
    told.clear();
    client_ = std::make_unique<RedisClient>(io.get_executor(), options, test::test_random(1),
                                            [this](Severity severity, const std::string& text) {
                                              if (severity == Severity::warning) told = text;
                                            });
    client_->start();
    return *client_;
  }
  // Why there is no connection.
  std::string refusal(const std::string& url) {
    auto& one = client(url);
    test::run_until(io, [&] { return !told.empty() || one.ready(); });
    return one.ready() ? "there is one" : told;
  }
  std::string echo(RedisClient& one, const std::string& text) {
    test::run_until(io, [&] { return one.ready(); });
    const auto answer = test::run(io, one.ask(Command("ECHO").arg(text).octets()));
    return answer ? std::string(answer->view().text()) : "no answer";
  }

  boost::asio::io_context io;
  test::TlsRedis redis;
  std::string told;

 private:
  std::unique_ptr<RedisClient> client_;
};

TEST_F(RedisTlsTest, S3_commands_of_any_size_pass) {
  auto& one = client(redis.url());
  for (const std::size_t octets : {1u, 1'000u, 16'384u, 16'385u, 1'000'000u}) {
    const std::string text(octets, 'x');
    EXPECT_TRUE(echo(one, text) == text) << octets;
  }
  EXPECT_EQ(redis.process().info("total_connections_received").empty(), false);
}

TEST_F(RedisTlsTest, S3_who_is_not_believed_is_not_talked_to_and_it_is_said_why) {
  const auto other = redis.url("ca=" + redis.file("us.pem") + "&" + redis.ours() + "&name=redis.test");
  EXPECT_NE(refusal(other).find("self-signed"), std::string::npos) << told;
  const auto by_address = redis.url(redis.ca() + "&" + redis.ours());
  EXPECT_NE(refusal(by_address).find("not for 127.0.0.1"), std::string::npos) << told;
  const auto by_name = redis.url(redis.ca() + "&" + redis.ours() + "&name=redis.example");
  EXPECT_NE(refusal(by_name).find("not for redis.example"), std::string::npos) << told;
  const auto by_the_system = redis.url(redis.ours() + "&name=redis.test");
  EXPECT_NE(refusal(by_the_system).find("not believed"), std::string::npos) << told;
}

TEST_F(RedisTlsTest, S3_who_shows_nothing_is_refused_by_redis_and_hears_it) {
  EXPECT_NE(refusal(redis.url(redis.ca() + "&name=redis.test")).find("certificate required"),
            std::string::npos)
      << told;
}

TEST_F(RedisTlsTest, S3_plain_and_tls_do_not_mix) {
  auto plain = redis.url("");
  plain = "redis" + plain.substr(6, plain.find('?') - 6);
  EXPECT_NE(refusal(plain).find("no Redis at " + plain), std::string::npos) << told;
  const auto to_plain = "rediss://" + redis.process().address() + "?" + redis.ca();
  EXPECT_NE(refusal(to_plain).find("in the TLS handshake"), std::string::npos) << told;
}

TEST_F(RedisTlsTest, S3_renewed_files_need_no_restart) {
  auto& one = client(redis.url());
  EXPECT_EQ(echo(one, "before"), "before");
  redis.renew(test::TlsRedis::name);
  test::run_until(io, [&] { return one.connections() == 2; });
  EXPECT_EQ(echo(one, "after"), "after");
}

TEST_F(RedisTlsTest, S3_files_that_cannot_be_used_are_named_before_anything_is_tried) {
  for (const std::string query :
       {"ca=/nowhere/ca.pem", "certificate=/nowhere/us.pem&key=/nowhere/us.key", "ca=/dev/null"}) {
    const auto why = refusal_of_files(*parse_redis_url("rediss://h?" + query));
    EXPECT_NE(why.find(query.substr(query.find('/'), query.find('&') - query.find('/'))), std::string::npos)
        << why;
  }
  const auto mixed = "certificate=" + redis.file("us.pem") + "&key=" + redis.file("redis.key");
  EXPECT_NE(refusal_of_files(*parse_redis_url("rediss://h?" + mixed)).find("redis.key"), std::string::npos);
  EXPECT_EQ(refusal_of_files(*parse_redis_url(redis.url())), "");
  EXPECT_EQ(refusal_of_files(*parse_redis_url("rediss://h")), "") << "whom the system believes";
}

}  // namespace
}  // namespace switchboard::store
