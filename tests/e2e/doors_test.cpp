// S2, S3: who is let in, who has to leave again, and what everybody may send at most: the limits and lists of
// the configuration and of the shop file, on the running product.
#include <boost/json.hpp>
#include <set>
#include <sstream>

#include "tests/e2e/several_gateways.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"

namespace switchboard::e2e {
namespace {

namespace json = boost::json;
using net::testing::RawClient;

// ---------------------------------------------------------------- the first frame, and too many wrong ones

class Haste : public World {
 protected:
  Haste()
      : World({.shop_file = corner_shop(),
               .arguments = {"--inbound.messages_per_s=10", "--inbound.messages_burst=30",
                             "--session.hello_timeout_ms=500"}}) {}

  TestClient& stranger(Encoding encoding = Encoding::json) {
    auto& client = clients.emplace_back(io, Identity{.name = "Stranger"});
    client.connect({.port = gateway.port(), .encoding = encoding});
    return client;
  }
};

TEST_F(Haste, S2_W2_WhoDoesNotSayHelloInTimeIsClosedWith4500) {
  auto& silent = stranger();
  auto& wrong = stranger(Encoding::protobuf);
  EXPECT_EQ(wrong.refusal(Heartbeat{}), ErrorCode::not_signed_in);
  auto& quick = visitor("Quick");
  EXPECT_EQ(silent.wait_closed(), 4500);
  EXPECT_EQ(wrong.wait_closed(), 4500) << "the time begins anew with the error, and is as long";
  let_pass(600ms);
  EXPECT_FALSE(quick.ended());
}

TEST_F(Haste, S2_W28_MoreThanFiveFramesThatAreNoRequestAreClosedWith4505) {
  auto& vera = visitor("Vera");  // JSON
  for (int i = 0; i < 5; ++i) vera.send_text(R"({"fancy":{}})");
  EXPECT_TRUE(std::holds_alternative<Done>(vera.ask(Heartbeat{}).body)) << "five are forgiven";
  vera.send_text(R"({"fancy":{}})");
  EXPECT_EQ(vera.wait_closed(), 4505);

  auto& olga = visitor("Olga");  // protobuf
  for (int i = 0; i < 6; ++i) olga.send_binary(std::string("\x08\x00", 2));
  EXPECT_EQ(olga.wait_closed(), 4505);

  auto& early = stranger();
  for (int i = 0; i < 6; ++i) early.send(Heartbeat{});
  EXPECT_EQ(early.wait_closed(), 4505) << "before the hello as well";
  for (auto* one : {&vera, &olga}) one->faults.clear();  // errors without a request of theirs
}

TEST_F(Haste, S2_W28_WhoAsksTooFastHearsBusyIsClosedWith4003AndOthersAreUnharmed) {
  auto& witness = visitor("Witness");
  auto& hasty = visitor("Hasty");
  std::vector<std::uint32_t> refs;
  for (int i = 0; i < 200; ++i) refs.push_back(hasty.send(Heartbeat{}));
  EXPECT_EQ(hasty.wait_closed(), 4003);
  std::size_t done = 0, busy = 0;
  for (const auto ref : refs) {
    const auto* answer = hasty.answer(ref);
    if (!answer) continue;
    done += std::holds_alternative<Done>(answer->body);
    const auto* error = std::get_if<Error>(&answer->body);
    if (!error) continue;
    ++busy;
    EXPECT_EQ(error->code, ErrorCode::busy);
    EXPECT_GT(error->retry_after_ms, 0u);
  }
  EXPECT_GE(done, 25u);
  EXPECT_GE(busy, 25u) << "first she is told";
  EXPECT_LT(done + busy, 150u);
  witness.open();
}

// ---------------------------------------------------------------- origins

class Origins : public World {
 protected:
  Origins() : World({.shop_file = with_origin(corner_shop(), "https://www.corner.example")}) {
    const auto other =
        gateway.write_file("other.toml", with_origin(other_shop(), "https://www.other.example"));
    if (!gateway.command({"shop", "apply", other}))
      throw std::runtime_error("the other shop was not applied");
    if (!wait_for([&] { return status("https://www.other.example") == 101; }))
      throw std::runtime_error("the other shop is not there");
  }

