// Subscriptions: what is heard, and that nothing is missed without being told. Fault row 19.
#include "server/store/redis_subscriber.hpp"

#include "tests/store/fake_redis.hpp"
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using std::chrono::milliseconds;
using test::FakeRedis;

namespace {

struct Ear : ChannelListener {
  void on_hint(std::string_view message) override {
    heard.emplace_back(message);
    if (then) then();
  }
  void on_resubscribed() override { ++resubscribed; }
  std::vector<std::string> heard;
  int resubscribed = 0;
  std::function<void()> then;
};

class SubscriberTest : public StoreTest {
 protected:
  SubscriberTest() {
    subscriber.start();
    test::run_until(io, [this] { return subscriber.ready(); });
  }
  ~SubscriberTest() override { subscriber.stop(); }
  void listen(const std::string& channel, Ear& ear) {
    ASSERT_TRUE(run(io, subscriber.subscribe(channel, ear)));
  }
  void cut() {
    RedisClient raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
    raw.start();
    test::run_until(io, [&] { return raw.ready(); });
    ASSERT_TRUE(run(io, raw.ask(Command("CLIENT").arg("KILL").arg("TYPE").arg("pubsub").octets())));
  }
  RedisSubscriber subscriber{io.get_executor(), redis().options("ears"), test::test_random(2), test::quiet()};
};

}  // namespace

using Hints = SubscriberTest;

TEST_F(Hints, carry_each_entry_whole_and_each_change_of_state) {
  Ear ear;
  listen(channel_conversation(shop, "c1"), ear);
  ASSERT_TRUE(open("c1", "vera", {"welcome"}));
  ASSERT_TRUE(append(said("c1", 1, "id:1")));
  test::run_until(io, [&] { return ear.heard.size() == 3; });
  ASSERT_EQ(ear.heard[0].substr(0, 1), "E");
  const auto welcome = parse_entry(ear.heard[0].substr(1));
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->seq, 1u);
  EXPECT_EQ(welcome->body, "welcome");
  EXPECT_EQ(ear.heard[1].substr(0, 1), "S");
  const auto entry = parse_entry(ear.heard[2].substr(1));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->seq, 2u);
  EXPECT_EQ(entry->sender, "phone");
  EXPECT_EQ(entry->number, 1u);
  EXPECT_EQ(entry->client_id, "id:1");
  EXPECT_EQ(entry->body, "hello");
  EXPECT_EQ(entry->time, log("c1")[1].time);
}

TEST_F(Hints, tell_the_agent_of_every_change_that_concerns_her) {
  const auto epoch = lead();
  Ear ear;
  listen(channel_agent(shop, "ann"), ear);
  enter("ann");
  test::run_until(io, [&] { return ear.heard.size() == 2; });
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"A", "A"}));
  ear.heard.clear();
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  ASSERT_TRUE(run(io, store.requeue(shop, epoch, "c1", 2, "missed", {})));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 3));
  ASSERT_TRUE(accept("c1", "ann", 2));
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  ASSERT_TRUE(run(io, store.agent_enter(shop, "ann", "node-2", "s2")));
  test::run_until(io, [&] { return ear.heard.size() == 6; });
  EXPECT_EQ(ear.heard, (std::vector<std::string>{"Ac1", "Ac1", "Ac1", "Ac1", "Ac1", "A"}));
}

TEST_F(Hints, carry_read_marks_settings_free_places_and_what_others_publish) {
  serve("c1", "ann");
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  Ear conversation, settings, places;
  listen(channel_conversation(shop, "c1"), conversation);
  listen(channel_shop(shop), settings);
  listen(channel_availability(shop), places);
  ASSERT_TRUE(run(io, store.mark_read(shop, "c1", Role::agent, "ann", 1)));
  ASSERT_TRUE(run(io, store.mark_read(shop, "c1", Role::agent, "ann", 1)));  // nothing new, nothing said
  store.publish(channel_conversation(shop, "c1"), "Ltyping");
  apply({{"ann", 5}});
  ASSERT_TRUE(run(io, store.put_availability(shop, "2 free")));
  test::run_until(io, [&] { return conversation.heard.size() == 2 && places.heard.size() == 1; });
  const auto mark = parse_read_mark(conversation.heard[0].substr(1));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->role, Role::agent);
  EXPECT_EQ(mark->seq, 1u);
  EXPECT_EQ(conversation.heard[1], "Ltyping");
  EXPECT_EQ(settings.heard, std::vector<std::string>{"S2"});
  EXPECT_EQ(places.heard, std::vector<std::string>{"L2 free"});
}

TEST_F(Hints, reach_every_listener_of_a_channel_until_it_leaves) {
  Ear first, second;
  const std::string channel = channel_conversation(shop, "c1");
  listen(channel, first);
  listen(channel, second);
  store.publish(channel, "L1");
  test::run_until(io, [&] { return first.heard.size() == 1 && second.heard.size() == 1; });
  first.then = [&] { subscriber.unsubscribe(channel, first); };  // leaves while it is being told
  store.publish(channel, "L2");
  store.publish(channel, "L3");
  test::run_until(io, [&] { return second.heard.size() == 3; });
  EXPECT_EQ(first.heard.size(), 2u);
  subscriber.unsubscribe(channel, second);
  test::run_for(io, milliseconds(20));
  store.publish(channel, "L4");
  listen(channel, first);  // again, after Redis was told to forget
  first.then = nullptr;
  store.publish(channel, "L5");
  test::run_until(io, [&] { return first.heard.size() == 3; });
  EXPECT_EQ(first.heard.back(), "L5");
  EXPECT_EQ(second.heard.size(), 3u);
}

