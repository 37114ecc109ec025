// M2, M3 and M4: once, in one order, and nothing lacking after a line broke.
#include <algorithm>
#include <random>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class Delivery : public World {};

TEST_F(Delivery, M2_AResendIsAcknowledgedWithTheFirstSeqThroughAnyConnection) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto post = vera.next_post(id, "only once");
  const auto first = vera.get<Ack>(post);
  EXPECT_FALSE(first.duplicate);

  const auto again = vera.get<Ack>(post);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_EQ(again.time_ms, first.time_ms);

  vera.cut();
  come_back(vera);
  EXPECT_EQ(vera.welcome.conversations.at(0).your_last_number, 1u);
  EXPECT_EQ(vera.get<Ack>(post).seq, first.seq);
  EXPECT_EQ(vera.say(id, "and the next").seq, first.seq + 1);
  // A repeat of an older one, behind a newer one; also after the conversation is closed.
  EXPECT_EQ(vera.get<Ack>(post).seq, first.seq);
  vera.close_conversation(id);
  const auto late = vera.get<Ack>(post);
  EXPECT_EQ(late.seq, first.seq);
  EXPECT_TRUE(late.duplicate);
}

TEST_F(Delivery, M2_AResendAfterAnAckThatWasLostIsStoredOnce) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  std::mt19937 random(2);
  std::vector<std::string> said;
  for (int round = 0; round < 15; ++round) {
    const auto post = vera.next_post(id, "round " + std::to_string(round));
    said.push_back(post.client_id);
    vera.send(post);
    let_pass(std::chrono::milliseconds(random() % 4));  // cut before, while or after the server stores it
    vera.cut();
    come_back(vera);
    EXPECT_EQ(vera.get<Ack>(post).client_id, post.client_id);
  }
  std::vector<std::string> stored;
  for (const auto& entry : stored_log(id))
    if (!entry.client_id.empty()) stored.push_back(entry.client_id);
  EXPECT_EQ(stored, said);
  vera.hold_all(id, static_cast<std::uint32_t>(said.size()) + 1);
}

TEST_F(Delivery, M2_ANumberWithAnotherClientIdIsRefusedAndANumberTooHighNamesTheLastOne) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  auto post = vera.next_post(id, "one");
  vera.get<Ack>(post);
  post.client_id = test::fresh_word();
  EXPECT_EQ(vera.refusal(post), ErrorCode::duplicate_differs);
  post.number = 3;
  const auto gap = vera.get<Error>(post);
  EXPECT_EQ(gap.code, ErrorCode::number_gap);
  EXPECT_EQ(gap.last_number, 1u);
  post.number = 2;
  EXPECT_EQ(vera.get<Ack>(post).seq, 3u) << "nothing of the refused ones was stored";
  let_pass(200ms);
  EXPECT_FALSE(vera.logs[id].entries.contains(3))
      << "W17: its ack stands for it, though a refused post came before";
}

// W15: by her client id, though she has lost count, or has become a new device (W16).
TEST_F(Delivery, M2_AMessageThatComesAgainUnderAnotherNumberOrFromAnotherDeviceIsStoredOnce) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto first = vera.next_post(id, "the first");
  const auto ack = vera.get<Ack>(first);
  for (int i = 0; i < 300; ++i) vera.send(vera.next_post(id, "line " + std::to_string(i)));
  vera.hold_all(id, 302);
  auto& tab = client({.token = vera.identity.token});
  tab.hold_all(id, 302);
  for (auto* who : {&vera, &tab})
    for (const std::uint32_t number : {1u, 302u, 400u}) {
      auto again = first;
      again.number = number;
      again.content.text = "the first, in other words";
      const auto answer = who->get<Ack>(again);
      EXPECT_EQ(answer.seq, ack.seq) << number;
      EXPECT_EQ(answer.time_ms, ack.time_ms) << number;
      EXPECT_TRUE(answer.duplicate) << number;
    }
  EXPECT_EQ(vera.say(id, "and on").seq, 303u) << "no number was used up";
  const auto log = stored_log(id);
  EXPECT_EQ(log.size(), 303u);
  EXPECT_EQ(std::get<Content>(log.at(1).body).text, "the first");
}

