// M2, M3, M5 of the append path, on a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Messages = StoreTest;

TEST_F(Messages, M3_are_numbered_1_2_3_without_gaps_and_read_back_whole) {
  ASSERT_TRUE(open("c1", "vera", {"welcome"}));
  const auto first = append(said("c1", 1, "id-1"));
  const auto second = append(said("c1", 2, "id-2"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->seq, 2u);
  EXPECT_EQ(second->seq, 3u);
  EXPECT_FALSE(first->duplicate);
  EXPECT_EQ(first->epoch, view("c1").epoch);
  const auto entries = log("c1");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].body, "welcome");
  EXPECT_EQ(entries[0].sender, "");
  EXPECT_EQ(entries[1].sender, "phone");
  EXPECT_EQ(entries[1].number, 1u);
  EXPECT_EQ(entries[1].client_id, "id-1");
  EXPECT_EQ(entries[1].time, first->time);
  EXPECT_EQ(log("c1", 2).size(), 1u);
  EXPECT_EQ(log("c1", 0, 1).size(), 1u);
  EXPECT_EQ(log("c1", 3).size(), 0u);
  EXPECT_EQ(view("c1").head, 3u);
}

TEST_F(Messages, M2_sent_twice_have_the_effect_of_one_and_the_answer_of_the_first) {
  ASSERT_TRUE(open("c1"));
  const auto first = append(said("c1", 1, "id-1"));
  const auto again = append(said("c1", 1, "id-1"));
  ASSERT_TRUE(first && again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->seq, first->seq);
  EXPECT_EQ(again->time, first->time);
  EXPECT_EQ(again->epoch, first->epoch);
  EXPECT_EQ(log("c1").size(), 1u);
}

TEST_F(Messages, M2_hold_for_an_older_message_and_through_another_gateway) {
  ASSERT_TRUE(open("c1"));
  for (std::uint32_t n = 1; n <= 5; ++n) ASSERT_TRUE(append(said("c1", n, "id-" + std::to_string(n))));
  RedisStore other(io.get_executor(), redis().options("other"), test::test_random(2), test::quiet());
  other.start();
  test::run_until(io, [&] { return other.ready(); });
  const auto again = append(other, said("c1", 2, "id-2"));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->seq, 2u);
  EXPECT_EQ(again->time, log("c1")[1].time);
  EXPECT_EQ(log("c1").size(), 5u);
}

TEST_F(Messages, M2_are_answered_with_the_first_seq_also_after_the_close) {
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  ASSERT_TRUE(append(said("c1", 2, "id-2")));
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  EXPECT_EQ(append(said("c1", 2, "id-2"))->seq, 2u);
  EXPECT_EQ(append(said("c1", 1, "id-1"))->seq, 1u);
  EXPECT_EQ(refusal(append(said("c1", 3, "id-3"))), Refusal::closed);
}

TEST_F(Messages, M2_refuse_a_number_that_comes_back_with_another_client_id) {
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  EXPECT_EQ(refusal(append(said("c1", 1, "other"))), Refusal::duplicate_differs);
  ASSERT_TRUE(append(said("c1", 2, "id-2")));
  EXPECT_EQ(refusal(append(said("c1", 1, "other"))), Refusal::duplicate_differs);
  EXPECT_EQ(log("c1").size(), 2u);
}

TEST_F(Messages, M2_look_back_a_bounded_way_for_an_old_duplicate) {
  ASSERT_TRUE(open("c1"));
  std::size_t answered = 0;
  std::vector<std::string> ids;
  for (std::uint32_t n = 1; n <= 300; ++n) ids.push_back("id-" + std::to_string(n));
  for (std::uint32_t n = 1; n <= 300; ++n)
    store.append(said("c1", n, ids[n - 1]), [&](Answer<Appended> a) { answered += a ? 1 : 0; });
  test::run_until(io, [&] { return answered == 300; });
  EXPECT_EQ(append(said("c1", 50, "id-50"))->seq, 50u);
  EXPECT_EQ(refusal(append(said("c1", 2, "id-2"))), Refusal::number_gap);
  EXPECT_EQ(log("c1", 200).size(), 100u);
}

