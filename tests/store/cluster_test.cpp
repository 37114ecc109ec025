// A cluster: shops are spread over its masters, their slots move and their masters die while people talk.
#include <set>

#include "tests/store/failover_fixture.hpp"

namespace switchboard::store {

namespace {

class ClusterTest : public FailoverTest {
 protected:
  explicit ClusterTest(int replicas, int node_timeout_ms = 1000) : redis(3, replicas, node_timeout_ms) {}
  std::string url() const override { return redis.url(); }

  // Vera of several shops, each writes so much.
  void talk(Store& store, unsigned shops, std::uint32_t messages) {
    for (unsigned i = 0; i < shops; ++i) {
      names.push_back("shop-" + std::to_string(i));
      open(store, names.back(), "vera");
      senders.push_back(std::make_unique<Sender>(store, names.back(), "vera", messages));
    }
  }
  void work_until(const std::function<bool()>& done) {
    test::run_until(io, [&] {
      for (auto& sender : senders) sender->push(16);
      return done();
    });
  }
  void finish(Store& store) {
    work_until(
        [&] { return std::ranges::all_of(senders, [](const auto& sender) { return sender->finished(); }); });
    for (std::size_t i = 0; i < senders.size(); ++i) judge(store, names[i], "vera", *senders[i]);
  }

  test::ClusterRedis redis;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Sender>> senders;
};

struct Ears : ChannelListener {
  void on_hint(std::string_view) override { ++hints; }
  void on_resubscribed() override { ++resubscribed; }
  int hints = 0, resubscribed = 0;
};

class Cluster : public ClusterTest {
 protected:
  Cluster() : ClusterTest(0) {}
};

class ClusterWithReplicas : public ClusterTest {
 protected:
  ClusterWithReplicas() : ClusterTest(1) {}
};

}  // namespace

TEST_F(Cluster, M1_M3_shops_are_spread_over_the_masters_and_each_is_whole) {
  const auto store = make_store(0);
  EXPECT_NE(told.find("redis.confirm_replicas is 0"), std::string::npos) << "said at the start";
  RedisSubscriber subscriber(io.get_executor(), options(0), test::test_random(9), keep_report());
  subscriber.start();
  test::run_until(io, [&] { return subscriber.ready(); });
  talk(*store, 9, 100);
  std::vector<Ears> ears(names.size());
  std::set<test::RedisProcess*> owners;
  for (std::size_t i = 0; i < names.size(); ++i) {
    owners.insert(redis.owner("{" + names[i] + "}:"));
    test::run_until(io, [&] {
      return bool(run(io, subscriber.subscribe(channel_conversation(names[i], "c-vera"), ears[i])));
    });
  }
  EXPECT_EQ(owners.size(), 3u) << "the test's shops are on all masters";
  finish(*store);
  for (const auto& one : ears) EXPECT_EQ(one.hints, 100);
  const auto listed = run(io, store->shops());
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->size(), names.size());
  // Every desk reads its shop's events where the shop is.
  for (const auto& name : names) {
    const auto events = run(io, store->events(name, "0-0", 0));
    ASSERT_TRUE(events);
    EXPECT_EQ(events->events.back().kind, Event::Kind::opened);
  }
  subscriber.stop(), store->stop();
}

TEST_F(Cluster, the_library_is_loaded_on_each_master_also_again) {
  const auto store = make_store(0);
  talk(*store, 6, 50);
  for (const auto& one : redis.servers) one->ask({"FUNCTION", "FLUSH"});
  finish(*store);
  for (const auto& one : redis.servers)
    EXPECT_NE(one->ask({"FUNCTION", "LIST"}).find("sb1_append"), std::string::npos);
  store->stop();
}

TEST_F(Cluster, M1_M2_M4_a_slot_that_moves_under_traffic_loses_doubles_and_reorders_nothing) {
  const auto store = make_store(0);
  RedisSubscriber subscriber(io.get_executor(), options(0), test::test_random(9), keep_report());
  subscriber.start();
  talk(*store, 3, 3000);
  Ears ears;
  const auto channel = channel_conversation(names[0], "c-vera");
  test::run_until(io, [&] { return bool(run(io, subscriber.subscribe(channel, ears))); });
  work_until([&] { return senders[0]->acknowledged() > 100; });
  const auto tag = "{" + names[0] + "}:";
  auto* from = redis.owner(tag);
  auto* to = redis.servers[0].get() == from ? redis.servers[1].get() : redis.servers[0].get();
  std::uint32_t before = 0;
  int steps = 0;
  redis.move_slot(redis.slot_of(tag), *from, *to, [&](std::size_t) {
    for (int i = 0; i < 5; ++i) {
      for (auto& sender : senders) sender->push(16);
      test::run_for(io, 5ms);
    }
    if (++steps == 1) before = senders[0]->acknowledged();
    EXPECT_EQ(senders[0]->acknowledged(), before) << "a shop whose slot is on its way stands still";
  });
  EXPECT_GT(steps, 3);
  EXPECT_EQ(redis.owner(tag), to);
  finish(*store);
  EXPECT_GT(ears.resubscribed, 0) << "who listens is told that something may have passed unheard";
  const auto heard = ears.hints;

  store->publish(channel, "L");
  test::run_until(io, [&] { return ears.hints > heard; });
  subscriber.stop(), store->stop();
}

TEST_F(ClusterWithReplicas,
       M1_M2_a_master_killed_under_traffic_is_replaced_and_nothing_acknowledged_is_missing) {
  const auto store = make_store(1);
  RedisSubscriber subscriber(io.get_executor(), options(0), test::test_random(9), keep_report());
  subscriber.start();
  talk(*store, 6, 600);
  Ears ears;
  const auto channel = channel_conversation(names[0], "c-vera");
  test::run_until(io, [&] { return bool(run(io, subscriber.subscribe(channel, ears))); });
  work_until([&] { return senders[0]->acknowledged() > 50; });
  const auto tag = "{" + names[0] + "}:";
  auto* former = redis.owner(tag);
  former->kill_9();
  work_until([&] { return store->presence() == RedisMasters::Presence::partly; });
  std::size_t going_on = 0;
  for (std::size_t i = 0; i < names.size(); ++i) going_on += redis.owner("{" + names[i] + "}:") != nullptr;
  EXPECT_GT(going_on, 0u) << "the shops of other masters go on";
  work_until([&] {
    const auto* now = redis.owner(tag);
    return now && now != former && store->presence() == RedisMasters::Presence::all;
  });
  former->start();  // as a replica: without one nothing would be confirmed any more
  finish(*store);
  EXPECT_EQ(lost_tails, 0);
  const auto heard = ears.hints;
  store->publish(channel, "L");
  test::run_until(io, [&] { return ears.hints > heard; });
  EXPECT_GT(ears.resubscribed, 0);
  test::wait_until([&] { return former->info("role") == "slave"; }, "the old master is a replica");
  subscriber.stop(), store->stop();
}

}  // namespace switchboard::store
