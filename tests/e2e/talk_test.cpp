// The whole path, from the first hello to the last entry, in both subprotocols.
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

// The visitor speaks JSON and the agent protobuf, or the other way round.
class Path : public World, public ::testing::WithParamInterface<bool> {
 protected:
  Path() { connections = GetParam() ? 1 : 0; }
};

INSTANTIATE_TEST_SUITE_P(Subprotocols, Path, ::testing::Bool(), [](const auto& which) {
  return which.param ? "VisitorSpeaksProtobuf" : "VisitorSpeaksJson";
});

TEST_P(Path, AVisitorIsGreetedWaitsIsServedTalksAndLeaves) {
  auto& vera = visitor("Vera");
  EXPECT_EQ(vera.welcome.you.role, Role::visitor);
  EXPECT_FALSE(vera.identity.token.empty());
  EXPECT_EQ(vera.welcome.shop.name, "Corner");
  EXPECT_EQ(vera.welcome.shop.personas.size(), 3u);
  EXPECT_GT(vera.welcome.limits.text_octets_max, 0u);
  EXPECT_TRUE(vera.welcome.conversations.empty());

  // Greeted at once, told her place, with nobody there yet.
  const auto opened = vera.open("presale", {WishMode::prefer, "calm"});
  EXPECT_EQ(opened.state, ConversationState::waiting);
  EXPECT_EQ(opened.epoch, stored(opened.id).epoch);
  const auto greeting = vera.auto_reply(opened.id, Trigger::opened);
  EXPECT_EQ(greeting.seq, 1u);
  EXPECT_EQ(std::get<AutoReply>(greeting.body).text, "Welcome to Corner, Vera.");
  EXPECT_EQ(vera.next<QueueUpdate>().position, 1u);
  EXPECT_EQ(vera.say(opened.id, "is anybody there?").seq, 2u);

  auto& ann = agent("ann");
  const auto offer = ann.next<Offer>();
  EXPECT_EQ(offer.conversation, opened.id);
  EXPECT_EQ(offer.preview, "is anybody there?");
  EXPECT_EQ(offer.visitor.name, "Vera");
  EXPECT_EQ(offer.wish.persona, "calm");
  EXPECT_GT(offer.expires_in_ms, 0u);
  const auto accepted = ann.accept(offer);
  EXPECT_EQ(accepted.state, ConversationState::active);
  EXPECT_EQ(accepted.fence, offer.fence);

  // Both hold the same log: greeting, question, assignment and its greeting.
  EXPECT_EQ(std::get<AssignedNote>(vera.note<AssignedNote>(opened.id).body).agent.name, "Ann");
  ann.hold_all(opened.id, 4);
  vera.hold_all(opened.id, 4);
  const auto told =
      vera.next<Conversation>([](const Conversation& c) { return c.state == ConversationState::active; });
  EXPECT_EQ(told.agent.id, "ann");
  EXPECT_EQ(told.agent.persona, "calm");
  EXPECT_EQ(told.fence, 0u) << "visitors are not told fences";

  EXPECT_EQ(ann.say(opened.id, "yes, what is it?", offer.fence).seq, 5u);
  EXPECT_EQ(vera.text(opened.id, "yes, what is it?").author.id, "ann");
  EXPECT_EQ(vera.say(opened.id, "唇膏有小样吗？💄").seq, 6u);
  EXPECT_EQ(ann.text(opened.id, "唇膏有小样吗？💄").author.name, "Vera");

  ann.get<Done>(SetTyping{opened.id, true});
  const auto typing = vera.next<Typing>();
  EXPECT_EQ(typing.role, Role::agent);
  EXPECT_TRUE(typing.on);
  vera.get<Done>(MarkRead{opened.id, 5});
  const auto mark = ann.next<ReadMark>([](const ReadMark& m) { return m.role == Role::visitor; });
  EXPECT_EQ(mark.seq, 5u);
  vera.get<Done>(MarkRead{opened.id, 3});  // never back
  EXPECT_EQ(stored(opened.id).read_by_visitor, 5u);
  EXPECT_EQ(vera.waiting<Typing>(), 0u) << "nobody hears herself type";

  ann.close_conversation(opened.id);
  EXPECT_EQ(std::get<ClosedNote>(vera.note<ClosedNote>(opened.id).body).by, Role::agent);
  EXPECT_EQ(std::get<AutoReply>(vera.auto_reply(opened.id, Trigger::closed).body).text,
            "Thank you, says Ann.");
  const auto closed =
      vera.next<Conversation>([](const Conversation& c) { return c.state == ConversationState::closed; });
  EXPECT_EQ(closed.head, 8u);
  vera.hold_all(opened.id, 8);
  ann.hold_all(opened.id, 8);
  EXPECT_TRUE(without_gap(stored_log(opened.id)));
  vera.close_conversation(opened.id);  // done also when it was closed before
  check_books();
}

