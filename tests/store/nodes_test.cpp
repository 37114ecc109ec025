// Which gateways live: starts, beats, who may take whose lease. On a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

class Nodes : public StoreTest {
 protected:
  std::string begin(const std::string& node, const std::string& random = "r") {
    const auto start = run(io, store.node_start(node, random));
    EXPECT_TRUE(start);
    return node + "." + std::to_string(start ? *start : 0) + "." + random;
  }
  std::optional<std::uint64_t> beat_of(const std::string& incarnation) {
    const auto listed = run(io, store.nodes());
    EXPECT_TRUE(listed);
    for (const auto& one : *listed)
      if (one.incarnation == incarnation) return one.beat;
    return std::nullopt;
  }
  // Names of this test alone: the list is common to all of Redis.
  std::string node(const std::string& name) const { return shop + "-" + name; }
};

TEST_F(Nodes, N1_starts_are_numbered_and_a_repeat_is_the_same_start) {
  const auto first = run(io, store.node_start(node("a"), "r1"));
  const auto again = run(io, store.node_start(node("a"), "r1"));
  const auto second = run(io, store.node_start(node("a"), "r2"));
  ASSERT_TRUE(first && again && second);
  EXPECT_EQ(*first, *again);
  EXPECT_GT(*second, *first);
}

TEST_F(Nodes, N1_a_gateway_beats_until_a_later_start_of_its_name_counts) {
  const auto first = begin(node("a"), "r1");
  const auto before = beat_of(first);
  ASSERT_TRUE(before);
  ASSERT_TRUE(run(io, store.node_beat(first)));
  EXPECT_EQ(beat_of(first), *before + 1);
  const auto second = begin(node("a"), "r2");
  EXPECT_EQ(refusal(run(io, store.node_beat(first))), Refusal::stale);
  EXPECT_FALSE(beat_of(first));
  EXPECT_TRUE(run(io, store.node_beat(second)));
}

TEST_F(Nodes, N1_one_that_was_forgotten_is_listed_again_by_its_next_beat) {
  const auto one = begin(node("a"));
  ASSERT_TRUE(run(io, store.node_forget(one, 99)));  // it has moved on
  const auto beat = beat_of(one);
  ASSERT_TRUE(beat);
  ASSERT_TRUE(run(io, store.node_forget(one, *beat)));
  EXPECT_FALSE(beat_of(one));
  ASSERT_TRUE(run(io, store.node_beat(one)));
  ASSERT_TRUE(beat_of(one));
  ASSERT_TRUE(run(io, store.node_forget(one, std::nullopt)));  // it leaves
  EXPECT_FALSE(beat_of(one));
}

TEST_F(Nodes, N1_a_later_start_of_the_same_node_takes_the_lease_at_once) {
  const auto first = begin(node("a.b"), "r1");  // a name with a dot in it
  const auto led = run(io, store.lease(shop, first, std::nullopt));
  ASSERT_TRUE(led && led->mine);
  const auto other = run(io, store.lease(shop, begin(node("c")), std::nullopt));
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->mine) << "another node watches first";
  const auto second = begin(node("a.b"), "r2");
  const auto taken = run(io, store.lease(shop, second, std::nullopt));
  ASSERT_TRUE(taken && taken->mine);
  EXPECT_GT(taken->epoch, led->epoch);
  const auto woken = run(io, store.lease(shop, first, std::nullopt));
  ASSERT_TRUE(woken);
  EXPECT_FALSE(woken->mine) << "the earlier start does not take it back";
}

TEST_F(Nodes, R5_moving_stays_until_she_enters_again_or_is_lost) {
  enter("ann");
  ASSERT_TRUE(run(io, store.agent_line(shop, "ann", "s1", Line::suspect, true)));
  const auto since = agent("ann").line_since;
  EXPECT_TRUE(agent("ann").moving);
  ASSERT_TRUE(run(io, store.agent_line(shop, "ann", "s1", Line::suspect, false)));  // now the line breaks
  EXPECT_TRUE(agent("ann").moving);
  EXPECT_EQ(agent("ann").line_since, since);
  enter("ann", "s2");
  EXPECT_FALSE(agent("ann").moving);
  EXPECT_EQ(agent("ann").line, Line::live);
}

}  // namespace switchboard::store
