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

// W15: there is no limit of time, nor of what was said meanwhile.
TEST_F(Messages, M2_are_known_by_their_client_id_however_old_they_are) {
  ASSERT_TRUE(open("c1"));
  constexpr std::uint32_t count = 300;
  std::size_t answered = 0;
  std::vector<std::string> ids;
  for (std::uint32_t n = 1; n <= count; ++n) ids.push_back("id-" + std::to_string(n));
  for (std::uint32_t n = 1; n <= count; ++n)
    store.append(said("c1", n, ids[n - 1]), [&](Answer<Appended> a) { answered += a ? 1 : 0; });
  test::run_until(io, [&] { return answered == count; });
  const auto first_time = log("c1", 1).front().time;
  for (const std::uint32_t n : {2u, 50u, 299u, 300u}) {
    const auto again = append(said("c1", n, ids[n - 1]));
    ASSERT_TRUE(again) << n;
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->seq, n);
  }
  EXPECT_EQ(append(said("c1", 2, "id-2"))->time, first_time);
  EXPECT_EQ(log("c1", 200).size(), 100u);
}

// Row 34 of the fault matrix: whatever else a repeat says, the first one counts.
TEST_F(Messages, M2_are_known_by_their_client_id_under_another_number_device_or_text) {
  ASSERT_TRUE(open("c1"));
  ASSERT_TRUE(append(said("c1", 1, "id-1")));
  ASSERT_TRUE(append(said("c1", 2, "id-2")));
  struct Case {
    const char* what;
    std::uint32_t number;
    std::string_view device;
  };
  const Case cases[] = {{"the next number", 3, "phone"},
                        {"a gap", 9, "phone"},
                        {"another's number", 2, "phone"},
                        {"a new device", 1, "tablet"},
                        {"a gap there", 5, "tablet"}};
  for (const auto& [what, number, device] : cases) {
    Append again = said("c1", number, "id-1");
    again.sender = device, again.body = "something else";
    const auto answer = append(again);
    ASSERT_TRUE(answer) << what;
    EXPECT_TRUE(answer->duplicate) << what;
    EXPECT_EQ(answer->seq, 1u) << what;
  }
  const auto entries = log("c1");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].body, "hello");
  EXPECT_EQ(*run(io, store.last_number(shop, "c1", Role::visitor, "vera", "phone")), 2u)
      << "no number is used up";
  EXPECT_EQ(append(said("c1", 3, "id-3"))->seq, 3u);
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  EXPECT_EQ(append(said("c1", 4, "id-1"))->seq, 1u);
  EXPECT_EQ(refusal(append(said("c1", 4, "id-4"))), Refusal::closed);
}

TEST_F(Messages, S1_M2_client_ids_of_another_author_are_not_hers) {
  const auto fence = serve("c1", "ann");
  const auto first = append(said("c1", 1, "the-same"));
  ASSERT_TRUE(first);
  Append anns = said("c1", 1, "the-same");
  anns.role = Role::agent, anns.person = "ann", anns.sender = "desktop", anns.fence = fence;
  const auto own = append(anns);
  ASSERT_TRUE(own);
  EXPECT_FALSE(own->duplicate);
  anns.person = "bea";
  EXPECT_EQ(refusal(append(anns)), Refusal::not_yours) << "nor does a guess tell that it is there";
  Append system;
  system.shop = shop, system.conversation = "c1", system.role = Role::system, system.client_id = "the-same";
  system.body = "away";
  EXPECT_FALSE(append(system)->duplicate);
  EXPECT_EQ(append(said("c1", 1, "the-same"))->seq, first->seq);
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
    const std::string device = "device-" + std::to_string(i), client_id = "id-" + std::to_string(i);
    Append a = said("c1", 1, client_id);
    a.sender = device;
    ASSERT_TRUE(append(a)) << i;
  }
  Append one_more = said("c1", 1, "id-65");
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

// What somebody has put into the keys by hand: nothing is acknowledged that is not in the log.
TEST_F(Messages, M1_of_an_id_that_the_log_does_not_have_are_not_acknowledged) {
  ASSERT_TRUE(open("c1"));
  RedisClient raw(io.get_executor(), redis().options("raw"), test::test_random(3), test::quiet());
  raw.start();
  test::run_until(io, [&] { return raw.ready(); });
  const auto key = "{" + std::string(shop) + "}:i:c1";
  ASSERT_TRUE(run(io, raw.ask(Command("HSET").arg(key).arg("id-1").arg("1").octets())));
  EXPECT_FALSE(append(said("c1", 1, "id-1")));
  EXPECT_EQ(append(said("c1", 1, "id-2"))->seq, 1u);
  EXPECT_EQ(refusal(append(said("c1", 1, "id-1"))), Refusal::duplicate_differs);
  raw.stop();
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
