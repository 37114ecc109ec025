// The ground of tests on a Redis of several servers: stores of the test's own, and short forms of their
// calls.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <string>
#include <vector>

#include "server/store/redis_store.hpp"
#include "server/store/redis_subscriber.hpp"
#include "tests/store/sender.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/redis_processes.hpp"
#include "tests/support/run.hpp"

namespace switchboard::store {

using namespace std::chrono_literals;
using test::run;

class FailoverTest : public ::testing::Test {
 protected:
  virtual std::string url() const = 0;

  RedisOptions options(unsigned confirm_replicas) const {
    RedisOptions options;
    options.url = *parse_redis_url(url());
    options.name = "test";
    options.topology_every = 300ms;
    options.confirm_replicas = confirm_replicas;
    options.confirm_timeout = 300ms;
    options.backoff_max = 200ms;
    return options;
  }
  Report keep_report() {
    return [this](Severity, const std::string& text) { told += text + "\n"; };
  }
  std::unique_ptr<RedisStore> make_store(unsigned confirm_replicas) {
    auto store = std::make_unique<RedisStore>(io.get_executor(), options(confirm_replicas),
                                              test::test_random(++stores), keep_report());
    store->on_lost_tail([this](std::string_view) { ++lost_tails; });
    store->start();
    test::run_until(io, [&] { return store->presence() == RedisMasters::Presence::all; });
    return store;
  }
  // The shop, and a conversation c-<visitor>. Repeated until it is confirmed.
  void open(Store& store, const std::string& shop, const std::string& visitor) {
    Store::ShopSettings settings;
    settings.shop = shop, settings.text = "settings", settings.new_key = "key";
    test::run_until(io, [&] { return bool(run(io, store.apply_shop(settings))); });
    const std::string conversation = "c-" + visitor;
    Open o;
    o.shop = shop, o.conversation = conversation, o.visitor = visitor;
    test::run_until(io, [&] { return bool(run(io, store.open(o))); });
  }
  // Vera's.
  Answer<Appended> append(Store& store, const std::string& shop, std::uint32_t number) {
    const std::string id = "id-" + std::to_string(number);
    Append a;
    a.shop = shop, a.conversation = "c-vera", a.person = "vera", a.sender = "phone";
    a.number = number, a.client_id = id, a.body = id;
    std::optional<Answer<Appended>> answer;
    store.append(a, [&](Answer<Appended> got) { answer = std::move(got); });
    test::run_until(io, [&] { return answer.has_value(); });
    return *answer;
  }
  std::vector<LogEntry> log(Store& store, const std::string& shop, const std::string& visitor) {
    std::vector<LogEntry> all;
    for (;;) {
      auto page = run(io, store.read(shop, "c-" + visitor, static_cast<std::uint32_t>(all.size()), 200));
      EXPECT_TRUE(page);
      if (!page || page->empty()) return all;
      all.insert(all.end(), page->begin(), page->end());
    }
  }
  // Each message once, in the sender's order, at the seq that was acknowledged.
  void judge(Store& store, const std::string& shop, const std::string& visitor, const Sender& sender) {
    const auto kept = log(store, shop, visitor);
    ASSERT_EQ(kept.size() + 1, sender.seqs.size());
    for (std::uint32_t n = 1; n <= kept.size(); ++n) {
      EXPECT_EQ(kept[n - 1].number, n);
      EXPECT_EQ(sender.seqs[n], kept[n - 1].seq);
    }
  }

  boost::asio::io_context io;
  std::string told;
  int lost_tails = 0;
  unsigned stores = 0;
};

}  // namespace switchboard::store