  static std::string with_origin(std::string shop, const std::string& origin) {
    return shop.insert(shop.find("languages"), "origins = [\"" + origin + "\"]\n");
  }
  std::unique_ptr<RawClient> upgrade(const std::string& origin) {
    auto raw = std::make_unique<RawClient>(gateway.port());
    raw->send(RawClient::upgrade_request(origin.empty() ? "" : "Origin: " + origin + "\r\n"));
    return raw;
  }
  unsigned status(const std::string& origin) {
    return static_cast<unsigned>(std::stoi(upgrade(origin)->read_head().substr(9, 3)));
  }
  // What a hello from a page of this origin gets: the close code, or 0 with a welcome.
  int outcome(const std::string& origin, const std::string& shop, const std::string& token = {}) {
    const auto raw = upgrade(origin);
    EXPECT_TRUE(raw->read_head().starts_with("HTTP/1.1 101 ")) << origin;
    const Hello hello{.shop = shop, .token = token, .device = test::fresh_word()};
    raw->send(net::testing::client_frame(net::Opcode::text, encode(Encoding::json, ClientFrame{1, hello})));
    while (const auto frame = raw->read_frame()) {
      if (frame->opcode() == 0x8) return frame->close_code();
      if (frame->payload.find("\"welcome\"") != std::string::npos) return 0;
    }
    return 1006;
  }
};

TEST_F(Origins, S3_OnlyPagesOfAShopAndOfTheServerItselfMayConnect) {
  for (const char* good : {"", "https://www.corner.example", "http://localhost", "https://localhost"})
    EXPECT_EQ(status(good), 101u) << good;
  for (const char* bad :
       {"null", "https://evil.example", "http://www.corner.example", "https://corner.example",
        "https://www.corner.example.evil", "https://www.corner.example:8443", "https://www.corner.example/",
        "https://evil.example#https://www.corner.example", "https://www.corner.example https://evil.example",
        "https://evilwww.corner.example", "//www.corner.example", "www.corner.example",
        "http://localhost.evil", "http://localhost:81", "file://", "*"})
    EXPECT_EQ(status(bad), 403u) << bad;
}

TEST_F(Origins, S1_S3_APageOfOneShopIsNotAPageOfAnotherForVisitorsNorForAgents) {
  const auto ann = gateway.token(shop::TokenRole::agent, "ann");
  for (const auto& token : {std::string(), ann}) {
    EXPECT_EQ(outcome("https://www.corner.example", "corner", token), 0);
    EXPECT_EQ(outcome("http://localhost", "corner", token), 0);
    EXPECT_EQ(outcome("https://www.other.example", "corner", token), 4504);
  }
  EXPECT_EQ(outcome("https://www.other.example", "other"), 0);
  EXPECT_EQ(outcome("https://www.corner.example", "other"), 4504);
}

// ---------------------------------------------------------------- row 52: who may not stay

class Staff : public TwoGateways {
 protected:
  static std::string shop_without(const std::string& agent) {
    auto text = corner_shop();
    const auto begin = text.rfind("[[agent]]", text.find("id = \"" + agent + "\""));
    const auto end = std::min(text.find("[[agent]]", begin + 1), text.find("[[auto_reply]]"));
    return text.erase(begin, end - begin);
  }
  static std::string shop_with_disabled(const std::string& agent) {
    auto text = corner_shop();
    const auto id = "id = \"" + agent + "\"\n";
    return text.insert(text.find(id) + id.size(), "enabled = false\n");
  }
  void apply(const std::string& text) {
    ASSERT_TRUE(gateway.command({"shop", "apply", gateway.write_file("changed.toml", text)}));
  }
  std::uint16_t port_of_connection(int n) const override {
    return n % 2 == 0 ? gateway.port() : second.port();
  }
};

TEST_F(Staff, S3_R5_AnAgentWhoIsDisabledOrLeavesTheShopIsClosedAndHersAreServedByAnother) {
  for (const bool disabled : {true, false}) {
    SCOPED_TRACE(disabled ? "disabled" : "not in the file any more");
    auto& ann = agent("ann");
    auto& vera = visitor("Vera");
    const auto now = talk(vera, ann);
    auto& bea = agent("bea");
    const auto token = ann.identity.token;
    apply(disabled ? shop_with_disabled("ann") : shop_without("ann"));
    EXPECT_EQ(ann.wait_closed(), 4500);
    vera.note<RequeuedNote>(now.id);
    const auto offer = bea.next<Offer>([&](const Offer& o) { return o.conversation == now.id; });
    bea.accept(offer);
    vera.say(now.id, "MARK-AFTER");
    bea.text(now.id, "MARK-AFTER");
    EXPECT_EQ(ann.octets.find("MARK-AFTER"), std::string::npos);
    for (const auto* at : {&gateway, &second}) {
      auto& again = clients.emplace_back(io, Identity{.token = token});
      again.connect({.port = at->port()});
      again.send(again.hello_frame());
      EXPECT_EQ(again.wait_closed(), 4500);
    }
    EXPECT_FALSE(bea.ended()) << "others unharmed";
    bea.close_conversation(now.id);
    bea.close();
    bea.wait_closed();
    apply(corner_shop());
    ASSERT_TRUE(wait_for([&] {
      auto& back = clients.emplace_back(io, Identity{.token = token});
      back.connect({.port = gateway.port()});
      const auto ref = back.send(back.hello_frame());
      wait_for([&] { return back.ended() || back.answer(ref); });
      const bool in = !back.ended();
      back.cut();
      return in;
    })) << "back in the file, back in the shop";
  }
}

// ---------------------------------------------------------------- what is said to whom, and what is logged

// Every field that says something, as "welcome.you.name"; what stands in a list has the name of the list.
// Fields at their default are written, too (W6), and say nothing.
void note_fields(const json::value& value, const std::string& path, std::set<std::string>& fields) {
  if (const auto* object = value.if_object())
    for (const auto& [key, inner] : *object)
      note_fields(inner, path.empty() ? std::string(key) : path + "." + std::string(key), fields);
  else if (const auto* list = value.if_array())
    for (const auto& inner : *list) note_fields(inner, path, fields);
  else if (value != json::value("") && value != json::value(0) && value != json::value("0") &&
           value != json::value(false))
    fields.insert(path);
}

class Told : public World {
 protected:
  Told() : World({.shop_file = corner_shop(), .arguments = {"--log.level=trace"}}) {}