TEST_F(Delivery, M3_AllSeeOneOrderWithoutGapsUnderPostingFromTwoTabsOnBothSides) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  auto& other_vera = client({.token = vera.identity.token});
  auto& other_ann = client({.token = ann.identity.token});
  constexpr int each = 40;
  std::map<TestClient*, std::vector<std::string>> said;
  for (int i = 0; i < each; ++i) {
    for (auto* who : {&vera, &other_vera, &ann, &other_ann}) {
      const auto post = who->next_post(now.id, who->identity.device + std::to_string(i),
                                       who == &ann || who == &other_ann ? now.fence : 0);
      said[who].push_back(post.client_id);
      who->send(post);
    }
    if (i % 8 == 0) let_pass(1ms);
  }
  const std::uint32_t head = 3 + 4 * each;
  for (auto* who : {&vera, &other_vera, &ann, &other_ann}) who->hold_all(now.id, head);

  const auto log = stored_log(now.id);
  ASSERT_EQ(log.size(), head);
  EXPECT_TRUE(without_gap(log));
  for (auto& [who, mine] : said) {
    std::vector<std::string> kept;
    for (const auto& entry : log)
      if (std::ranges::count(mine, entry.client_id)) kept.push_back(entry.client_id);
    EXPECT_EQ(kept, mine) << "a sender's own order";
    for (const auto& entry : log) {
      const auto& held = who->logs[now.id];
      const auto got = held.entries.find(entry.seq);
      const auto acknowledged = held.acknowledged.find(entry.seq);
      const auto seen = got != held.entries.end() ? got->second.client_id : acknowledged->second;
      EXPECT_EQ(seen, entry.client_id) << who->identity.device << " at " << entry.seq;
    }
  }
}

TEST_F(Delivery, M4_WhoComesBackGetsExactlyWhatSheLacksOfEveryConversationThenLive) {
  auto& ann = agent("ann");
  auto& vera = visitor("Vera");
  auto& olga = visitor("Olga");
  const auto one = talk(vera, ann);
  const auto two = talk(olga, ann);
  vera.say(one.id, "before");
  ann.text(one.id, "before");
  for (const auto& id : {one.id, two.id}) ann.hold_all(id, static_cast<std::uint32_t>(stored_log(id).size()));
  ann.cut();
  for (int i = 0; i < 3; ++i) vera.say(one.id, "missed " + std::to_string(i));
  olga.say(two.id, "missed too");

  const auto held = ann.logs[one.id].position();
  const auto frames_before = ann.frames.size();
  come_back(ann);
  EXPECT_EQ(ann.welcome.conversations.size(), 2u);
  ann.hold_all(one.id, held + 3);
  ann.text(two.id, "missed too");
  vera.say(one.id, "live again");
  ann.text(one.id, "live again");
  // Exactly: TestClient notes as a fault whatever was sent though held.
  std::size_t sent = 0;
  for (auto i = frames_before; i < ann.frames.size(); ++i)
    if (const auto* entries = std::get_if<Entries>(&ann.frames[i].body)) sent += entries->entries.size();
  EXPECT_EQ(sent, 5u);

  // A visitor, who also learns what became of a conversation that closed while she was away.
  vera.cut();
  ann.say(one.id, "are you there?", one.fence);
  ann.close_conversation(one.id);
  come_back(vera);
  ASSERT_EQ(vera.welcome.conversations.size(), 1u);
  EXPECT_EQ(vera.welcome.conversations[0].state, ConversationState::closed);
  vera.hold_all(one.id, vera.welcome.conversations[0].head);
  vera.text(one.id, "are you there?");
}

