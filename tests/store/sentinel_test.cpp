// Redis behind sentinels: the master is found, followed when it changes, and what it acknowledges its replica
// has, too (fault row 20).
#include "tests/store/failover_fixture.hpp"

namespace switchboard::store {

using namespace std::chrono_literals;
namespace {

class Sentinel : public FailoverTest {
 protected:
  std::string url() const override { return redis.url(); }

  test::SentinelRedis redis{2};
};

}  // namespace

TEST_F(Sentinel,
       M1_M2_a_master_killed_under_traffic_is_replaced_and_nothing_acknowledged_is_missing_or_doubled) {
  const auto store = make_store(1);
  std::vector<std::unique_ptr<Sender>> senders;
  const std::vector<std::string> names{"vera", "wim", "xu"};
  for (const auto& name : names) {
    open(*store, "shop", name);
    senders.push_back(std::make_unique<Sender>(*store, "shop", name, 1500));
  }
  const auto work_until = [&](const std::function<bool()>& done) {
    test::run_until(io, [&] {
      for (auto& sender : senders) sender->push(16);
      return done();
    });
  };
  work_until([&] { return senders[0]->acknowledged() > 100; });
  auto& former = *redis.named();
  former.kill_9();
  work_until([&] { return redis.named() != &former && store->ready(); });
  work_until(
      [&] { return std::ranges::all_of(senders, [](const auto& sender) { return sender->finished(); }); });
  for (std::size_t i = 0; i < senders.size(); ++i) judge(*store, "shop", names[i], *senders[i]);
  EXPECT_EQ(lost_tails, 0);
  store->stop();
}

TEST_F(Sentinel, M1_what_no_replica_has_is_not_acknowledged_nor_is_its_repeat_on_another_connection) {
  const auto store = make_store(1), other = make_store(1);
  open(*store, "shop", "vera");
  EXPECT_TRUE(append(*store, "shop", 1));
  redis.servers[1]->pause(), redis.servers[2]->pause();
  EXPECT_EQ(append(*store, "shop", 2).error(), Refusal::unavailable) << "the outcome is not known";
  EXPECT_EQ(append(*other, "shop", 2).error(), Refusal::unavailable)
      << "a duplicate, but of something uncertain";
  EXPECT_NE(told.find("did not confirm"), std::string::npos);
  redis.servers[1]->resume(), redis.servers[2]->resume();
  std::optional<Answer<Appended>> answer;
  test::run_until(io, [&] {
    answer = append(*store, "shop", 2);
    return bool(*answer);
  });
  EXPECT_EQ((*answer)->seq, 2u);
  EXPECT_TRUE((*answer)->duplicate);
  store->stop(), other->stop();
}

TEST_F(Sentinel, M1_a_failover_to_a_replica_without_the_end_of_the_log_begins_a_new_epoch_once) {
  const auto store = make_store(0);
  EXPECT_NE(told.find("redis.confirm_replicas is 0"), std::string::npos) << "said at the start";
  open(*store, "shop", "vera");
  const auto first = append(*store, "shop", 1);
  ASSERT_TRUE(first);
  auto &master = *redis.servers[0], &replica = *redis.servers[1];
  redis.servers[2]->kill_9();
  test::wait_until([&] { return replica.info("slave_repl_offset") == master.info("master_repl_offset"); },
                   "the replica has that");
  replica.kill_9();
  ASSERT_TRUE(append(*store, "shop", 2)) << "acknowledged, and soon lost";
  master.kill_9();
  replica.start();
  redis.wait_for_failover(master);
  test::run_until(io, [&] { return lost_tails > 0 && store->ready(); });
  EXPECT_EQ(lost_tails, 1);
  const auto again = append(*store, "shop", 2);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->duplicate) << "it was lost, and is there again";
  EXPECT_EQ(again->seq, 2u);
  EXPECT_EQ(run(io, store->new_timeline("shop", first->epoch)).value(), first->epoch + 1);
  EXPECT_EQ(lost_tails, 1);
  store->stop();
}

TEST_F(Sentinel, N1_a_master_that_the_sentinels_have_deposed_is_left_even_if_it_answers) {
  const auto store = make_store(1);
  RedisSubscriber subscriber(io.get_executor(), options(0), test::test_random(9), test::quiet());
  subscriber.start();
  test::run_until(io, [&] { return subscriber.ready(); });
  open(*store, "shop", "vera");
  // The old master sleeps through its own deposition: nobody could tell it, and its connections stand.
  auto& former = *redis.servers[0];
  former.pause();
  auto& now = redis.wait_for_failover(former);
  test::run_until(io, [&] {
    const auto clients = now.ask({"CLIENT", "LIST"});
    return store->ready() && subscriber.ready() && clients.find("name=test") != clients.npos;
  });
  test::run_until(io, [&] { return bool(append(*store, "shop", 1)); });
  former.resume();
  store->stop();
}

TEST_F(Sentinel, N3_without_a_sentinel_that_answers_it_is_said_why_there_is_no_Redis) {
  redis.sentinels[0]->kill_9();
  redis.sentinels[1]->kill_9();
  EXPECT_TRUE(make_store(1)->ready()) << "one sentinel is enough to ask";
  auto wrong = options(1);
  wrong.url.master = "nobody";
  RedisStore store(io.get_executor(), wrong, test::test_random(5),
                   [this](Severity, const std::string& text) { told += text + "\n"; });
  store.start();
  test::run_until(io, [&] { return told.find("knows no master \"nobody\"") != told.npos; });
  EXPECT_FALSE(store.ready());
  store.stop();
}

}  // namespace switchboard::store
