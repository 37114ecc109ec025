// Agents: sessions, status, line, on a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Agents = StoreTest;

TEST_F(Agents, enter_with_a_session_that_counts_from_then_on) {
  EXPECT_EQ(agent("ann").line, Line::lost);
  const auto entered = run(io, store.agent_enter(shop, "ann", "node-1", "s1"));
  ASSERT_TRUE(entered);
  EXPECT_EQ(entered->line, Line::live);
  EXPECT_EQ(entered->session, "s1");
  EXPECT_EQ(entered->node, "node-1");
  EXPECT_EQ(entered->capacity, 2u);
  EXPECT_EQ(entered->status, AgentStatus::offline);
  ASSERT_TRUE(run(io, store.agent_enter(shop, "ann", "node-2", "s2")));
  EXPECT_EQ(refusal(run(io, store.agent_status(shop, "ann", "s1", AgentStatus::available, ""))),
            Refusal::stale);
  EXPECT_EQ(refusal(run(io, store.agent_line(shop, "ann", "s1", Line::suspect))), Refusal::stale);
  EXPECT_EQ(agent("ann").line, Line::live);
  EXPECT_TRUE(run(io, store.agent_status(shop, "ann", "s2", AgentStatus::available, "")));
}

TEST_F(Agents, entering_again_changes_nothing_that_is_so_already) {
  enter("ann");
  const auto before = agent("ann");
  const auto again = run(io, store.agent_enter(shop, "ann", "node-1", "s1"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->version, before.version);
  EXPECT_EQ(again->status, AgentStatus::available);  // the stored status is kept
  ASSERT_TRUE(run(io, store.agent_status(shop, "ann", "s1", AgentStatus::available, "")));
  EXPECT_EQ(agent("ann").version, before.version);
}

TEST_F(Agents, who_are_not_employed_are_not_found) {
  EXPECT_EQ(refusal(run(io, store.agent_enter(shop, "zoe", "n", "s"))), Refusal::not_found);
  EXPECT_EQ(refusal(run(io, store.agent(shop, "zoe"))), Refusal::not_found);
  EXPECT_EQ(refusal(run(io, store.agent_line(shop, "zoe", "s", Line::live))), Refusal::not_found);
  EXPECT_EQ(refusal(run(io, store.agent_status(shop, "zoe", "s", AgentStatus::drain, ""))),
            Refusal::not_found);
}

TEST_F(Agents, changes_raise_the_version_and_are_events) {
  enter("ann");
  const auto before = agent("ann");
  const std::string last = events().back().id;
  ASSERT_TRUE(run(io, store.agent_status(shop, "ann", "s1", AgentStatus::on_break, "lunch")));
  ASSERT_TRUE(run(io, store.agent_line(shop, "ann", "s1", Line::suspect)));
  const auto after = agent("ann");
  EXPECT_EQ(after.status, AgentStatus::on_break);
  EXPECT_EQ(after.reason, "lunch");
  EXPECT_EQ(after.line, Line::suspect);
  EXPECT_GE(after.line_since, before.line_since);
  EXPECT_EQ(after.version, before.version + 2);
  EXPECT_EQ(kinds(last), "PP");
  EXPECT_EQ(events(last).front().agent, "ann");
}

TEST_F(Agents, are_put_on_break_by_the_desk_that_leads) {
  enter("ann");
  const auto epoch = lead();
  ASSERT_TRUE(run(io, store.agent_status_by_desk(shop, epoch, "ann", AgentStatus::on_break, "missed")));
  EXPECT_EQ(agent("ann").status, AgentStatus::on_break);
  EXPECT_EQ(refusal(run(io, store.agent_status_by_desk(shop, epoch, "zoe", AgentStatus::on_break, ""))),
            Refusal::not_found);
}

TEST_F(Agents, who_are_dismissed_may_finish_what_they_hold) {
  serve("c1", "ann");
  apply({{"bea", 1}});
  EXPECT_EQ(agent("ann").status, AgentStatus::offline);
  EXPECT_EQ(agent("ann").capacity, 0u);
  EXPECT_EQ(agent("ann").conversations.size(), 1u);
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::agent, "ann", "solved", {})));
  apply({{"bea", 2}});
  EXPECT_EQ(refusal(run(io, store.agent(shop, "ann"))), Refusal::not_found);
}

}  // namespace switchboard::store
