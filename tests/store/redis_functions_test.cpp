// The library in Redis: loaded, replaced, missing, refused. Fault row 18.
#include "server/store/redis_functions.hpp"

#include "tests/store/fake_redis.hpp"
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using test::FakeRedis;

using Library = StoreTest;

TEST_F(Library, that_was_flushed_is_loaded_again_and_no_call_is_lost_or_reordered) {
  ASSERT_TRUE(open("c1"));
  RedisClient raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
  raw.start();
  test::run_until(io, [&] { return raw.ready(); });
  ASSERT_TRUE(run(io, raw.ask(Command("FUNCTION").arg("FLUSH").octets())));
  std::vector<std::uint32_t> seqs;
  std::vector<std::string> ids;
  for (int n = 0; n < 50; ++n) ids.push_back("id-" + std::to_string(n));
  for (std::uint32_t n = 0; n < 50; ++n)
    store.append(said("c1", n + 1, ids[n]), [&](Answer<Appended> a) { seqs.push_back(a ? a->seq : 0); });
  test::run_until(io, [&] { return seqs.size() == 50; });
  for (std::uint32_t n = 0; n < 50; ++n) EXPECT_EQ(seqs[n], n + 1);
}

TEST_F(Library, of_an_older_revision_is_replaced_and_a_newer_one_is_left_alone) {
  RedisClient raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
  raw.start();
  test::run_until(io, [&] { return raw.ready(); });
  const auto put = [&](int revision) {
    const std::string text =
        "#!lua name=sb1\nredis.register_function{function_name='sb1_rev', callback=function() return " +
        std::to_string(revision) + " end, flags={'no-writes'}}";
    const auto answer = run(io, raw.ask(Command("FUNCTION").arg("LOAD").arg("REPLACE").arg(text).octets()));
    ASSERT_TRUE(answer && !answer->view().is_error());
  };
  const auto revision = [&] {
    return run(io, raw.ask(Command("FCALL").arg("sb1_rev").arg("0").octets()))->view().integer();
  };
  put(0);
  EXPECT_EQ(run(io, load_library(raw, false)), "");
  EXPECT_EQ(revision(), library_revision());
  put(1'000'000);
  EXPECT_EQ(run(io, load_library(raw, false)), "");
  EXPECT_EQ(revision(), 1'000'000);
  ASSERT_TRUE(run(io, raw.ask(Command("FUNCTION").arg("FLUSH").octets())));
  EXPECT_EQ(run(io, load_library(raw, false)), "");
  EXPECT_EQ(revision(), library_revision());
}

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// A gateway's store on a Redis that answers functions with `reply`.
Refusal answer_of_append_when_redis_says(const std::string& reply) {
  boost::asio::io_context io;
  FakeRedis fake(io, [&](const FakeRedis::Words& words) -> std::string {
    if (auto hello = FakeRedis::greeting(words); !hello.empty()) return hello;
    if (words[0] == "INFO") return bulk("redis_version:7.0.15\r\naof_enabled:1\r\nmaxmemory:1\r\n");
    if (words[0] == "CONFIG") return "*2\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n";
    if (words[0] == "TIME") return "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n";
    if (words[0] == "FCALL" && words[1] == "sb1_rev") return ":1000\r\n";
    return reply;
  });
  RedisStore store(io.get_executor(), fake.options(), test::test_random(1), test::quiet());
  store.start();
  test::run_until(io, [&] { return store.ready(); });
  std::optional<Answer<Appended>> answer;
  Append a;
  a.shop = "s", a.conversation = "c", a.person = "v", a.sender = "d", a.number = 1, a.client_id = "i";
  store.append(a, [&](Answer<Appended> got) { answer = got; });
  test::run_until(io, [&] { return answer.has_value(); });
  EXPECT_FALSE(*answer) << reply;
  return *answer ? Refusal::invalid : answer->error();
}

TEST(ErrorReplies, are_never_success_and_never_a_definite_refusal) {
  for (const char* error :
       {"-LOADING x\r\n", "-BUSY x\r\n", "-OOM x\r\n", "-MISCONF x\r\n", "-READONLY x\r\n",
        "-NOREPLICAS x\r\n", "-CLUSTERDOWN x\r\n", "-MASTERDOWN x\r\n", "-TRYAGAIN x\r\n", "-MOVED 1 h:1\r\n",
        "-ASK 1 h:1\r\n", "-NOSCRIPT x\r\n", "-ERR Function not found\r\n"})
    EXPECT_EQ(answer_of_append_when_redis_says(error), Refusal::busy) << error;
  for (const char* odd :
       {"-ERR something new\r\n", "$-1\r\n", "+OK\r\n", "*0\r\n", "*4\r\n$1\r\nx\r\n:1\r\n:1\r\n:0\r\n",
        "*4\r\n:0\r\n:1\r\n:1\r\n:0\r\n", ":5\r\n", ":-99\r\n"})
    EXPECT_EQ(answer_of_append_when_redis_says(odd), Refusal::unavailable) << odd;
}

// Fault row 16.
TEST(Memory, at_its_limit_refuses_writes_as_busy_and_lets_reading_and_closing_go_on) {
  RedisServerOptions small;
  small.memory_octets_max = 6 << 20;
  test::PrivateRedis redis(small);
  boost::asio::io_context io;
  RedisStore store(io.get_executor(), redis.options(), test::test_random(1), test::quiet());
  store.start();
  test::run_until(io, [&] { return store.ready(); });
  Store::ShopSettings settings;
  settings.shop = "s", settings.text = "t", settings.new_key = "k";
  ASSERT_TRUE(test::run(io, store.apply_shop(settings)));
  Open o;
  o.shop = "s", o.conversation = "c", o.visitor = "v";
  ASSERT_TRUE(test::run(io, store.open(o)));
  const std::string body(60'000, 'x');
  std::optional<Refusal> refused;
  std::uint32_t taken = 0;
  for (std::uint32_t n = 1; n <= 1000 && !refused; ++n) {
    std::optional<Answer<Appended>> answer;
    Append a;
    const std::string id = std::to_string(n);
    a.shop = "s", a.conversation = "c", a.person = "v", a.sender = "d", a.number = n, a.client_id = id,
    a.body = body;
    store.append(a, [&](Answer<Appended> got) { answer = got; });
    test::run_until(io, [&] { return answer.has_value(); });
    refused = refusal(*answer);
    taken += *answer ? 1 : 0;
  }
  EXPECT_EQ(refused, Refusal::busy);
  EXPECT_EQ(test::run(io, store.load("s", "c"))->head, taken);
  EXPECT_TRUE(test::run(io, store.read("s", "c", taken - 1, 10)));
  EXPECT_TRUE(test::run(io, store.close("s", "c", Role::visitor, "v", "left", {})));
}

}  // namespace switchboard::store
