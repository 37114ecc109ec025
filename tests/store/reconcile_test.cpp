// R1, R2: what is kept in two places agrees; what somebody damaged by hand is found, mended and counted.
#include <set>

#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

class Reconcile : public StoreTest {
 protected:
  Reconcile() : raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet()) {
    raw.start();
    test::run_until(io, [&] { return raw.ready(); });
    epoch = lead();
    enter("ann");
    for (int i = 1; i <= 4; ++i) EXPECT_TRUE(open("c" + std::to_string(i), "v" + std::to_string(i)));
    EXPECT_TRUE(offer(epoch, "c1", "ann", 1));
    EXPECT_TRUE(offer(epoch, "c2", "ann", 1));
    EXPECT_TRUE(accept("c2", "ann", 1));
    EXPECT_TRUE(run(io, store.close(shop, "c4", Role::visitor, "v4", "left", {})));
    EXPECT_EQ(look_through(), 0u) << "nothing disagrees before the damage";
  }
  ~Reconcile() override { raw.stop(); }

  std::string key(const std::string& name) const { return "{" + shop + "}:" + name; }
  // A command of somebody who has no business here.
  void damage(std::initializer_list<std::string> words) {
    Command command(*words.begin());
    for (auto word = words.begin() + 1; word != words.end(); ++word) command.arg(*word);
    const auto reply = run(io, raw.ask(command.octets()));
    ASSERT_TRUE(reply && !reply->view().is_error());
  }
  std::uint32_t look_through(std::uint32_t step = 100) {
    std::uint32_t mended = 0;
    for (const auto part : {Store::Books::open, Store::Books::queue, Store::Books::agents}) {
      std::uint64_t cursor = 0;
      do {
        const auto done = run(io, store.reconcile(shop, epoch, part, cursor, step));
        EXPECT_TRUE(done);
        if (!done) return 0;
        mended += done->mended;
        cursor = done->cursor;
      } while (cursor != 0);
    }
    return mended;
  }
  void expect_sound() {
    EXPECT_EQ(look_through(), 0u) << "once is enough";
    const auto state = run(io, store.desk_state(shop));
    ASSERT_TRUE(state);
    std::set<std::string> seen;
    for (const auto& one : state->conversations)
      EXPECT_TRUE(seen.insert(one.id).second) << one.id << " twice";
    EXPECT_EQ(seen, (std::set<std::string>{"c1", "c2", "c3"}));
  }

  RedisClient raw;
  std::uint64_t epoch = 0;
};

TEST_F(Reconcile, R5_one_who_fell_out_of_the_queue_is_put_back_at_her_place) {
  const auto entered = view("c3").entered;
  damage({"ZREM", key("q"), "c3"});
  EXPECT_EQ(look_through(), 1u);
  expect_sound();
  EXPECT_EQ(view("c3").entered, entered);
  damage({"ZADD", key("q"), "1", "c3"});  // first, by a trick
  EXPECT_EQ(look_through(), 1u);
  expect_sound();
}

TEST_F(Reconcile, R1_one_who_is_served_does_not_wait_as_well) {
  damage({"ZADD", key("q"), "5", "c2"});
  EXPECT_EQ(look_through(), 1u);
  expect_sound();
}

TEST_F(Reconcile, R2_the_load_is_what_the_conversations_say) {
  damage({"SREM", key("ac:ann"), "c2"});
  damage({"SADD", key("ac:ann"), "c3", "c4", "nothing"});
  damage({"SADD", key("ac:bea"), "c2"});
  EXPECT_EQ(look_through(), 5u);
  expect_sound();
  EXPECT_EQ(agent("ann").conversations, (std::vector<std::string>{"c1", "c2"}));
  EXPECT_TRUE(agent("bea").conversations.empty());
}

TEST_F(Reconcile, R2_what_is_parked_is_what_the_conversations_say) {
  damage({"HSET", key("c:c2"), "pk", "1700000000000"});    // parked, and not listed
  damage({"SADD", key("pc:ann"), "c1", "c3", "nothing"});  // listed, and not parked
  damage({"HSET", key("c:c3"), "pk", "1700000000000"});    // waits for an agent
  EXPECT_EQ(look_through(), 5u);
  expect_sound();
  EXPECT_NE(view("c2").parked, 0);
  EXPECT_EQ(view("c3").parked, 0);
  damage({"DEL", key("pc:ann")});
  EXPECT_EQ(look_through(), 1u);
  expect_sound();
}