TEST_F(Messages, M3_keep_the_order_of_each_sender_because_a_gap_is_refused) {
  ASSERT_TRUE(open("c1"));
  EXPECT_EQ(refusal(append(said("c1", 2, "id-2"))), Refusal::number_gap);
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  EXPECT_EQ(refusal(append(said("c1", 3, "id-3"))), Refusal::number_gap);
  Append tablet = said("c1", 1, "tablet-1");
  tablet.sender = "tablet";  // another device counts for itself
  EXPECT_TRUE(append(tablet));
  EXPECT_EQ(*run(io, store.last_number(shop, "c1", Role::visitor, "vera", "phone")), 1u);
  EXPECT_EQ(*run(io, store.last_number(shop, "c1", Role::visitor, "vera", "watch")), 0u);
}

TEST_F(Messages, M5_are_refused_where_they_cannot_be_taken) {
  EXPECT_EQ(refusal(append(said("nowhere", 1, "id-1"))), Refusal::not_found);
  ASSERT_TRUE(open("c1"));
  Append stranger = said("c1", 1, "id-1");
  stranger.person = "mallory";
  EXPECT_EQ(refusal(append(stranger)), Refusal::not_yours);
  Append early = said("c1", 1, "id-1");
  early.role = Role::agent, early.person = "ann", early.fence = 0;
  EXPECT_EQ(refusal(append(early)), Refusal::not_yours);
  Append empty_number = said("c1", 0, "id-1");
  EXPECT_EQ(refusal(append(empty_number)), Refusal::invalid);
  Append long_id = said("c1", 1, "id-1");
  const std::string forty_one(41, 'x');
  long_id.client_id = forty_one;
  EXPECT_EQ(refusal(append(long_id)), Refusal::invalid);
  Append foreign_tag = said("c1", 1, "id-1");
  foreign_tag.shop = "a}{b";
  EXPECT_EQ(refusal(append(foreign_tag)), Refusal::invalid);
  EXPECT_EQ(log("c1").size(), 0u);
}

TEST_F(Messages, S1_of_an_agent_need_the_fence_of_the_assignment_that_runs) {
  const auto fence = serve("c1", "ann");
  Append a = said("c1", 1, "ann-1");
  a.role = Role::agent, a.person = "ann", a.sender = "desktop", a.fence = fence;
  ASSERT_TRUE(append(a));
  Append stale = a;
  stale.number = 2, stale.client_id = "ann-2", stale.fence = fence - 1;
  EXPECT_EQ(refusal(append(stale)), Refusal::not_yours);
  Append colleague = stale;
  colleague.person = "bea", colleague.fence = fence, colleague.number = 1;
  EXPECT_EQ(refusal(append(colleague)), Refusal::not_yours);
}

TEST_F(Messages, M2_of_an_agent_who_lost_the_conversation_still_find_their_first_seq) {
  const auto fence = serve("c1", "ann");
  Append a = said("c1", 1, "ann-1");
  a.role = Role::agent, a.person = "ann", a.sender = "desktop", a.fence = fence;
  const auto first = append(a);
  ASSERT_TRUE(first);
  ASSERT_TRUE(run(io, store.requeue(shop, 1, "c1", view("c1").version, "lost", {})));
  EXPECT_EQ(append(a)->seq, first->seq);
  a.number = 2, a.client_id = "ann-2";
  EXPECT_EQ(refusal(append(a)), Refusal::not_yours);
}

TEST_F(Messages, S1_two_persons_with_one_device_id_do_not_share_numbers) {
  const auto fence = serve("c1", "ann");
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  Append a = said("c1", 1, "ann-1");
  a.role = Role::agent, a.person = "ann", a.fence = fence;  // the same device, "phone"
  const auto own = append(a);
  ASSERT_TRUE(own);
  EXPECT_FALSE(own->duplicate);
}

