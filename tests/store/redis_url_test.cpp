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

TEST(RedisUrl, says_what_is_wrong_without_repeating_the_password) {
  for (const std::string text :
       {"", "localhost", "http://host", "redis://", "redis://me@host", "redis://h:0", "redis://h:99999",
        "redis://h/x", "redis://h/1024", "unix://", "unix:relative", "redis://:hunter2@h:1/zero"}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_FALSE(url.error().empty());
    EXPECT_EQ(url.error().find("hunter2"), std::string::npos);
  }
  EXPECT_FALSE(parse_redis_url("unix:///" + std::string(120, 'x')));
}

}  // namespace switchboard::store
