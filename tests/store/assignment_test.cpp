// R1, R2, R3 of the commits of a desk, on a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Assignment = StoreTest;

TEST_F(Assignment, goes_from_waiting_over_offered_to_active) {
  const auto epoch = lead();
  enter("ann");
  ASSERT_TRUE(open("c1"));
  const auto offered = offer(epoch, "c1", "ann", 1);
  ASSERT_TRUE(offered);
  EXPECT_EQ(offered->fence, 1u);
  EXPECT_EQ(offered->version, 2u);
  auto v = view("c1");
  EXPECT_EQ(v.state, State::offered);
  EXPECT_EQ(v.agent, "ann");
  EXPECT_EQ(v.offer_deadline, offered->time + 20'000);
  EXPECT_EQ(agent("ann").conversations, std::vector<std::string>{"c1"});

  const auto accepted = accept("c1", "ann", offered->fence, {"you talk to Ann"});
  ASSERT_TRUE(accepted);
  v = view("c1");
  EXPECT_EQ(v.state, State::active);
  EXPECT_EQ(v.version, accepted->version);
  EXPECT_EQ(v.assigned, accepted->time);
  EXPECT_EQ(v.offer_deadline, 0);
  EXPECT_EQ(log("c1").back().body, "you talk to Ann");
  EXPECT_EQ(agent("ann").conversations, std::vector<std::string>{"c1"});
}

TEST_F(Assignment, R1_answers_a_repeat_as_the_first_time) {
  const auto epoch = lead();
  enter("ann");
  ASSERT_TRUE(open("c1"));
  const auto first = offer(epoch, "c1", "ann", 1), again = offer(epoch, "c1", "ann", 1);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->fence, first->fence);
  EXPECT_EQ(again->version, first->version);
  EXPECT_EQ(again->time, first->time);
  const auto taken = accept("c1", "ann", 1, {"hi"}), twice = accept("c1", "ann", 1, {"hi"});
  ASSERT_TRUE(taken && twice);
  EXPECT_EQ(twice->version, taken->version);
  EXPECT_EQ(twice->time, taken->time);
  EXPECT_EQ(log("c1").size(), 1u);
}

TEST_F(Assignment, R1_of_one_conversation_is_given_to_one_agent_only) {
  const auto epoch = lead();
  enter("ann");
  enter("bea");
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  EXPECT_EQ(refusal(offer(epoch, "c1", "bea", 1)), Refusal::stale);
  EXPECT_EQ(refusal(offer(epoch, "c1", "bea", 2)), Refusal::stale);
  EXPECT_EQ(refusal(accept("c1", "bea", 1)), Refusal::stale);
  EXPECT_EQ(refusal(accept("c1", "ann", 2)), Refusal::stale);
}

TEST_F(Assignment, R1_of_a_desk_that_was_replaced_is_fenced) {
  const auto old_epoch = lead("desk-1");
  enter("ann");
  ASSERT_TRUE(open("c1"));
  const auto seen = run(io, store.lease(shop, "desk-2", std::nullopt));
  ASSERT_TRUE(seen && !seen->mine);
  const auto taken = run(io, store.lease(shop, "desk-2", seen->beat));
  ASSERT_TRUE(taken && taken->mine);
  EXPECT_GT(taken->epoch, old_epoch);
  EXPECT_EQ(refusal(offer(old_epoch, "c1", "ann", 1)), Refusal::fenced);
  ASSERT_TRUE(offer(taken->epoch, "c1", "ann", 1));
  EXPECT_EQ(refusal(offer(old_epoch, "c1", "ann", 1)),
            Refusal::fenced);  // also a repeat of the new desk's words
  EXPECT_EQ(refusal(run(io, store.requeue(shop, old_epoch, "c1", 2, "missed", {}))), Refusal::fenced);
  EXPECT_EQ(
      refusal(run(io, store.agent_status_by_desk(shop, old_epoch, "ann", AgentStatus::on_break, "missed"))),
      Refusal::fenced);
  EXPECT_EQ(refusal(offer(0, "c1", "ann", 1)), Refusal::fenced);
}

TEST_F(Assignment, R2_never_exceeds_capacity_and_counts_the_reserved_place) {
  const auto epoch = lead();
  enter("ann");  // two places
  for (const char* id : {"c1", "c2", "c3"}) ASSERT_TRUE(open(id, std::string("visitor of ") + id));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  ASSERT_TRUE(accept("c1", "ann", 1));
  ASSERT_TRUE(offer(epoch, "c2", "ann", 1));
  EXPECT_EQ(refusal(offer(epoch, "c3", "ann", 1)), Refusal::full);
  EXPECT_EQ(view("c3").state, State::waiting);
  ASSERT_TRUE(run(io, store.decline(shop, "c2", "ann", 1, "busy")));
  EXPECT_TRUE(offer(epoch, "c3", "ann", 1));
  EXPECT_EQ(agent("ann").conversations.size(), 2u);
}