TEST_F(Reconcile, R5_one_served_by_nobody_waits_again_at_her_place) {
  const auto before = view("c2");
  damage({"HSET", key("c:c2"), "ag", "nobody"});
  EXPECT_GE(look_through(), 1u);
  expect_sound();
  EXPECT_EQ(view("c2").state, State::waiting);
  EXPECT_GT(view("c2").version, before.version);
  EXPECT_EQ(view("c2").entered, before.entered);
  EXPECT_EQ(agent("ann").conversations, (std::vector<std::string>{"c1"}));
}

TEST_F(Reconcile, what_points_at_nothing_is_taken_away) {
  damage({"ZADD", key("q"), "5", "gone"});
  damage({"SADD", key("o"), "gone", "c4"});
  damage({"HSET", key("v:v4"), "oc", "c4"});
  EXPECT_EQ(look_through(), 4u);
  expect_sound();
  EXPECT_TRUE(run(io, store.open_conversation_of(shop, "v4"))->empty());
}

TEST_F(Reconcile, the_list_of_the_open_and_the_visitors_pointer_come_back) {
  damage({"DEL", key("o")});
  damage({"HDEL", key("v:v3"), "oc"});
  EXPECT_GE(look_through(), 2u);
  expect_sound();
  EXPECT_EQ(*run(io, store.open_conversation_of(shop, "v3")), "c3");
}

TEST_F(Reconcile, a_step_is_bounded_and_a_desk_that_was_replaced_mends_nothing) {
  for (int i = 0; i < 700; ++i) ASSERT_TRUE(open("m" + std::to_string(i), "w" + std::to_string(i), {}, 1000));
  const auto step = run(io, store.reconcile(shop, epoch, Store::Books::open, 0, 50));
  ASSERT_TRUE(step);
  EXPECT_NE(step->cursor, 0u);
  EXPECT_LT(step->looked_at, 150u);
  EXPECT_EQ(look_through(50), 0u);
  EXPECT_EQ(refusal(run(io, store.reconcile(shop, epoch + 1, Store::Books::open, 0, 50))), Refusal::fenced);
  EXPECT_EQ(refusal(run(io, store.reconcile(shop, epoch, Store::Books::open, 0, 0))), Refusal::invalid);
}

TEST_F(Reconcile, W20_a_new_epoch_begins_once_and_all_that_is_open_goes_on_in_it) {
  const auto before = view("c2").epoch;
  const auto begun = run(io, store.new_timeline(shop, before));
  ASSERT_TRUE(begun);
  EXPECT_EQ(*begun, before + 1);
  EXPECT_EQ(*run(io, store.new_timeline(shop, before)), before + 1) << "another one who noticed the same";
  EXPECT_EQ(look_through(), 0u) << "that is no repair";
  for (const char* open : {"c1", "c2", "c3"}) EXPECT_EQ(view(open).epoch, before + 1);
  EXPECT_EQ(append(said("c3", 1, "id-0000000000000001")).error(), Refusal::not_yours);
  EXPECT_EQ(view("c4").epoch, before) << "closed: nothing can come behind what was lost";
}

// The last acknowledged message is gone after a reconnect: Redis came back without the end of its log.
TEST_F(Reconcile, M1_a_lost_tail_is_noticed_at_the_next_connect) {
  std::vector<std::string> told;
  store.on_lost_tail([&](std::string_view name) { told.emplace_back(name); });
  auto said_by_v3 = said("c3", 1, "id-0000000000000001");
  said_by_v3.person = "v3";
  ASSERT_TRUE(append(said_by_v3));
  const auto before = view("c3").epoch;
  const auto reconnect = [&] {
    const auto connections = store.connections();
    damage({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    test::run_until(io, [&] { return store.connections() > connections; });
  };
  reconnect();
  EXPECT_TRUE(told.empty()) << "it is there";
  damage({"XDEL", key("m:c3"), "0-1"});
  reconnect();
  EXPECT_EQ(told, (std::vector<std::string>{shop}));
  EXPECT_EQ(look_through(), 0u);
  EXPECT_EQ(view("c3").epoch, before + 1);
  reconnect();
  EXPECT_EQ(told.size(), 1u) << "once";
}

}  // namespace switchboard::store
