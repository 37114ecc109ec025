#include <gtest/gtest.h>

#include "server/store/redis_options.hpp"

namespace switchboard::store {

TEST(RedisUrl, is_read_in_both_forms) {
  auto url = parse_redis_url("redis://cache.example");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "cache.example");
  EXPECT_EQ(url->port, 6379);
  url = parse_redis_url("redis://me:p%40ss@10.0.0.1:6380/7");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "me");
  EXPECT_EQ(url->password, "p@ss");
  EXPECT_EQ(url->port, 6380);
  EXPECT_EQ(url->database, 7u);
  EXPECT_EQ(url->shown(), "redis://10.0.0.1:6380/7");
  url = parse_redis_url("redis://:secret@[::1]:6380");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->user, "");
  EXPECT_EQ(url->password, "secret");
  url = parse_redis_url("unix:///var/run/redis.sock");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->path, "/var/run/redis.sock");
}

TEST(RedisUrl, names_sentinels_and_their_master) {
  const auto url = parse_redis_url("redis+sentinel://me:p%40s@a.example,[::1]:5000,10.0.0.3/shops/2");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->kind, RedisUrl::Kind::sentinel);
  EXPECT_EQ(url->seeds,
            (std::vector<RedisAddress>{{"a.example", 26379}, {"::1", 5000}, {"10.0.0.3", 26379}}));
  EXPECT_EQ(url->master, "shops");
  EXPECT_EQ(url->user, "me");
  EXPECT_EQ(url->password, "p@s");
  EXPECT_EQ(url->database, 2u);
  EXPECT_EQ(url->shown(), "redis+sentinel://a.example:26379,[::1]:5000,10.0.0.3:26379/shops/2");
  EXPECT_EQ(url->at({"b", 7}).shown(), "redis://b:7/2");
}

TEST(RedisUrl, names_some_nodes_of_a_cluster) {
  const auto url = parse_redis_url("redis+cluster://:secret@a,b:7001");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->kind, RedisUrl::Kind::cluster);
  EXPECT_EQ(url->seeds, (std::vector<RedisAddress>{{"a", 6379}, {"b", 7001}}));
  EXPECT_EQ(url->password, "secret");
  EXPECT_EQ(url->shown(), "redis+cluster://a:6379,b:7001");
}

TEST(RedisUrl, S3_with_rediss_in_the_place_of_redis_is_tls) {
  auto url = parse_redis_url("rediss://me:secret@cache.example/2");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->tls, RedisTls());
  EXPECT_EQ(url->host, "cache.example");
  EXPECT_EQ(url->password, "secret");
  EXPECT_EQ(url->database, 2u);
  EXPECT_EQ(url->shown(), "rediss://cache.example:6379/2");
  url = parse_redis_url(
      "rediss+sentinel://a,b/shops?ca=/etc/a%20b.pem&certificate=/c&key=/k&name=redis.example");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->master, "shops");
  EXPECT_EQ(url->tls, (RedisTls{"/etc/a b.pem", "/c", "/k", "redis.example"}));
  EXPECT_EQ(url->shown(), "rediss+sentinel://a:26379,b:26379/shops");
  EXPECT_EQ(url->at({"c", 7}).tls, url->tls) << "of every server that is found behind it";
  EXPECT_FALSE(parse_redis_url("redis://h")->tls);
}

TEST(RedisUrl, says_what_is_wrong_without_repeating_the_password) {
  for (const std::string text : {"",
                                 "localhost",
                                 "http://host",
                                 "redis://",
                                 "redis://me@host",
                                 "redis://h:0",
                                 "redis://h:99999",
                                 "redis://h/x",
                                 "redis://h/1024",
                                 "unix://",
                                 "unix:relative",
                                 "redis://:hunter2@h:1/zero",
                                 "redis+sentinel://",
                                 "redis+sentinel://h",
                                 "redis+sentinel://h/",
                                 "redis+sentinel://h,/m",
                                 "redis+sentinel://h:0/m",
                                 "redis+sentinel://h/m/x",
                                 "redis+sentinel://u@h/m",
                                 "redis+cluster://",
                                 "redis+cluster://a,",
                                 "redis+cluster://a,b/1",
                                 "redis+cluster://:hunter2@a:x",
                                 "redis://h?ca=/f",
                                 "rediss://",
                                 "rediss://:hunter2@h?colour=red",
                                 "rediss://h?ca",
                                 "rediss://h?ca=",
                                 "rediss://h?certificate=/c",
                                 "rediss://h?key=/k",
                                 "redisss://h",
                                 "rediss+unix:///s"}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_FALSE(url.error().empty());
    EXPECT_EQ(url.error().find("hunter2"), std::string::npos);
  }
  EXPECT_FALSE(parse_redis_url("unix:///" + std::string(120, 'x')));
}

}  // namespace switchboard::store