class AutoReplies : public World {};

TEST_F(AutoReplies, SpeakInTheWishedVoiceAndTheVisitorsLanguageWithFallbacks) {
  struct Case {
    const char *language, *wished, *greeting;
  };
  const Case cases[] = {
      {"en", "", "Welcome to Corner, Vera."},
      {"zh", "", "欢迎光临Corner。"},
      {"en", "bold", "Bold here, shoot."},
      {"en", "calm", "Welcome to Corner, Vera."},  // calm has no greeting of its own
      {"zh", "bold", "欢迎光临Corner。"},          // the language is worth more than the voice
      {"fr", "bold", "Bold here, shoot."},         // not one of the shop's: the default language
  };
  for (const auto& [language, wished, greeting] : cases) {
    auto& vera = visitor("Vera", language);
    const auto id = vera.open("presale", *wished ? Wish{WishMode::strict, wished} : Wish{}).id;
    EXPECT_EQ(std::get<AutoReply>(vera.auto_reply(id, Trigger::opened).body).text, greeting)
        << language << wished;
    vera.close_conversation(id);
  }
  auto& nameless = visitor("");
  EXPECT_EQ(std::get<AutoReply>(nameless.auto_reply(nameless.open().id, Trigger::opened).body).text,
            "Welcome to Corner, friend.");
}

TEST_F(AutoReplies, TheAssignedTextIsInTheVoiceOfWhoServes) {
  auto& bea = agent("bea");
  auto& vera = visitor();
  const auto served = talk(vera, bea, "presale", {WishMode::prefer, "calm"});
  const auto reply = std::get<AutoReply>(vera.auto_reply(served.id, Trigger::assigned).body);
  EXPECT_EQ(reply.text, "Bea is with you.");
  EXPECT_EQ(reply.persona, "bold");

  auto& ann = agent("ann");
  auto& xiaoyu = visitor("小雨", "zh");
  const auto in_chinese = talk(xiaoyu, ann, "presale", {WishMode::strict, "calm"});
  EXPECT_EQ(std::get<AutoReply>(xiaoyu.auto_reply(in_chinese.id, Trigger::assigned).body).text,
            "Ann来了，不着急。");
}

TEST_F(AutoReplies, AVisitorWhoLeavesTheQueueIsNotThankedForATalk) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  vera.close_conversation(id);
  vera.note<ClosedNote>(id);
  vera.hold_all(id, 2);
  EXPECT_EQ(stored_log(id).size(), 2u);
}

class PatientShop : public World {
 protected:
  PatientShop() : World({.shop_file = corner_shop("[waiting]\nfirst_after_s = 1\nrepeat_s = 0\n")}) {}
};

TEST_F(PatientShop, ThoseWhoWaitHearTheWaitingTextWithTheirPlaceOnce) {
  auto& first = visitor("First");
  auto& second = visitor("Second");
  const auto one = first.open().id;
  const auto two = second.open().id;
  EXPECT_EQ(std::get<AutoReply>(first.auto_reply(one, Trigger::waiting).body).text, "You are number 1.");
  EXPECT_EQ(std::get<AutoReply>(second.auto_reply(two, Trigger::waiting).body).text, "You are number 2.");
  let_pass(1500ms);
  EXPECT_EQ(stored_log(one).size(), 2u);
  // Those ahead leave: told at once that she is next.
  first.close_conversation(one);
  second.next<QueueUpdate>([](const QueueUpdate& q) { return q.position == 1; });
}

}  // namespace
}  // namespace switchboard::e2e
