// M5: every request gets exactly one reply, done or refused by name. That there is never a second one,
// TestClient sees.
#include <algorithm>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class Replies : public World {};

TEST_F(Replies, M5_APostThatCannotBeTakenIsRefusedByName) {
  auto& vera = visitor();
  const auto id = vera.open().id;
  const auto word = test::fresh_word();
  const auto octets_max = vera.welcome.limits.text_octets_max;
  struct Case {
    const char* what;
    Post post;
    ErrorCode code;
  };
  const Case cases[] = {
      {"unknown conversation", {"nobody-knows-it", word, 1, 0, {"x"}}, ErrorCode::not_found},
      {"no conversation", {"", word, 1, 0, {"x"}}, ErrorCode::not_found},
      {"a conversation id that is none", {"a b}{*", word, 1, 0, {"x"}}, ErrorCode::not_found},
      {"a very long conversation id", {std::string(4000, 'a'), word, 1, 0, {"x"}}, ErrorCode::not_found},
      {"no client id", {id, "", 1, 0, {"x"}}, ErrorCode::invalid},
      {"a short client id", {id, std::string(15, 'a'), 1, 0, {"x"}}, ErrorCode::invalid},
      {"a long client id", {id, std::string(41, 'a'), 1, 0, {"x"}}, ErrorCode::invalid},
      {"a client id of other signs", {id, "aaaaaaaaaaaaaaa:", 1, 0, {"x"}}, ErrorCode::invalid},
      {"number 0", {id, word, 0, 0, {"x"}}, ErrorCode::invalid},
      {"a gap", {id, word, 2, 0, {"x"}}, ErrorCode::number_gap},
      {"the highest number", {id, word, 4'294'967'295u, 0, {"x"}}, ErrorCode::number_gap},
      {"no text", {id, word, 1, 0, {""}}, ErrorCode::invalid},
      {"a blank text", {id, word, 1, 0, {" \t\r\n"}}, ErrorCode::invalid},
      {"a text with NUL", {id, word, 1, 0, {std::string("a\0b", 3)}}, ErrorCode::invalid},
      {"a text one octet too long", {id, word, 1, 0, {std::string(octets_max + 1, 'a')}}, ErrorCode::invalid},
  };
  for (const auto& [what, post, code] : cases) EXPECT_EQ(vera.refusal(post), code) << what;
  // At the limits it is taken.
  EXPECT_EQ(vera.get<Ack>(Post{id, std::string(16, 'a'), 1, 0, {std::string(octets_max, 'a')}}).seq, 2u);
  EXPECT_EQ(vera.get<Ack>(Post{id, std::string(40, 'a'), 2, 0, {"\xF0\x9F\x92\x84 \xE2\x80\xAE rtl"}}).seq,
            3u);
  vera.close_conversation(id);
  EXPECT_EQ(vera.refusal(Post{id, word, 3, 0, {"too late"}}), ErrorCode::closed);
  EXPECT_EQ(stored(id).head, 4u);
}

TEST_F(Replies, M5_FieldsOutOfTheirBoundsAreNamed) {
  auto& vera = visitor();
  EXPECT_EQ(vera.refusal(OpenConversation{"nothing", {}}), ErrorCode::invalid);
  EXPECT_EQ(vera.refusal(OpenConversation{"", {}}), ErrorCode::invalid);
  EXPECT_EQ(vera.refusal(OpenConversation{"presale", {WishMode::prefer, "nobody"}}), ErrorCode::invalid);
  EXPECT_EQ(vera.refusal(OpenConversation{"presale", {WishMode::strict, ""}}), ErrorCode::invalid);
  EXPECT_EQ(vera.refusal(OpenConversation{"presale", {}, "too short"}), ErrorCode::invalid);
  const auto id = vera.open().id;
  EXPECT_EQ(vera.refusal(ChangeWish{id, {WishMode::prefer, "nobody"}}), ErrorCode::invalid);
  EXPECT_EQ(vera.refusal(ChangeWish{"elsewhere", {}}), ErrorCode::not_found);
  EXPECT_EQ(vera.refusal(CloseConversation{""}), ErrorCode::not_found);
  EXPECT_EQ(vera.refusal(SetTyping{"elsewhere", true}), ErrorCode::not_found);
  EXPECT_EQ(vera.refusal(MarkRead{"elsewhere", 1}), ErrorCode::not_found);
  EXPECT_EQ(vera.refusal(Follow{{"elsewhere", 1, 0}}), ErrorCode::not_found);
  vera.get<Done>(Heartbeat{});

  auto& ann = agent("ann", AgentStatus::offline);
  EXPECT_EQ(ann.refusal(SetStatus{AgentStatus::on_break, std::string(257, 'a')}), ErrorCode::invalid);
  EXPECT_EQ(ann.refusal(AcceptOffer{id, 1}), ErrorCode::stale);
  EXPECT_EQ(ann.refusal(AcceptOffer{"elsewhere", 1}), ErrorCode::stale);
  EXPECT_EQ(ann.refusal(DeclineOffer{id, 1, ""}), ErrorCode::stale);
  EXPECT_EQ(ann.refusal(DeclineOffer{id, 1, std::string(257, 'a')}), ErrorCode::invalid);
}

TEST_F(Replies, M5_ASecondOpenIsAnsweredWithTheOneThatIsOpen) {
  auto& vera = visitor();
  const auto first = vera.open("presale", {WishMode::prefer, "calm"});
  const auto second = vera.open("aftersale", {WishMode::strict, "bold"});
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.skill, "presale");
  EXPECT_EQ(second.wish.persona, "calm");
  auto& tab = client({.token = vera.identity.token});
  EXPECT_EQ(tab.open().id, first.id);
  EXPECT_EQ(tab.logs[first.id].entries.size(), 1u);
}

TEST_F(Replies, M5_HelloComesFirstAndOnce) {
  auto& vera = clients.emplace_back(io, Identity{.name = "Vera"});
  vera.connect({.port = gateway.port()});
  EXPECT_EQ(vera.refusal(Heartbeat{}), ErrorCode::not_signed_in);
  EXPECT_EQ(vera.refusal(OpenConversation{"presale", {}}), ErrorCode::not_signed_in);
  auto hello = vera.hello_frame();
  hello.device = "short";
  EXPECT_EQ(vera.refusal(hello), ErrorCode::invalid);
  vera.hello();
  EXPECT_EQ(vera.refusal(vera.hello_frame()), ErrorCode::already_signed_in);
  vera.open();
}

TEST_F(Replies, M5_AHelloOutOfItsBoundsMayBeSaidAgain) {
  const std::vector<std::function<void(Hello&)>> wrong = {
      [](Hello& h) { h.device = "short"; },
      [](Hello& h) { h.device = std::string(41, 'a'); },
      [](Hello& h) { h.name = std::string(129, 'a'); },
      [](Hello& h) { h.name = "two\nlines"; },  // no token could carry it
      [](Hello& h) { h.name = "a \x1b[31m colour"; },
      [](Hello& h) {
        h.positions = std::vector<Position>(17, Position{"c", 1, 1});
      },
      [](Hello& h) { h.shop = "No Shop"; },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    auto& vera = clients.emplace_back(io, Identity{.name = "Vera"});
    vera.connect({.port = gateway.port()});
    auto hello = vera.hello_frame();
    wrong[i](hello);
    EXPECT_EQ(vera.refusal(hello), ErrorCode::invalid) << i;
    vera.hello();
  }
  for (const auto& name : {std::string(128, 'a'), std::string("\xE2\x80\xAE rtl \xF0\x9F\x92\x84")}) {
    auto& vera = visitor(name);
    EXPECT_EQ(vera.welcome.you.name, name);
    EXPECT_FALSE(vera.welcome.token.empty()) << "she can come back";
  }
  auto& stray = clients.emplace_back(io, Identity{.shop = "nowhere"});
  stray.connect({.port = gateway.port()});
  EXPECT_EQ(stray.refusal(stray.hello_frame()), ErrorCode::not_found);
  EXPECT_EQ(stray.wait_closed(), 4504);
}

TEST_F(Replies, S2_PagesThatCanOnlyBeReadRefuseOtherMethods) {
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.yaml"})
    for (const char* method : {"POST", "DELETE", "TRACE"})
      EXPECT_EQ(test::http(gateway.port(), method, path).status, 405u) << method << " " << path;
}

TEST_F(Replies, M5_W7_ABodyOrAWishThatIsNotKnownIsABadFrame) {
  auto& vera = visitor();  // JSON
  vera.send_text(R"({"ref":900,"fancy":{"new":true}})");
  vera.send_text(R"({"ref":901})");
  vera.send_text(R"({"ref":902,"open":{"skill":"presale","wish":{"mode":"WISH_FANCY"}}})");
  const auto bad = [&](std::uint32_t ref) {
    return [&vera, ref] {
      return std::ranges::any_of(vera.frames, [&](const ServerFrame& f) {
        const auto* error = std::get_if<Error>(&f.body);
        return f.ref == ref && error && error->code == ErrorCode::bad_frame;
      });
    };
  };
  for (const std::uint32_t ref : {900u, 901u, 902u}) EXPECT_TRUE(wait_for(bad(ref))) << ref;
  vera.get<Done>(Heartbeat{});
  vera.faults.clear();  // replies to refs that this client did not count
}

TEST_F(Replies, M5_W1_WhatCannotBeDecodedOrIsOfTheOtherTypeEndsTheConnectionByName) {
  auto& vera = visitor("Vera");  // JSON
  vera.send_text("{\"ref\":1,");
  EXPECT_EQ(vera.wait_closed(), 1007);
  auto& olga = visitor("Olga");  // protobuf
  olga.send_binary("\xFF\xFF\xFF\xFF");
  EXPECT_EQ(olga.wait_closed(), 1007);
  auto& emma = visitor("Emma");  // JSON
  emma.send_binary("{}");
  EXPECT_EQ(emma.wait_closed(), 1003);
  auto& ida = visitor("Ida");  // protobuf
  ida.send_binary(std::string(64 * 1024 + 1, 'a'));
  EXPECT_EQ(ida.wait_closed(), 1009);
}

TEST_F(Replies, M5_PipelinedRequestsOfAllKindsGetOneReplyEach) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  std::vector<std::pair<TestClient*, std::uint32_t>> asked;
  for (int i = 0; i < 25; ++i) {
    asked.emplace_back(&vera, vera.send(vera.next_post(now.id, "post " + std::to_string(i))));
    asked.emplace_back(&vera, vera.send(SetTyping{now.id, true}));
    asked.emplace_back(&vera, vera.send(OpenConversation{"presale", {}}));
    asked.emplace_back(&vera, vera.send(ChangeWish{now.id, {}}));
    asked.emplace_back(&vera, vera.send(MarkRead{now.id, 1}));
    asked.emplace_back(&vera, vera.send(Post{now.id, "bad", 1, 0, {"x"}}));
    asked.emplace_back(&ann, ann.send(ann.next_post(now.id, "answer " + std::to_string(i), now.fence)));
    asked.emplace_back(&ann, ann.send(AcceptOffer{now.id, now.fence}));  // repeated: harmless
    asked.emplace_back(&ann, ann.send(DeclineOffer{now.id, now.fence, ""}));
    asked.emplace_back(&ann, ann.send(SetStatus{AgentStatus::available, ""}));
    asked.emplace_back(&ann, ann.send(Heartbeat{}));
  }
  for (const auto& [who, ref] : asked) who->reply(ref);
  vera.close_conversation(now.id);
  let_pass(200ms);  // for second replies, which would be faults
  EXPECT_TRUE(without_gap(stored_log(now.id)));
  check_books();
}

}  // namespace
}  // namespace switchboard::e2e
