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

TEST_F(Assignment, W29_keeps_the_latest_offers_that_told_why_the_newest_first) {
  const auto epoch = lead();
  enter("ann");
  const auto offer_because = [&](const std::string& conversation, std::uint32_t version,
                                 std::string_view why) {
    return run(io, store.offer({.shop = shop,
                                .desk_epoch = epoch,
                                .conversation = conversation,
                                .agent = "ann",
                                .version = version,
                                .accept_within = 20'000,
                                .why = why}));
  };
  EXPECT_TRUE(run(io, store.offers_made(shop, "", 10))->empty());
  ASSERT_TRUE(open("c1", "v1"));
  ASSERT_TRUE(open("c2", "v2"));
  ASSERT_TRUE(offer_because("c1", 1, "first"));
  ASSERT_TRUE(offer_because("c1", 1, "first"));  // a repeat
  ASSERT_TRUE(run(io, store.decline(shop, "c1", "ann", 1, "no")));
  ASSERT_TRUE(offer_because("c2", 1, ""));  // nothing to tell
  ASSERT_TRUE(offer_because("c1", 3, "second"));
  const auto all = run(io, store.offers_made(shop, "", 10));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  const auto& latest = all->front();
  EXPECT_EQ(latest.why, "second");
  EXPECT_EQ(latest.conversation, "c1");
  EXPECT_EQ(latest.agent, "ann");
  EXPECT_EQ(latest.visitor, "v1");
  EXPECT_EQ(latest.visitor_name, "Vera");
  EXPECT_EQ(latest.skill, "presale");
  EXPECT_GT(latest.time, 0);
  const auto before = run(io, store.offers_made(shop, latest.id, 10));
  ASSERT_TRUE(before);
  ASSERT_EQ(before->size(), 1u);
  EXPECT_EQ(before->front().why, "first");
  for (const auto& [id, limit] : {std::pair{"", 0u}, {"", 101u}, {"x", 1u}, {"5-5-5", 1u}})
    EXPECT_EQ(refusal(run(io, store.offers_made(shop, id, limit))), Refusal::invalid);
}

// Rule 2.8: parked is what the agent has answered and the visitor has left so.
class Parked : public StoreTest {
 protected:
  Parked() {
    fence = serve("c1", "ann");
    epoch = lead();
  }
  void agent_says(std::uint32_t number, const std::string& client_id) {
    Append a;
    a.shop = shop, a.conversation = "c1", a.role = Role::agent, a.person = "ann", a.sender = "desktop";
    a.fence = fence, a.number = number, a.client_id = client_id, a.body = "answer";
    ASSERT_TRUE(append(a));
  }
  // What park() answers for c1.
  Millis look(Millis silence) {
    const auto again = run(io, store.park(shop, epoch, silence, std::vector<std::string>{"c1"}));
    EXPECT_TRUE(again && again->size() == 1);
    return again && again->size() == 1 ? again->front() : -1;
  }
  void wait(Millis ms) { test::run_for(io, std::chrono::milliseconds(ms)); }

  std::uint32_t fence = 0;
  std::uint64_t epoch = 0;
};