  static std::set<std::string> fields_in(const TestClient& client) {
    std::set<std::string> fields;
    std::istringstream frames(client.octets);
    for (std::string frame; std::getline(frames, frame);) note_fields(json::parse(frame), "", fields);
    return fields;
  }
  TestClient& in_json(Identity identity) {
    auto& client = clients.emplace_back(io, std::move(identity));
    client.connect({.port = gateway.port(), .encoding = Encoding::json});
    client.hello();
    return client;
  }
};

// Row 57: whoever tells people something new adds it here, and has thought about who may know.
constexpr std::string_view told_to_both = R"(
  ref error.code error.message error.lastNumber error.retryAfterMs
  ack.conversation ack.clientId ack.epoch ack.seq ack.timeMs
  welcome.session welcome.you.role welcome.you.id welcome.you.name welcome.heartbeatMs welcome.nowMs
  welcome.limits.burst welcome.limits.messageOctetsMax welcome.limits.messagesPerSecond welcome.limits.textOctetsMax
  welcome.shop.id welcome.shop.name welcome.shop.languages welcome.shop.skills.id welcome.shop.skills.names.en
  welcome.shop.skills.names.zh welcome.shop.personas.id welcome.shop.personas.names.en
  welcome.shop.personas.names.zh welcome.shop.personas.color
  conversation.id conversation.epoch conversation.state conversation.skill conversation.wish.mode
  conversation.wish.persona conversation.visitor.role conversation.visitor.id conversation.visitor.name
  conversation.agent.role conversation.agent.id conversation.agent.name conversation.agent.persona
  conversation.enteredMs conversation.head conversation.readByVisitor conversation.readByAgent
  conversation.yourLastNumber
  entries.conversation entries.epoch entries.entries.seq entries.entries.timeMs entries.entries.clientId
  entries.entries.author.role entries.entries.author.id entries.entries.author.name entries.entries.author.persona
  entries.entries.content.text entries.entries.autoReply.trigger entries.entries.autoReply.text
  entries.entries.autoReply.persona entries.entries.assigned.agent.role entries.entries.assigned.agent.id
  entries.entries.assigned.agent.name entries.entries.assigned.agent.persona entries.entries.assigned.reason
  entries.entries.closed.by
  typing.conversation typing.role typing.on readMark.conversation readMark.role readMark.seq
)";
constexpr std::string_view told_to_visitors = R"(
  welcome.token
  welcome.availability.free welcome.availability.open welcome.availability.etaP50Ms
  welcome.availability.personas.persona welcome.availability.personas.free
  welcome.availability.personas.onShift welcome.availability.personas.etaP50Ms
  availability.free availability.open availability.etaP50Ms availability.personas.persona
  availability.personas.free availability.personas.onShift availability.personas.etaP50Ms
  queue.conversation queue.position queue.etaP50Ms queue.etaP90Ms queue.reason
)";
constexpr std::string_view told_to_agents = R"(
  welcome.capacity welcome.you.persona welcome.status.status status.status
  conversation.fence conversation.tier
  offer.conversation offer.fence offer.expiresInMs offer.skill offer.wish.mode offer.wish.persona
  offer.visitor.role offer.visitor.id offer.visitor.name offer.tier offer.enteredMs offer.preview
  offerEnd.conversation offerEnd.fence offerEnd.reason
  why.conversation why.decidedMs why.waitedMs why.event why.reason why.agents.onDuty why.agents.candidates
  why.agents.winner.agent why.agents.winner.name why.agents.winner.level why.agents.winner.loadPm
  why.agents.winner.demandPm why.agents.winner.lastOfferMs why.agents.winner.shiftEndsSoon
)";

