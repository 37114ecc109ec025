// M1, M2, M3, N3 under kill -9 and SIGSTOP of Redis in the middle of pipelined appends (fault rows 9 and 15).
#include <algorithm>
#include <random>

#include "tests/store/sender.hpp"
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using std::chrono::milliseconds;

namespace {

constexpr unsigned seed = 20261;  // of the moments of the faults; change it to look further

// Of each sender. More than can be acknowledged before the last fault, however many are answered at once:
// beyond the goal of a round at most a window of each.
constexpr std::uint32_t messages = 2000;
constexpr std::uint32_t window = 32;

class Faults : public StoreTest {
 protected:
  Faults() {
    for (const std::string name : {"vera", "wim", "xu", "yan"}) {
      EXPECT_TRUE(open("c-" + name, name));
      names.push_back(name);
      senders.push_back(std::make_unique<Sender>(store, shop, name, messages));
    }
  }
  ~Faults() override { store.stop(); }  // before the senders go

  std::uint32_t acknowledged() const {
    std::uint32_t sum = 0;
    for (const auto& sender : senders) sum += sender->acknowledged();
    return sum;
  }
  void work_until(const std::function<bool()>& ready) {
    test::run_until(io, [&] {
      for (auto& sender : senders) sender->push(window);
      return ready();
    });
  }
  void work_until_acknowledged(std::uint32_t more) {
    const auto goal = acknowledged() + more;
    work_until([&] { return acknowledged() >= goal; });
  }
  void finish_and_check() {
    work_until([&] {
      return std::all_of(senders.begin(), senders.end(), [](auto& one) { return one->finished(); });
    });
    for (std::size_t i = 0; i < senders.size(); ++i) {
      std::vector<LogEntry> entries;
      for (auto page = log("c-" + names[i]); !page.empty(); page = log("c-" + names[i], entries.back().seq))
        entries.insert(entries.end(), page.begin(), page.end());
      ASSERT_EQ(entries.size(), senders[i]->seqs.size() - 1);  // nothing lost, nothing doubled
      for (std::size_t n = 0; n < entries.size(); ++n) {
        EXPECT_EQ(entries[n].seq, n + 1);
        EXPECT_EQ(entries[n].number, n + 1);  // in the order in which she sent them
        EXPECT_EQ(senders[i]->seqs.at(entries[n].number), entries[n].seq);
      }
    }
  }

  std::vector<std::string> names;
  std::vector<std::unique_ptr<Sender>> senders;
};

}  // namespace

TEST_F(Faults, M1_kill_9_of_Redis_loses_nothing_acknowledged_and_doubles_nothing) {
  std::mt19937 chance(seed);
  for (int round = 0; round < 5; ++round) {
    work_until_acknowledged(100 + chance() % 500);
    test::run_for(io, milliseconds(chance() % 3));
    redis().kill_9();
  }
  finish_and_check();
}

TEST_F(Faults, N3_a_stopped_Redis_is_unavailable_within_the_limit_and_all_goes_on_afterwards) {
  work_until([&] { return acknowledged() >= 200; });
  redis().pause();
  for (auto& sender : senders) sender->push(window);
  const auto since = std::chrono::steady_clock::now();
  test::run_until(io, [&] { return !store.ready(); });
  const auto took = std::chrono::steady_clock::now() - since;
  EXPECT_LT(took, redis().options().command_timeout * 4);  // generous: the machine may be busy
  for (const auto& sender : senders) EXPECT_EQ(sender->under_way(), 0);
  const auto refused = run(io, store.load(shop, "c-vera"));
  EXPECT_EQ(refusal(refused), Refusal::unavailable);
  redis().resume();
  finish_and_check();
}

TEST_F(Faults, M2_repeats_after_a_cut_connection_find_their_first_seq) {
  std::mt19937 chance(seed);
  RedisClient raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
  raw.start();
  test::run_until(io, [&] { return raw.ready(); });
  for (int round = 0; round < 20; ++round) {
    work_until_acknowledged(20 + chance() % 100);
    (void)run(
        io,
        raw.ask(Command("CLIENT").arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes").octets()));
  }
  finish_and_check();
}

// Fault row 18: it says READONLY from one moment to the next.
TEST(Demoted, N3_a_Redis_that_became_a_replica_is_left_and_taken_up_again_as_a_master) {
  test::PrivateRedis redis;
  boost::asio::io_context io;
  RedisStore store(io.get_executor(), redis.options(), test::test_random(1), test::quiet());
  RedisClient raw(io.get_executor(), redis.options("raw"), test::test_random(3), test::quiet());
  store.start();
  raw.start();
  test::run_until(io, [&] { return store.ready() && raw.ready(); });
  Store::ShopSettings settings;
  settings.shop = "s", settings.text = "t", settings.new_key = "k";
  ASSERT_TRUE(test::run(io, store.apply_shop(settings)));
  Open o;
  o.shop = "s", o.conversation = "c", o.visitor = "v";
  ASSERT_TRUE(test::run(io, raw.ask(Command("REPLICAOF").arg("127.0.0.1").arg("1").octets())));
  EXPECT_EQ(refusal(test::run(io, store.open(o))), Refusal::busy) << "nothing was done";
  test::run_until(io, [&] { return !store.durability().refusal.empty(); });
  EXPECT_FALSE(store.ready());
  EXPECT_EQ(refusal(test::run(io, store.open(o))), Refusal::unavailable);
  ASSERT_TRUE(test::run(io, raw.ask(Command("REPLICAOF").arg("NO").arg("ONE").octets())));
  test::run_until(io, [&] { return store.ready(); });
  EXPECT_FALSE(test::run(io, store.open(o))->existing);
  store.stop();
  raw.stop();
}

}  // namespace switchboard::store
