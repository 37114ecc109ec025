// The ground of the contract suite: a private Redis for the test program, a shop of its own for each test.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "server/store/redis_store.hpp"
#include "server/store/redis_subscriber.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

namespace switchboard::store {

using test::run;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    static int shops = 0;
    shop = "shop" + std::to_string(++shops) + "-" + std::to_string(::getpid());
    store.start();
    test::run_until(io, [this] { return store.ready(); });
    apply({{"ann", 2}, {"bea", 1}});
  }
  ~StoreTest() override { store.stop(); }

  static test::PrivateRedis& redis() {
    static test::PrivateRedis instance;
    return instance;
  }

  void apply(std::vector<std::pair<std::string, std::uint32_t>> agents) {
    Store::ShopSettings settings;
    settings.shop = shop;
    settings.text = "settings";
    settings.new_key = "key";
    settings.agents = std::move(agents);
    ASSERT_TRUE(run(io, store.apply_shop(settings)));
  }

  // --- short forms of calls
  Answer<Appended> append(const Append& a) { return append(store, a); }
  Answer<Appended> append(Store& through, const Append& a) {
    std::optional<Answer<Appended>> answer;
    through.append(a, [&](Answer<Appended> got) { answer = std::move(got); });
    test::run_until(io, [&] { return answer.has_value(); });
    return *answer;
  }
  // The views must outlive the Append: literals and named strings do.
  Append said(std::string_view conversation, std::uint32_t number, std::string_view client_id) const {
    Append a;
    a.shop = shop, a.conversation = conversation, a.person = "vera", a.sender = "phone";
    a.number = number, a.client_id = client_id, a.body = "hello";
    return a;
  }
  Answer<Opened> open(const std::string& conversation, const std::string& visitor = "vera",
                      std::vector<std::string> entries = {}, std::uint32_t queue_max = 100) {
    Open o;
    o.shop = shop, o.conversation = conversation, o.visitor = visitor, o.visitor_name = "Vera";
    o.language = "zh", o.skill = "presale", o.queue_max = queue_max, o.entries = entries;
    return run(io, store.open(o));
  }
  ConversationView view(const std::string& conversation) {
    auto answer = run(io, store.load(shop, conversation));
    EXPECT_TRUE(answer);
    return answer ? *answer : ConversationView{};
  }
  AgentView agent(const std::string& id) {
    auto answer = run(io, store.agent(shop, id));
    EXPECT_TRUE(answer);
    return answer ? *answer : AgentView{};
  }
  std::vector<LogEntry> log(const std::string& conversation, std::uint32_t after = 0,
                            std::uint32_t limit = 200) {
    auto answer = run(io, store.read(shop, conversation, after, limit));
    EXPECT_TRUE(answer);
    return answer ? *answer : std::vector<LogEntry>{};
  }
  // The desk of these tests: takes the lease once.
  std::uint64_t lead(const std::string& holder = "desk") {
    auto answer = run(io, store.lease(shop, holder, std::nullopt));
    EXPECT_TRUE(answer && answer->mine);
    return answer ? answer->epoch : 0;
  }
  void enter(const std::string& id, const std::string& session = "s1") {
    ASSERT_TRUE(run(io, store.agent_enter(shop, id, "node-1", session)));
    ASSERT_TRUE(run(io, store.agent_status(shop, id, session, AgentStatus::available, "")));
  }
  Answer<Assigned> offer(std::uint64_t epoch, const std::string& conversation, const std::string& to,
                         std::uint32_t version) {
    return run(io, store.offer({shop, epoch, conversation, to, version, 20'000}));
  }
  Answer<Assigned> accept(const std::string& conversation, const std::string& by, std::uint32_t fence,
                          std::vector<std::string> entries = {}) {
    return run(io, store.accept(shop, conversation, by, fence, entries));
  }
  // opened, offered and accepted; returns the fence
  std::uint32_t serve(const std::string& conversation, const std::string& by,
                      const std::string& visitor = "vera") {
    const auto epoch = lead();
    enter(by);
    EXPECT_TRUE(open(conversation, visitor));
    const auto offered = offer(epoch, conversation, by, 1);
    EXPECT_TRUE(offered);
    if (!offered) return 0;
    EXPECT_TRUE(accept(conversation, by, offered->fence));
    return offered->fence;
  }
  std::vector<Event> events(const std::string& after = "0-0") {
    auto answer = run(io, store.events(shop, after, 0));
    EXPECT_TRUE(answer);
    return answer ? answer->events : std::vector<Event>{};
  }
  std::string kinds(const std::string& after = "0-0") {
    std::string out;
    for (const auto& event : events(after)) out += static_cast<char>(event.kind);
    return out;
  }

  boost::asio::io_context io;
  std::string shop;
  RedisStore store{io.get_executor(), redis().options(), test::test_random(1), test::quiet()};
};

// The refusal of an answer, or nullopt if it was none.
template <class T>
std::optional<Refusal> refusal(const Answer<T>& answer) {
  return answer ? std::nullopt : std::optional(answer.error());
}

}  // namespace switchboard::store