void expect_told(const std::set<std::string>& told, std::string_view to_both, std::string_view to_this_role) {
  std::set<std::string> may;
  for (const auto words : {to_both, to_this_role}) {
    std::istringstream list{std::string(words)};
    for (std::string word; list >> word;) may.insert(word);
  }
  for (const auto& field : told) EXPECT_TRUE(may.contains(field)) << field;
}

TEST_F(Told, S1_VisitorsAndAgentsAreToldNothingButTheseFields) {
  auto& ann = in_json({.token = gateway.token(shop::TokenRole::agent, "ann", "Ann")});
  ann.set_status(AgentStatus::available);
  auto& fresh = in_json({.name = "Fresh"});
  auto& vera = in_json({.token = gateway.token(shop::TokenRole::visitor, "regular", "Vera", 3)});
  const auto now = talk(vera, ann, "presale", {WishMode::prefer, "calm"});
  vera.say(now.id, "hello");
  ann.say(now.id, "hello to you", now.fence);
  vera.text(now.id, "hello to you");
  vera.get<Done>(SetTyping{now.id, true});
  ann.get<Done>(SetTyping{now.id, true});
  ann.get<Done>(MarkRead{now.id, 3});
  vera.next<ReadMark>();
  vera.refusal(Post{now.id, test::fresh_word(), 9, 0, {"a gap"}});
  ann.get<Why>(AskWhy{now.id});
  ann.close_conversation(now.id);
  vera.note<ClosedNote>(now.id);
  fresh.open("aftersale", {WishMode::strict, "shy"});
  fresh.next<QueueUpdate>();
  for (const auto* visitor : {&vera, &fresh})
    expect_told(fields_in(*visitor), told_to_both, told_to_visitors);
  expect_told(fields_in(ann), told_to_both, told_to_agents);
  EXPECT_TRUE(fields_in(ann).contains("offer.tier")) << "there was something to hide";
  for (const auto& secret : {fresh.identity.token, vera.identity.token, gateway.key_of("corner")})
    EXPECT_EQ(ann.octets.find(secret), std::string::npos);
}

// Row 48: what people send is logged nowhere, so nothing of it can forge a line or speak to a terminal.
TEST_F(Told, S3_NothingThatSomebodySendsReachesTheLog) {
  const std::string forged = "FORGED\r\n2026-01-01 00:00:00.000 error FORGED \x1b[31m {} %s %n {{visitor}}";
  auto& vera = in_json({.name = "FORGED {} %s {{visitor}}"});
  const auto id = vera.open().id;
  vera.say(id, forged);
  vera.refusal(Post{forged, test::fresh_word(), 2, 0, {forged}});
  vera.refusal(OpenConversation{forged, {WishMode::strict, forged}, forged});
  auto& ann = in_json({.token = gateway.token(shop::TokenRole::agent, "ann", "Ann")});
  ann.get<Done>(SetStatus{AgentStatus::available, forged});
  const auto offer = ann.next<Offer>();
  EXPECT_EQ(offer.preview, forged) << "people see it as it is";
  ann.get<Done>(DeclineOffer{id, offer.fence, forged});
  for (const auto& change : std::vector<std::function<void(Hello&)>>{
           [&](Hello& h) { h.token = forged; }, [&](Hello& h) { h.device = forged; },
           [&](Hello& h) { h.shop = forged; }, [&](Hello& h) { h.client = forged; },
           [&](Hello& h) { h.name = forged; }, [&](Hello& h) { h.language = "\x1b[1m\n"; }}) {
    auto& one = clients.emplace_back(io, Identity{.name = "FORGED"});
    one.connect({.port = gateway.port()});
    auto hello = one.hello_frame();
    change(hello);
    const auto ref = one.send(hello);
    EXPECT_TRUE(wait_for([&] { return one.ended() || one.answer(ref); }));
  }
  const json::object log_in{{"shop", "corner"}, {"agent", forged}, {"password", forged}};
  EXPECT_NE(test::http(gateway.port(), "POST", "/api/v1/login", json::serialize(log_in)).status, 200u);
  for (const char* request : {"GET /FORGED%0d%0a HTTP/1.1\r\nHost: x\r\nUser-Agent: \x1b[31mFORGED\r\n\r\n",
                              "FORGED\x1b[31m\n\n", "GET /v1/ws?FORGED HTTP/1.1\r\nOrigin: FORGED\r\n\r\n"}) {
    RawClient raw(gateway.port());
    raw.send(request);
    raw.shutdown_send();
    raw.read_head();
  }
  const auto log = gateway.log();
  EXPECT_NE(log.find("token refused"), std::string::npos) << "the log is that of these";
  EXPECT_EQ(log.find("FORGED"), std::string::npos);
  EXPECT_EQ(log.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace switchboard::e2e
