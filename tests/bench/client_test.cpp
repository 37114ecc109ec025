// The load client against a scripted server: it must keep the contract (proto/README.md) exactly, or the
// bench measures its own mistakes.
#include "bench/load/client.hpp"

#include <gtest/gtest.h>

#include "bench/load/pairs.hpp"
#include "tests/bench/scripted_server.hpp"

namespace switchboard::load {
namespace {

using namespace proto;
using namespace std::chrono_literals;

class ClientTest : public testing::Test, private Client::Owner {
 protected:
  ClientTest() { client_.retry_base = 1ms; }

  bool until(const std::function<bool()>& done) { return run_until(io_, 5s, done); }
  // The next frame of the client, which must come and be of this kind.
  template <class Body>
  Body take(std::uint32_t* ref = nullptr) {
    EXPECT_TRUE(until([&] { return server_.connections() > 0 && !server_.frames().empty(); }));
    if (server_.frames().empty()) return {};
    auto frame = std::move(server_.frames().front());
    server_.frames().pop_front();
    if (ref) *ref = frame.ref;
    EXPECT_TRUE(std::holds_alternative<Body>(frame.body)) << "frame kind " << frame.body.index();
    return std::holds_alternative<Body>(frame.body) ? std::get<Body>(frame.body) : Body{};
  }
  Hello welcome() {
    std::uint32_t ref = 0;
    auto hello = take<Hello>(&ref);
    server_.send(ref, Welcome{});
    EXPECT_TRUE(until([&] { return client_.ready(); }));
    return hello;
  }
  Hello sign_in() {
    client_.start();
    return welcome();
  }
  void entry(std::uint32_t seq, const std::string& client_id = "") {
    server_.send(0, Entries{"c", 7, {{seq, 1, client_id, {}, Content{"x"}}}});
  }
  void ack(std::uint32_t ref, const Post& post, std::uint32_t seq, bool duplicate = false) {
    server_.send(ref, Ack{post.conversation, post.client_id, 7, seq, 1, duplicate});
  }

  boost::asio::io_context io_;
  Wire wire_{io_, 1};
  ScriptedServer server_{io_};
  Client client_{wire_, server_.target(), {"demo", "token", "device-01", "", "zh"}, *this};
  std::vector<std::uint32_t> seqs_, acked_;
  std::vector<ErrorCode> refusals_;