TEST_F(Messages, of_the_system_with_a_client_id_are_said_once) {
  ASSERT_TRUE(open("c1"));
  Append a;
  a.shop = shop, a.conversation = "c1", a.role = Role::system, a.client_id = "away-1", a.body = "away";
  const auto first = append(a), again = append(a);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->seq, first->seq);
  EXPECT_TRUE(again->duplicate);
  a.client_id = "";
  EXPECT_EQ(append(a)->seq, 2u);
  EXPECT_EQ(append(a)->seq, 3u);
}

TEST_F(Messages, S2_stop_at_64_senders_and_5000_entries) {
  ASSERT_TRUE(open("c1"));
  for (int i = 1; i <= 64; ++i) {
    const std::string device = "device-" + std::to_string(i);
    Append a = said("c1", 1, "id");
    a.sender = device;
    ASSERT_TRUE(append(a)) << i;
  }
  Append one_more = said("c1", 1, "id");
  one_more.sender = "device-65";
  EXPECT_EQ(refusal(append(one_more)), Refusal::full);

  std::size_t taken = 0, answered = 0;
  std::optional<Refusal> last;
  constexpr std::uint32_t rest = 5000 - 64;
  std::vector<std::string> ids;
  for (std::uint32_t n = 0; n <= rest; ++n) ids.push_back("n-" + std::to_string(n));
  for (std::uint32_t n = 0; n <= rest; ++n) {
    Append a = said("c1", n + 2, ids[n]);
    a.sender = "device-1";
    store.append(a, [&](Answer<Appended> got) { ++answered, taken += got ? 1 : 0, last = refusal(got); });
    if (n % 1000 == 999) test::run_until(io, [&] { return answered == n + 1; });
  }
  test::run_until(io, [&] { return answered == rest + 1; });
  EXPECT_EQ(taken, rest);
  EXPECT_EQ(last, Refusal::full);
}

TEST_F(Messages, are_answered_in_the_order_of_the_calls) {
  ASSERT_TRUE(open("c1"));
  std::vector<std::uint32_t> seqs;
  std::vector<std::string> ids;
  for (int n = 1; n <= 200; ++n) ids.push_back("id-" + std::to_string(n));
  for (std::uint32_t n = 1; n <= 200; ++n)
    store.append(said("c1", n, ids[n - 1]), [&](Answer<Appended> a) { seqs.push_back(a ? a->seq : 0); });
  test::run_until(io, [&] { return seqs.size() == 200; });
  for (std::uint32_t n = 1; n <= 200; ++n) EXPECT_EQ(seqs[n - 1], n);
}

TEST_F(Messages, carry_any_octets) {
  ASSERT_TRUE(open("c1"));
  Append a = said("c1", 1, "id:1");
  const std::string body("\0:\r\n\xff{}", 8), device = "d:e:v";
  a.body = body, a.sender = device;
  ASSERT_TRUE(append(a));
  EXPECT_EQ(log("c1").at(0).body, body);
  EXPECT_EQ(log("c1").at(0).sender, device);
  EXPECT_TRUE(append(a)->duplicate);
}

TEST_F(Messages, read_marks_move_forward_only_and_never_beyond_the_log) {
  const auto fence = serve("c1", "ann");
  ASSERT_GT(fence, 0u);
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  ASSERT_TRUE(append(said("c1", 2, "id-2")));
  ASSERT_TRUE(run(io, store.mark_read(shop, "c1", Role::agent, "ann", 2)));
  ASSERT_TRUE(run(io, store.mark_read(shop, "c1", Role::agent, "ann", 1)));
  ASSERT_TRUE(run(io, store.mark_read(shop, "c1", Role::visitor, "vera", 999)));
  EXPECT_EQ(view("c1").read_by_agent, 2u);
  EXPECT_EQ(view("c1").read_by_visitor, 2u);
  EXPECT_EQ(refusal(run(io, store.mark_read(shop, "c1", Role::agent, "bea", 2))), Refusal::not_yours);
  EXPECT_EQ(refusal(run(io, store.mark_read(shop, "none", Role::agent, "ann", 2))), Refusal::not_found);
}

}  // namespace switchboard::store