TEST_F(Delivery, M4_APositionOfAnotherTimelineOrBeyondTheHeadIsResetAndTheWholeLogFollows) {
  auto& vera = visitor();
  const auto opened = vera.open();
  vera.say(opened.id, "one");
  vera.say(opened.id, "two");
  struct Case {
    const char* what;
    Position position;
    bool reset;
  };
  const Case cases[] = {{"another epoch", {opened.id, opened.epoch + 1, 2}, true},
                        {"another epoch, held above a gap", {opened.id, opened.epoch + 1, 0}, true},
                        {"beyond the head", {opened.id, opened.epoch, 4}, true},
                        {"far beyond the head", {opened.id, opened.epoch, 4'000'000'000u}, true},
                        {"at the head", {opened.id, opened.epoch, 3}, false},
                        {"nothing held", {opened.id, opened.epoch, 0}, false},
                        {"nothing held of no epoch", {opened.id, 0, 0}, false}};
  for (const auto& [what, position, reset] : cases) {
    auto& tab = clients.emplace_back(io, Identity{.token = vera.identity.token});
    tab.connect({.port = gateway.port()});
    auto hello = tab.hello_frame();
    hello.positions = {position};
    tab.get<Welcome>(hello);
    if (reset) {
      EXPECT_EQ(tab.next<Reset>().epoch, opened.epoch) << what;
    }
    if (position.seq != 3) tab.hold_all(opened.id, 3);
    let_pass(50ms);
    EXPECT_EQ(tab.waiting<Reset>(), 0u) << what;
    EXPECT_EQ(tab.logs[opened.id].entries.size(), position.seq == 3 ? 0u : 3u) << what;
  }
  // Follow does the same for one conversation.
  vera.logs.erase(opened.id);
  vera.get<Conversation>(Follow{{opened.id, opened.epoch + 7, 2}});
  vera.next<Reset>();
}

TEST_F(Delivery, M4_ALongLogComesWholeInPages) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  std::vector<std::uint32_t> refs;
  for (int i = 0; i < 450; ++i) refs.push_back(vera.send(vera.next_post(id, "line " + std::to_string(i))));
  for (const auto ref : refs) vera.expect<Ack>(vera.reply(ref));
  auto& tab = client({.token = vera.identity.token});
  tab.hold_all(id, 451);
  EXPECT_EQ(tab.logs[id].entries.size(), 451u);
}

TEST_F(Delivery, M4_AClosedConversationCanBeReadAgain) {
  auto& vera = visitor();
  const auto opened = vera.open();
  vera.say(opened.id, "for the record");
  vera.close_conversation(opened.id);
  auto& tab = client({.token = vera.identity.token});
  EXPECT_TRUE(tab.welcome.conversations.empty());
  const auto state = tab.get<Conversation>(Follow{{opened.id, opened.epoch, 0}});
  EXPECT_EQ(state.state, ConversationState::closed);
  EXPECT_EQ(state.head, 3u);
  tab.hold_all(opened.id, 3);
}

// Row 19 of the fault matrix: the subscriptions are cut, and what is said meanwhile is the last for long.
class CutOff : public World {
 protected:
  CutOff()
      : World({.shop_file = corner_shop(),
               .arguments = {"--redis.reconnect_min_ms=1000", "--redis.reconnect_max_ms=1000"}}) {}

  std::int64_t ask(const std::vector<std::string>& words) {
    store::Command command(words[0]);
    for (std::size_t i = 1; i < words.size(); ++i) command.arg(words[i]);
    const auto reply = test::run(io, raw_redis().ask(command.octets()));
    if (!reply) throw std::runtime_error("Redis did not answer");
    return (reply->view().is_array() ? reply->view()[1] : reply->view()).integer();
  }
  // Whether nobody listened to the channel from before `act` until after it.
  bool unheard(const std::string& channel, const std::function<void()>& act) {
    EXPECT_GT(ask({"CLIENT", "KILL", "TYPE", "pubsub"}), 0);
    act();
    return ask({"PUBSUB", "SHARDNUMSUB", channel}) == 0;
  }
  void all_subscribed(const std::string& channel) {
    ASSERT_TRUE(wait_for([&] { return ask({"PUBSUB", "SHARDNUMSUB", channel}) > 0; }));
    let_pass(200ms);
  }
};

TEST_F(CutOff, M4_R4_WhatHappensWhileTheSubscriptionsAreCutIsToldWhenTheyAreBackWithoutAnythingElse) {
  auto& ann = agent("ann");
  auto& vera = visitor("Vera");
  auto& olga = visitor("Olga");
  const auto now = talk(vera, ann);
  const auto talks = store::channel_conversation("corner", now.id),
             anns = store::channel_agent("corner", "ann");
  int unheard_words = 0, unheard_offers = 0;
  for (int round = 0; round < 10 && unheard_words < 2; ++round) {
    all_subscribed(talks);
    const auto words = "nobody listens " + std::to_string(round);
    unheard_words += unheard(talks, [&] { vera.say(now.id, words); });
    ann.text(now.id, words);
  }
  for (int round = 0; round < 10 && unheard_offers < 1; ++round) {
    all_subscribed(anns);
    const OpenConversation open{"presale", {}, test::fresh_word()};
    unheard_offers += unheard(anns, [&] {
      olga.send(
          open);  // done, though she may be told to try again: what she would follow cannot be heard now
      ASSERT_TRUE(wait_for([&] { return stored_agent("ann").conversations.size() == 2; }));
    });
    const auto offer = ann.next<Offer>([&](const Offer& one) { return one.conversation != now.id; });
    ASSERT_TRUE(wait_for([&] { return std::holds_alternative<Conversation>(olga.ask(open).body); }));
    olga.close_conversation(offer.conversation);
  }
  all_subscribed(talks);
  unheard(talks, [&] { vera.close_conversation(now.id); });
  ann.note<ClosedNote>(now.id);
  ann.next<Conversation>([&](const Conversation& told) { return told.state == ConversationState::closed; });
  EXPECT_GE(unheard_words, 1) << "the test did too little";
  EXPECT_GE(unheard_offers, 1) << "the test did too little";
}

}  // namespace
}  // namespace switchboard::e2e
