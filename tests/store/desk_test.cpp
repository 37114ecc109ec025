// What a desk lives on: lease, state, events. On a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Desk = StoreTest;

TEST_F(Desk, lease_is_renewed_by_its_holder_and_refused_to_others) {
  const auto first = run(io, store.lease(shop, "a", std::nullopt));
  ASSERT_TRUE(first && first->mine);
  const auto renewed = run(io, store.lease(shop, "a", std::nullopt));
  ASSERT_TRUE(renewed && renewed->mine);
  EXPECT_EQ(renewed->epoch, first->epoch);
  EXPECT_GT(renewed->beat, first->beat);
  const auto other = run(io, store.lease(shop, "b", first->beat));  // the beat has moved on
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->mine);
  EXPECT_EQ(other->beat, renewed->beat);
}

TEST_F(Desk, lease_is_taken_over_when_its_beat_stood_still) {
  const auto first = run(io, store.lease(shop, "a", std::nullopt));
  const auto other = run(io, store.lease(shop, "b", first->beat));
  ASSERT_TRUE(other && other->mine);
  EXPECT_EQ(other->epoch, first->epoch + 1);
  const auto back = run(io, store.lease(shop, "a", std::nullopt));
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->mine);
}

TEST_F(Desk, lease_that_was_released_is_free_under_a_higher_epoch) {
  const auto first = run(io, store.lease(shop, "a", std::nullopt));
  ASSERT_TRUE(run(io, store.release_lease(shop, "b")));  // not hers: nothing happens
  EXPECT_FALSE(run(io, store.lease(shop, "b", std::nullopt))->mine);
  ASSERT_TRUE(run(io, store.release_lease(shop, "a")));
  const auto next = run(io, store.lease(shop, "b", std::nullopt));
  ASSERT_TRUE(next && next->mine);
  EXPECT_GT(next->epoch, first->epoch);
}

TEST_F(Desk, state_is_all_that_is_open_and_the_place_in_the_stream) {
  const auto epoch = lead();
  enter("ann");
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(open("c" + std::to_string(i), "v" + std::to_string(i)));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  ASSERT_TRUE(offer(epoch, "c2", "ann", 1));
  ASSERT_TRUE(accept("c2", "ann", 1));
  ASSERT_TRUE(run(io, store.close(shop, "c3", Role::visitor, "v3", "left", {})));
  const auto state = run(io, store.desk_state(shop));
  ASSERT_TRUE(state);
  ASSERT_EQ(state->conversations.size(), 3u);
  EXPECT_EQ(state->conversations[0].id, "c1");
  EXPECT_EQ(state->conversations[0].state, State::offered);
  EXPECT_EQ(state->conversations[1].state, State::active);
  EXPECT_EQ(state->conversations[2].state, State::waiting);
  ASSERT_EQ(state->agents.size(), 1u);  // bea is offline and holds nothing
  EXPECT_EQ(state->agents[0].conversations, (std::vector<std::string>{"c1", "c2"}));
  EXPECT_EQ(state->event_id, events().back().id);
  EXPECT_GT(state->time, 0);
}

TEST_F(Desk, state_of_a_shop_without_anything_is_empty) {
  const auto state = run(io, store.desk_state("empty-shop"));
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->conversations.empty());
  EXPECT_EQ(state->event_id, "0-0");
  const auto none = run(io, store.events("empty-shop", "0-0", 20));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->events.empty());
  EXPECT_FALSE(none->gap);
}

TEST_F(Desk, events_wait_for_the_first_and_come_at_once) {
  const std::string last = events().back().id;
  std::optional<Answer<Store::Events>> got;
  boost::asio::co_spawn(
      io,
      [](Store& s, std::string in, std::string after, std::optional<Answer<Store::Events>>& out)
          -> Task<void> { out = co_await s.events(in, after, 30'000); }(store, shop, last, got),
      boost::asio::detached);
  test::run_for(io, std::chrono::milliseconds(50));
  EXPECT_FALSE(got);
  ASSERT_TRUE(open("c1"));  // not held up by the wait
  test::run_until(io, [&] { return got.has_value(); });
  ASSERT_TRUE(*got);
  ASSERT_EQ((*got)->events.size(), 1u);
  EXPECT_EQ((*got)->events[0].kind, Event::Kind::opened);
  EXPECT_FALSE((*got)->gap);
}

TEST_F(Desk, events_of_two_shops_do_not_wait_for_each_other) {
  std::optional<Answer<Store::Events>> slow;
  boost::asio::co_spawn(
      io,
      [](Store& s, std::optional<Answer<Store::Events>>& out) -> Task<void> {
        out = co_await s.events("quiet-shop", "0-0", 5'000);
      }(store, slow),
      boost::asio::detached);
  test::run_for(io, std::chrono::milliseconds(100));
  EXPECT_FALSE(events().empty());
  EXPECT_FALSE(slow);
  store.stop();
  test::run_until(io, [&] { return slow.has_value(); });
  EXPECT_EQ(refusal(*slow), Refusal::unavailable);
}

TEST_F(Desk, events_say_when_a_piece_was_trimmed_away) {
  enter("ann");
  const auto first = events();
  RedisClient client(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
  client.start();
  test::run_until(io, [&] { return client.ready(); });
  const std::string stream = "{" + shop + "}:ev";
  ASSERT_TRUE(run(io, client.ask(Command("XTRIM").arg(stream).arg("MAXLEN").arg("1").octets())));
  const auto behind = run(io, store.events(shop, first.front().id, 0));
  ASSERT_TRUE(behind);
  EXPECT_TRUE(behind->gap);
  const auto level = run(io, store.events(shop, first[first.size() - 2].id, 0));
  ASSERT_TRUE(level);
  EXPECT_FALSE(level->gap);
  ASSERT_TRUE(run(io, client.ask(Command("DEL").arg(stream).octets())));
  const auto forgotten = run(io, store.events(shop, first.back().id, 0));
  ASSERT_TRUE(forgotten);
  EXPECT_TRUE(forgotten->gap);
  EXPECT_EQ(refusal(run(io, store.events(shop, "nonsense", 0))), Refusal::invalid);
}

}  // namespace switchboard::store
