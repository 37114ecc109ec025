// Opening, wishes and closing, on a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Conversations = StoreTest;

TEST_F(Conversations, open_with_a_greeting_and_wait) {
  const auto opened = open("c1", "vera", {"welcome", "please wait"});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->conversation, "c1");
  EXPECT_FALSE(opened->existing);
  const auto v = view("c1");
  EXPECT_EQ(v.id, "c1");
  EXPECT_EQ(v.state, State::waiting);
  EXPECT_EQ(v.version, 1u);
  EXPECT_EQ(v.fence, 0u);
  EXPECT_EQ(v.visitor, "vera");
  EXPECT_EQ(v.visitor_name, "Vera");
  EXPECT_EQ(v.language, "zh");
  EXPECT_EQ(v.skill, "presale");
  EXPECT_EQ(v.head, 2u);
  EXPECT_GT(v.epoch, 0u);
  EXPECT_GT(v.entered, 0);
  EXPECT_EQ(kinds(events().front().id), "O");
}

TEST_F(Conversations, are_one_per_visitor_however_many_ask_at_once) {
  std::vector<Answer<Opened>> answers;
  for (int i = 0; i < 20; ++i) {
    boost::asio::co_spawn(
        io,
        [](Store& s, std::string in, std::string id, std::vector<Answer<Opened>>& out) -> Task<void> {
          Open o;
          o.shop = in, o.conversation = id, o.visitor = "vera";
          out.push_back(co_await s.open(o));
        }(store, shop, "c" + std::to_string(i), answers),
        boost::asio::detached);
  }
  test::run_until(io, [&] { return answers.size() == 20; });
  int fresh = 0;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->conversation, answers.front()->conversation);
    fresh += answer->existing ? 0 : 1;
  }
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(*run(io, store.open_conversation_of(shop, "vera")), answers.front()->conversation);
}

TEST_F(Conversations, opened_twice_with_the_same_id_answer_what_they_answered_first) {
  ASSERT_TRUE(open("c1"));
  const auto again = open("c1");
  EXPECT_FALSE(again->existing);
  EXPECT_TRUE(open("c2")->existing);
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  EXPECT_FALSE(open("c1")->existing);  // a late repeat: it stays closed
  EXPECT_EQ(view("c1").state, State::closed);
  EXPECT_EQ(refusal(open("c1", "mallory")), Refusal::invalid);
}

TEST_F(Conversations, S2_are_refused_when_the_queue_is_full_and_in_a_shop_that_is_not_there) {
  ASSERT_TRUE(open("c1", "v1", {}, 2));
  ASSERT_TRUE(open("c2", "v2", {}, 2));
  EXPECT_EQ(refusal(open("c3", "v3", {}, 2)), Refusal::full);
  EXPECT_TRUE(open("c4", "v1", {}, 2)->existing);
  Open nowhere;
  nowhere.shop = "no-such-shop", nowhere.conversation = "c1", nowhere.visitor = "v";
  EXPECT_EQ(refusal(run(io, store.open(nowhere))), Refusal::not_found);
}

TEST_F(Conversations, get_rising_numbers_and_the_rank_of_their_opening) {
  ASSERT_TRUE(open("c1", "v1"));
  ASSERT_TRUE(open("c2", "v2"));
  EXPECT_LT(view("c1").number, view("c2").number);
  EXPECT_LE(view("c1").entered, view("c2").entered);
}

TEST_F(Conversations, change_their_wish_without_losing_their_place) {
  ASSERT_TRUE(open("c1"));
  const auto before = view("c1");
  const Wish wish{WishMode::strict, "bold"};
  ASSERT_TRUE(run(io, store.change_wish(shop, "c1", "vera", wish)));
  ASSERT_TRUE(run(io, store.change_wish(shop, "c1", "vera", wish)));
  const auto after = view("c1");
  EXPECT_EQ(after.wish, wish);
  EXPECT_EQ(after.entered, before.entered);
  EXPECT_EQ(after.version, before.version + 1);
  EXPECT_EQ(refusal(run(io, store.change_wish(shop, "c1", "mallory", wish))), Refusal::not_yours);
  EXPECT_EQ(refusal(run(io, store.change_wish(shop, "c2", "vera", wish))), Refusal::not_found);
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  EXPECT_EQ(refusal(run(io, store.change_wish(shop, "c1", "vera", {}))), Refusal::closed);
}

TEST_F(Conversations, keep_the_version_when_a_wish_changes_while_served) {
  serve("c1", "ann");
  const auto before = view("c1");
  const std::string last = events().back().id;
  ASSERT_TRUE(run(io, store.change_wish(shop, "c1", "vera", {WishMode::prefer, "fresh"})));
  EXPECT_EQ(view("c1").version, before.version);
  EXPECT_EQ(view("c1").wish.persona, "fresh");
  EXPECT_EQ(kinds(last), "");
}

TEST_F(Conversations, close_once_and_free_the_place) {
  serve("c1", "ann");
  const std::string last = events().back().id;
  const std::vector<std::string> farewell{"bye"};
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::agent, "ann", "solved", farewell)));
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::agent, "ann", "solved", farewell)));
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  EXPECT_EQ(kinds(last), "Z");
  EXPECT_EQ(events(last).front().agent, "ann");
  EXPECT_EQ(events(last).front().reason, "solved");
  EXPECT_EQ(log("c1").back().body, "bye");
  EXPECT_EQ(log("c1").size(), 1u);
  EXPECT_EQ(view("c1").agent, "ann");
  EXPECT_TRUE(agent("ann").conversations.empty());
  EXPECT_EQ(*run(io, store.open_conversation_of(shop, "vera")), "");
}

TEST_F(Conversations, S1_are_closed_by_their_own_people_only) {
  const auto epoch = lead();
  enter("ann");
  ASSERT_TRUE(open("c1"));
  EXPECT_EQ(refusal(run(io, store.close(shop, "c1", Role::visitor, "mallory", "", {}))), Refusal::not_yours);
  EXPECT_EQ(refusal(run(io, store.close(shop, "c1", Role::agent, "ann", "", {}))), Refusal::not_yours);
  ASSERT_TRUE(offer(epoch, "c1", "ann", 1));
  EXPECT_EQ(refusal(run(io, store.close(shop, "c1", Role::agent, "ann", "", {}))), Refusal::not_yours);
  EXPECT_EQ(refusal(run(io, store.close(shop, "c9", Role::system, "", "", {}))), Refusal::not_found);
  EXPECT_TRUE(run(io, store.close(shop, "c1", Role::system, "", "silent", {})));
  EXPECT_TRUE(agent("ann").conversations.empty());
}

TEST_F(Conversations, remember_who_served_the_visitor_last) {
  serve("c1", "ann");
  ASSERT_TRUE(run(io, store.close(shop, "c1", Role::visitor, "vera", "left", {})));
  EXPECT_EQ(view("c1").last_agent, "");
  ASSERT_TRUE(open("c2"));
  EXPECT_EQ(view("c2").last_agent, "ann");
}

TEST_F(Conversations, S1_of_one_shop_are_unknown_in_another) {
  ASSERT_TRUE(open("c1"));
  EXPECT_EQ(refusal(run(io, store.load("other-shop", "c1"))), Refusal::not_found);
  EXPECT_EQ(refusal(run(io, store.load(shop, "c9"))), Refusal::not_found);
}

}  // namespace switchboard::store