 private:
  void on_entry(const std::string&, std::uint32_t, const Entry& e) override { seqs_.push_back(e.seq); }
  void on_ack(const Posted&, const Ack& a, bool) override { acked_.push_back(a.seq); }
  void on_refused(const Posted&, const Error& error) override { refusals_.push_back(error.code); }
};

TEST_F(ClientTest, W2_hello_comes_first_and_names_shop_token_and_device) {
  const auto hello = sign_in();
  EXPECT_EQ(hello.shop, "demo");
  EXPECT_EQ(hello.token, "token");
  EXPECT_EQ(hello.device, "device-01");
  EXPECT_TRUE(hello.positions.empty());
}

TEST_F(ClientTest, W14_posts_are_numbered_without_waiting_for_acknowledgements) {
  sign_in();
  client_.post("c", 0, "one");
  client_.post("c", 0, "two");
  const auto first = take<Post>();
  const auto second = take<Post>();
  EXPECT_EQ(first.number, 1u);
  EXPECT_EQ(second.number, 2u);
  EXPECT_NE(first.client_id, second.client_id);
  EXPECT_GE(first.client_id.size(), 16u);
}

TEST_F(ClientTest, W15_what_is_unacknowledged_is_repeated_unchanged_after_the_line_broke) {
  sign_in();
  client_.post("c", 0, "one");
  client_.post("c", 0, "two");
  std::uint32_t ref = 0;
  const auto one = take<Post>(&ref);
  const auto two = take<Post>();
  ack(ref, one, 5);
  ASSERT_TRUE(until([&] { return acked_.size() == 1; }));
  server_.cut();
  ASSERT_TRUE(until([&] { return server_.connections() == 2; }));
  welcome();
  const auto again = take<Post>(&ref);
  EXPECT_EQ(again.client_id, two.client_id);
  EXPECT_EQ(again.number, 2u);
  EXPECT_EQ(again.content.text, "two");
  ack(ref, again, 6, true);
  EXPECT_TRUE(until([&] { return acked_ == std::vector<std::uint32_t>{5, 6}; }));
  EXPECT_EQ(client_.unacknowledged("c"), 0u);
}

TEST_F(ClientTest, W19_the_position_counts_own_acks_and_stops_before_a_gap) {
  sign_in();
  entry(1);
  client_.post("c", 0, "mine");
  std::uint32_t ref = 0;
  const auto mine = take<Post>(&ref);
  ack(ref, mine, 2);
  entry(4);  // 3 is on its way
  ASSERT_TRUE(until([&] { return seqs_.size() == 2 && acked_.size() == 1; }));
  EXPECT_EQ(client_.position("c"), 2u);
  client_.lose_line(0ms);
  const auto hello = welcome();
  ASSERT_EQ(hello.positions.size(), 1u);
  EXPECT_EQ(hello.positions[0], (Position{"c", 7, 2}));
  entry(3);
  ASSERT_TRUE(until([&] { return client_.position("c") == 4; }));
}

TEST_F(ClientTest, W16_after_a_gap_everything_unacknowledged_is_repeated_in_order_once_all_is_answered) {
  sign_in();
  for (const char* text : {"one", "two", "three"}) client_.post("c", 0, text);
  std::uint32_t refs[3];
  for (auto& ref : refs) (void)take<Post>(&ref);
  for (const auto ref : refs) server_.send(ref, Error{ErrorCode::number_gap, "", 0, 0});
  for (const std::uint32_t number : {1u, 2u, 3u}) EXPECT_EQ(take<Post>().number, number);
  ASSERT_TRUE(server_.frames().empty());
}

TEST_F(ClientTest, W28_busy_is_repeated_after_the_time_it_names) {
  sign_in();
  client_.post("c", 0, "one");
  std::uint32_t ref = 0;
  const auto post = take<Post>(&ref);
  server_.send(ref, Error{ErrorCode::busy, "", 20, 0});
  EXPECT_EQ(take<Post>().client_id, post.client_id);
}

TEST_F(ClientTest, a_definite_refusal_is_given_up_and_the_next_number_takes_its_place) {
  sign_in();
  client_.post("c", 0, "one");
  std::uint32_t ref = 0;
  (void)take<Post>(&ref);
  server_.send(ref, Error{ErrorCode::invalid, "", 0, 0});
  ASSERT_TRUE(until([&] { return refusals_.size() == 1; }));
  client_.post("c", 0, "two");
  EXPECT_EQ(take<Post>().number, 1u);
}

TEST_F(ClientTest, a_repeat_asks_again_for_what_was_acknowledged) {
  sign_in();
  EXPECT_FALSE(client_.repeat("c"));
  client_.post("c", 0, "one");
  std::uint32_t ref = 0;
  const auto post = take<Post>(&ref);
  ack(ref, post, 3);
  ASSERT_TRUE(until([&] { return acked_.size() == 1; }));
  ASSERT_TRUE(client_.repeat("c"));
  const auto again = take<Post>(&ref);
  EXPECT_EQ(again.client_id, post.client_id);
  EXPECT_EQ(again.number, post.number);
}

TEST_F(ClientTest, W20_a_reset_forgets_the_position) {
  sign_in();
  entry(1);
  server_.send(0, Reset{"c", 8});
  ASSERT_TRUE(until([&] { return seqs_.size() == 1; }));
  ASSERT_TRUE(until([&] { return client_.position("c") == 0; }));
}

TEST_F(ClientTest, W4_a_request_whose_line_breaks_is_told_that_nothing_is_known) {
  sign_in();
  bool told = false;
  ASSERT_TRUE(client_.request(OpenConversation{"presale", {}},
                              [&](const ServerFrame* reply) { told = reply == nullptr; }));
  (void)take<OpenConversation>();
  server_.cut();
  EXPECT_TRUE(until([&] { return told; }));
}

TEST_F(ClientTest, W27_a_draining_gateway_is_left_after_the_time_it_names) {
  sign_in();
  server_.send(0, Reconnect{5});
  ASSERT_TRUE(until([&] { return server_.connections() == 2; }));
}

TEST_F(ClientTest, a_close_code_that_says_stop_is_obeyed) {
  sign_in();
  server_.close(4500);
  ASSERT_TRUE(until([&] { return !client_.ready(); }));
  run_until(io_, 50ms, [] { return false; });
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(ClientTest, any_other_end_is_come_back_from) {
  sign_in();
  server_.close(4002);
  ASSERT_TRUE(until([&] { return server_.connections() == 2; }));
}

TEST(Target, urls_are_taken_apart) {
  std::string error;
  auto target = parse_target("ws://127.0.0.1:8080", error);
  EXPECT_EQ(target.endpoint.port(), 8080);
  EXPECT_EQ(target.path, "/v1/ws");
  EXPECT_EQ(target.host, "127.0.0.1:8080");
  target = parse_target("ws://127.0.0.1:81/other", error);
  EXPECT_EQ(target.path, "/other");
  EXPECT_TRUE(parse_target("http://127.0.0.1/", error).host.empty());
  EXPECT_FALSE(error.empty());
}

}  // namespace
}  // namespace switchboard::load