TEST_F(Parked, is_what_was_answered_and_left_so_and_not_before) {
  EXPECT_GT(look(1), view("c1").assigned) << "nobody has answered yet";
  wait(5);
  EXPECT_EQ(view("c1").parked, 0);
  agent_says(1, "an-answer-0000001");
  const auto again = look(60'000);
  EXPECT_GE(again, view("c1").assigned + 60'000);
  wait(5);
  EXPECT_EQ(look(60'000), again) << "counted from the answer";
  const auto before = view("c1");
  EXPECT_EQ(look(1), 0);
  const auto parked = view("c1");
  EXPECT_GT(parked.parked, before.assigned);
  EXPECT_EQ(parked.version, before.version + 1);
  EXPECT_EQ(parked.state, State::active);
  EXPECT_EQ(look(1), 0);
  EXPECT_EQ(view("c1").version, parked.version) << "once";
  agent_says(2, "an-answer-0000002");
  EXPECT_EQ(view("c1").parked, parked.parked) << "she is still silent";
  ASSERT_TRUE(append(said("c1", 1, "a-message-0000001")));
  EXPECT_EQ(view("c1").parked, 0);
  EXPECT_EQ(kinds().substr(kinds().size() - 2), "KU");
  wait(5);
  EXPECT_GT(look(1), 0) << "it is the agent's turn";
  agent_says(3, "an-answer-0000003");
  wait(5);
  EXPECT_EQ(look(1), 0);
  EXPECT_NE(view("c1").parked, 0);
  EXPECT_EQ(look(0), 0) << "without the rule it is woken";
  EXPECT_EQ(view("c1").parked, 0);
}

TEST_F(Parked, an_answer_of_before_the_clock_was_set_back_counts_from_now) {
  agent_says(1, "an-answer-0000001");
  RedisClient raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
  raw.start();
  test::run_until(io, [&] { return raw.ready(); });
  const auto an_hour_ahead = std::to_string(view("c1").assigned + 3'600'000);
  ASSERT_TRUE(
      run(io, raw.ask(Command("HSET").arg("{" + shop + "}:c:c1").arg("an").arg(an_hour_ahead).octets())));
  raw.stop();
  EXPECT_LT(look(60'000), view("c1").assigned + 120'000);
  wait(5);
  EXPECT_EQ(look(1), 0);
  EXPECT_NE(view("c1").parked, 0);
}

TEST_F(Parked, R2_takes_its_part_of_a_place_and_a_whole_one_when_it_wakes) {
  for (const char* id : {"c2", "c3", "c4"}) ASSERT_TRUE(open(id, std::string("visitor of ") + id));
  const auto offer_of = [&](const std::string& id, std::uint32_t units) {
    return refusal(run(io, store.offer({.shop = shop,
                                        .desk_epoch = epoch,
                                        .conversation = id,
                                        .agent = "ann",
                                        .version = 1,
                                        .accept_within = 20'000,
                                        .park_units = units})));
  };
  agent_says(1, "an-answer-0000001");
  wait(5);
  ASSERT_EQ(look(1), 0);
  EXPECT_EQ(offer_of("c2", 5), Refusal::invalid);
  EXPECT_EQ(offer_of("c2", 1), std::nullopt);
  EXPECT_EQ(offer_of("c3", 1), Refusal::full) << "1 + 4 + 4 > 8";
  EXPECT_EQ(offer_of("c3", 0), std::nullopt) << "0 + 4 + 4";
  ASSERT_TRUE(append(said("c1", 1, "a-message-0000001")));  // three whole ones in two places
  EXPECT_EQ(offer_of("c4", 0), Refusal::full);
  ASSERT_TRUE(run(io, store.close(shop, "c2", Role::visitor, "visitor of c2", "left", {})));
  EXPECT_EQ(offer_of("c4", 0), Refusal::full) << "not before she is back under";
  ASSERT_TRUE(run(io, store.close(shop, "c3", Role::visitor, "visitor of c3", "left", {})));
  EXPECT_EQ(offer_of("c4", 0), std::nullopt);
}

TEST_F(Parked, ends_with_the_assignment) {
  agent_says(1, "an-answer-0000001");
  wait(5);
  ASSERT_EQ(look(1), 0);
  ASSERT_TRUE(run(io, store.requeue(shop, epoch, "c1", view("c1").version, "lost", {})));
  EXPECT_EQ(view("c1").parked, 0);
  EXPECT_EQ(look(1), 0) << "it waits for an agent";
  const auto offered = offer(epoch, "c1", "ann", view("c1").version);
  ASSERT_TRUE(offered);
  ASSERT_TRUE(accept("c1", "ann", offered->fence));
  EXPECT_GT(look(1), 0) << "the next agent has not answered yet";
  fence = offered->fence;
  agent_says(2, "an-answer-0000002");
  wait(5);
  ASSERT_EQ(look(1), 0);
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::agent, "ann", "solved", {})));
  EXPECT_EQ(view("c1").parked, 0);
  EXPECT_EQ(look(0), 0);
  const auto done = run(io, store.reconcile(shop, epoch, Store::Books::agents, 0, 100));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->mended, 0u) << "nothing of it is left with her";
}

TEST_F(Parked, R1_only_by_the_desk_that_leads_and_not_too_many_at_once) {
  const std::vector<std::string> one = {"c1"}, many(101, "c1"), unknown = {"c9"};
  EXPECT_EQ(refusal(run(io, store.park(shop, epoch + 1, 1, one))), Refusal::fenced);
  EXPECT_EQ(refusal(run(io, store.park(shop, epoch, 1, many))), Refusal::invalid);
  EXPECT_EQ(refusal(run(io, store.park(shop, epoch, -1, one))), Refusal::invalid);
  const auto nothing = run(io, store.park(shop, epoch, 1, unknown));
  ASSERT_TRUE(nothing);
  EXPECT_EQ(*nothing, std::vector<Millis>{0});
}

}  // namespace switchboard::store