TEST_F(Hints, survive_leaving_and_coming_back_within_one_turn) {
  Ear ear;
  const std::string channel = channel_conversation(shop, "c1");
  listen(channel, ear);
  for (int i = 0; i < 3; ++i) {
    subscriber.unsubscribe(channel, ear);
    listen(channel, ear);
  }
  store.publish(channel, "L1");
  test::run_until(io, [&] { return ear.heard.size() == 1; });
  test::run_for(io, milliseconds(20));
  EXPECT_EQ(ear.heard.size(), 1u);
}

TEST_F(Hints, M4_after_a_cut_are_heard_again_and_the_cut_is_told) {
  std::vector<std::unique_ptr<Ear>> ears;
  for (int i = 0; i < 250; ++i) {  // more than two commands can carry
    ears.push_back(std::make_unique<Ear>());
    listen(channel_conversation(shop, "c" + std::to_string(i)), *ears.back());
  }
  cut();
  test::run_until(io, [&] {
    return std::all_of(ears.begin(), ears.end(), [](const auto& ear) { return ear->resubscribed == 1; });
  });
  for (int i = 0; i < 250; ++i) store.publish(channel_conversation(shop, "c" + std::to_string(i)), "L");
  test::run_until(io, [&] {
    return std::all_of(ears.begin(), ears.end(), [](const auto& ear) { return ear->heard.size() == 1; });
  });
}

TEST(Subscriber, that_finds_no_Redis_answers_unavailable_and_subscribes_later) {
  boost::asio::io_context io;
  test::PrivateRedis redis;
  RedisSubscriber subscriber(io.get_executor(), redis.options(), test::test_random(1), test::quiet());
  Ear ear;
  EXPECT_EQ(refusal(test::run(io, subscriber.subscribe("{s}:c:1", ear))), Refusal::unavailable);
  subscriber.start();
  test::run_until(io, [&] { return ear.resubscribed == 1; });
  subscriber.stop();
  EXPECT_EQ(refusal(test::run(io, subscriber.subscribe("{s}:c:2", ear))), Refusal::unavailable);
}

TEST(Subscriber, gives_up_a_connection_that_does_not_answer_subscriptions_or_PING) {
  boost::asio::io_context io;
  bool silent = false;
  FakeRedis fake(io, [&](const FakeRedis::Words& words) -> std::string {
    if (silent) return {};
    if (words[0] == "SSUBSCRIBE") {
      std::string out;
      for (std::size_t i = 1; i < words.size(); ++i)
        out += "*3\r\n$10\r\nssubscribe\r\n$" + std::to_string(words[i].size()) + "\r\n" + words[i] +
               "\r\n:1\r\n";
      return out;
    }
    return FakeRedis::greeting(words);
  });
  fake.split = true;
  auto options = fake.options();
  options.command_timeout = milliseconds(100), options.ping_every = milliseconds(50);
  RedisSubscriber subscriber(io.get_executor(), options, test::test_random(1), test::quiet());
  subscriber.start();
  test::run_until(io, [&] { return subscriber.ready(); });
  Ear ear, late;
  ASSERT_TRUE(test::run(io, subscriber.subscribe("{s}:c:1", ear)));
  silent = true;
  EXPECT_EQ(refusal(test::run(io, subscriber.subscribe("{s}:c:2", late))), Refusal::unavailable);
  silent = false;
  test::run_until(io, [&] { return ear.resubscribed == 1 && late.resubscribed == 1; });
  silent = true;  // now by PING alone
  test::run_until(io, [&] { return !subscriber.ready(); });
  silent = false;
  test::run_until(io, [&] { return ear.resubscribed == 2; });
}

TEST(Subscriber, subscribes_again_when_its_slot_has_moved) {
  boost::asio::io_context io;
  FakeRedis fake(io, [](const FakeRedis::Words& words) -> std::string {
    if (words[0] == "SSUBSCRIBE") return "*3\r\n$10\r\nssubscribe\r\n$7\r\n{s}:c:1\r\n:1\r\n";
    return FakeRedis::greeting(words);
  });
  RedisSubscriber subscriber(io.get_executor(), fake.options(), test::test_random(1), test::quiet());
  subscriber.start();
  test::run_until(io, [&] { return subscriber.ready(); });
  Ear ear;
  ASSERT_TRUE(test::run(io, subscriber.subscribe("{s}:c:1", ear)));
  boost::asio::co_spawn(io, fake.say("*3\r\n$12\r\nsunsubscribe\r\n$7\r\n{s}:c:1\r\n:0\r\n"),
                        boost::asio::detached);
  test::run_until(io, [&] { return ear.resubscribed == 1; });
  EXPECT_EQ(fake.connections, 1);
}

TEST(HintParsers, refuse_what_is_not_well_formed) {
  EXPECT_TRUE(parse_entry("1:2:3:1:1:sc"));
  for (const char* text : {"", "1", "1:2:3:1:1:s", "0:2:3:0:0:", "x:2:3:0:0:", "1:2:3:9:0:s", "-1:2:3:0:0:",
                           "99999999999:2:3:0:0:", "1:2:3:18446744073709551615:1:", "1:2:3:0:0"})
    EXPECT_FALSE(parse_entry(text)) << text;
  EXPECT_TRUE(parse_read_mark("v7"));
  for (const char* text : {"", "v", "s1", "v-1", "a1x", "a99999999999"})
    EXPECT_FALSE(parse_read_mark(text)) << text;
}

}  // namespace switchboard::store
