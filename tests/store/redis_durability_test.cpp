// What a Redis says about itself, and what we make of it (M1; fault row 11).
#include "server/store/redis_durability.hpp"

#include <gtest/gtest.h>

#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

namespace {

using Settings = std::map<std::string, std::string, std::less<>>;
const std::string good_info =
    "# Server\r\nredis_version:7.0.15\r\nrole:master\r\naof_enabled:1\r\nmaxmemory:100\r\n"
    "maxmemory_policy:noeviction\r\nconnected_slaves:0\r\n";
const Settings good_settings = {{"appendfsync", "always"}, {"maxmemory-policy", "noeviction"}};

std::string with(std::string info, const std::string& from, const std::string& to) {
  return info.replace(info.find(from), from.size(), to);
}

}  // namespace

TEST(Durability, M1_is_promised_with_appendfsync_always_alone) {
  const auto good = judge_durability(good_info, good_settings);
  EXPECT_TRUE(good.promises_kept);
  EXPECT_TRUE(good.warnings.empty());
  EXPECT_EQ(good.refusal, "");
  EXPECT_EQ(good.version, "7.0.15");

  const auto everysec = judge_durability(good_info, {{"appendfsync", "everysec"}});
  EXPECT_FALSE(everysec.promises_kept);
  EXPECT_NE(everysec.warnings.at(0).find("everysec"), std::string::npos);
  EXPECT_FALSE(judge_durability(good_info, {}).promises_kept);  // CONFIG GET is not allowed
  EXPECT_FALSE(
      judge_durability(with(good_info, "aof_enabled:1", "aof_enabled:0"), good_settings).promises_kept);
}

TEST(Durability, refuses_eviction_old_versions_and_replicas) {
  Settings evicting = good_settings;
  evicting["maxmemory-policy"] = "allkeys-lru";
  EXPECT_NE(judge_durability(good_info, evicting).refusal, "");
  EXPECT_NE(judge_durability(with(good_info, "noeviction", "volatile-ttl"), {}).refusal, "");
  EXPECT_NE(judge_durability(with(good_info, "7.0.15", "6.2.14"), good_settings).refusal, "");
  EXPECT_EQ(judge_durability(with(good_info, "7.0.15", "8.0.1"), good_settings).refusal, "");
  EXPECT_NE(judge_durability(with(good_info, "role:master", "role:slave"), good_settings).refusal, "");
  EXPECT_NE(judge_durability("", {}).refusal, "");
}

TEST(Durability, warns_without_a_limit_of_memory) {
  const auto found = judge_durability(with(good_info, "maxmemory:100", "maxmemory:0"), good_settings);
  EXPECT_TRUE(found.promises_kept);
  EXPECT_EQ(found.warnings.size(), 1u);
}

using OwnRedis = StoreTest;

TEST_F(OwnRedis, keeps_the_promises) {
  EXPECT_TRUE(store.durability().promises_kept);
  EXPECT_TRUE(store.durability().warnings.empty());
}

TEST(ForeignRedis, that_is_weak_is_named_loudly_and_one_that_evicts_is_refused) {
  RedisServerOptions weak;
  weak.appendfsync = "everysec";
  test::PrivateRedis redis(weak);
  boost::asio::io_context io;
  std::vector<std::string> said;
  RedisStore store(io.get_executor(), redis.options(), test::test_random(1),
                   [&](Severity severity, const std::string& text) {
                     if (severity != Severity::info) said.push_back(text);
                   });
  store.start();
  test::run_until(io, [&] { return store.ready(); });
  EXPECT_FALSE(store.durability().promises_kept);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("everysec"), std::string::npos);

  RedisClient raw(io.get_executor(), redis.options("raw"), test::test_random(1), test::quiet());
  raw.start();
  test::run_until(io, [&] { return raw.ready(); });
  ASSERT_TRUE(test::run(
      io, raw.ask(Command("CONFIG").arg("SET").arg("maxmemory-policy").arg("allkeys-lru").octets())));
  RedisStore refused(io.get_executor(), redis.options(), test::test_random(1), test::quiet());
  refused.start();
  test::run_until(io, [&] { return refused.durability().known; });
  test::run_for(io, std::chrono::milliseconds(50));
  EXPECT_FALSE(refused.ready());
  EXPECT_NE(refused.durability().refusal.find("allkeys-lru"), std::string::npos);
}

}  // namespace switchboard::store