TEST_F(Assignment, R2_lowered_capacity_takes_nothing_away_and_gives_nothing_new) {
  const auto epoch = lead();
  enter("ann");
  ASSERT_TRUE(open("c1", "v1"));
  ASSERT_TRUE(open("c2", "v2"));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  apply({{"ann", 1}, {"bea", 1}});
  EXPECT_EQ(agent("ann").conversations.size(), 1u);
  EXPECT_EQ(refusal(offer(epoch, "c2", "ann", 1)), Refusal::full);
}

TEST_F(Assignment, R5_goes_to_agents_that_are_available_and_live_only) {
  const auto epoch = lead();
  ASSERT_TRUE(open("c1"));
  EXPECT_EQ(refusal(offer(epoch, "c1", "ann", 1)), Refusal::not_available);  // offline
  enter("ann");
  ASSERT_TRUE(run(io, store.agent_line(shop, "ann", "s1", Line::suspect)));
  EXPECT_EQ(refusal(offer(epoch, "c1", "ann", 1)), Refusal::not_available);
  ASSERT_TRUE(run(io, store.agent_line(shop, "ann", "s1", Line::live)));
  ASSERT_TRUE(run(io, store.agent_status(shop, "ann", "s1", AgentStatus::drain, "")));
  EXPECT_EQ(refusal(offer(epoch, "c1", "ann", 1)), Refusal::not_available);
  EXPECT_EQ(refusal(offer(epoch, "c1", "zoe", 1)), Refusal::not_found);
  EXPECT_EQ(refusal(offer(epoch, "c9", "ann", 1)), Refusal::not_found);
  ASSERT_TRUE(run(io, store.agent_status(shop, "ann", "s1", AgentStatus::available, "")));
  EXPECT_TRUE(offer(epoch, "c1", "ann", 1));
}

TEST_F(Assignment, R3_given_back_keeps_its_rank) {
  const auto epoch = lead();
  enter("ann");
  ASSERT_TRUE(open("c1", "v1"));
  ASSERT_TRUE(open("c2", "v2"));
  const auto entered = view("c1").entered;
  const auto offered = offer(epoch, "c1", "ann", 1);
  ASSERT_TRUE(offered);
  ASSERT_TRUE(run(io, store.decline(shop, "c1", "ann", offered->fence, "not my field")));
  auto v = view("c1");
  EXPECT_EQ(v.state, State::waiting);
  EXPECT_EQ(v.entered, entered);
  EXPECT_EQ(v.agent, "");
  EXPECT_EQ(v.version, 3u);
  EXPECT_TRUE(agent("ann").conversations.empty());

  const auto second = offer(epoch, "c1", "ann", 3);
  ASSERT_TRUE(second);
  EXPECT_GT(second->fence, offered->fence);
  ASSERT_TRUE(accept("c1", "ann", second->fence));
  ASSERT_TRUE(run(
      io, store.requeue(shop, epoch, "c1", view("c1").version, "lost", std::vector<std::string>{"wait"})));
  v = view("c1");
  EXPECT_EQ(v.state, State::waiting);
  EXPECT_EQ(v.entered, entered);
  EXPECT_EQ(v.assigned, 0);
  EXPECT_EQ(log("c1").back().body, "wait");
  const auto state = run(io, store.desk_state(shop));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->conversations.front().id, "c1");
}

TEST_F(Assignment, given_back_twice_is_given_back_once) {
  const auto epoch = lead();
  enter("ann");
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  ASSERT_TRUE(run(io, store.requeue(shop, epoch, "c1", 2, "missed", {})));
  ASSERT_TRUE(run(io, store.requeue(shop, epoch, "c1", 2, "missed", {})));
  EXPECT_EQ(view("c1").version, 3u);
  EXPECT_EQ(refusal(run(io, store.requeue(shop, epoch, "c1", 3, "missed", {}))), Refusal::stale);
  const auto offered = offer(epoch, "c1", "ann", 3);
  ASSERT_TRUE(offered);
  ASSERT_TRUE(run(io, store.decline(shop, "c1", "ann", offered->fence, "no")));
  ASSERT_TRUE(run(io, store.decline(shop, "c1", "ann", offered->fence, "no")));
  EXPECT_EQ(view("c1").version, 5u);
  EXPECT_EQ(refusal(run(io, store.decline(shop, "c1", "bea", offered->fence, "no"))), Refusal::stale);
  EXPECT_EQ(refusal(accept("c1", "ann", offered->fence)), Refusal::stale);
}

TEST_F(Assignment, notes_every_transition_in_order) {
  const auto epoch = lead();
  enter("ann");
  const std::string start = events().back().id;
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  ASSERT_TRUE(run(io, store.requeue(shop, epoch, "c1", 2, "missed", {})));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 3));
  ASSERT_TRUE(run(io, store.decline(shop, "c1", "ann", 2, "no")));
  ASSERT_TRUE(offer(epoch, "c1", "ann", 5));
  ASSERT_TRUE(accept("c1", "ann", 3));
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::agent, "ann", "solved", {})));
  EXPECT_EQ(kinds(start), "OFRFDFAZ");
  const auto all = events(start);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].version, i + 1);
    EXPECT_EQ(all[i].conversation, "c1");
    EXPECT_EQ(all[i].agent, i == 0 ? "" : "ann");
  }
  EXPECT_EQ(all[2].reason, "missed");
}

}  // namespace switchboard::store
