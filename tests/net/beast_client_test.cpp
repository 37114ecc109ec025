// An independent judge: Beast's own WebSocket client talks to our server.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <string>

#include "tests/net/echo_server.hpp"

namespace switchboard::net::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

class BeastClient : public ::testing::Test {
 protected:
  BeastClient() {
    stream.next_layer().connect({asio::ip::address_v4::loopback(), server.port()});
    stream.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol,
                  "unknown, switchboard.v1.json, switchboard.v1.pb");
      request.set(beast::http::field::user_agent, "test");
    }));
  }

  void handshake() { stream.handshake(response, "localhost", "/v1/ws?shop=demo"); }

  std::string echoed(const std::string& payload, bool text) {
    stream.text(text);
    stream.write(asio::buffer(payload));
    beast::flat_buffer buffer;
    stream.read(buffer);
    EXPECT_EQ(stream.got_text(), text);
    return beast::buffers_to_string(buffer.data());
  }

  EchoServer server;
  asio::io_context io;
  websocket::stream<tcp::socket> stream{io};
  websocket::response_type response;
};

TEST_F(BeastClient, TakesTheHandshakeAndTheSubprotocolThatTheClientPrefers) {
  handshake();
  EXPECT_EQ(response[beast::http::field::sec_websocket_protocol], "switchboard.v1.json");
  EXPECT_EQ(response.count(beast::http::field::sec_websocket_extensions), 0u);
}

TEST_F(BeastClient, GetsEveryMessageBack) {
  handshake();
  for (const std::size_t size : {0, 1, 100, 125, 126, 4'000, 65'535, 65'536}) {
    EXPECT_EQ(echoed(std::string(size, 'm'), true), std::string(size, 'm'));
    EXPECT_EQ(echoed(std::string(size, '\x80'), false), std::string(size, '\x80'));
  }
}

TEST_F(BeastClient, GetsFragmentedMessagesBack) {
  handshake();
  stream.auto_fragment(true);
  stream.write_buffer_bytes(1'024);
  std::string said;
  while (said.size() < 60'000) said += "一件毛衣，";
  EXPECT_EQ(echoed(said, true), said);
}

TEST_F(BeastClient, IsNotGrantedCompressionAndWorksWithoutIt) {
  websocket::permessage_deflate offer;
  offer.client_enable = true;
  stream.set_option(offer);
  handshake();
  EXPECT_EQ(response.count(beast::http::field::sec_websocket_extensions), 0u);
  EXPECT_EQ(echoed(std::string(10'000, 'z'), true), std::string(10'000, 'z'));
}

TEST_F(BeastClient, GetsItsPongsAndAnswersTheServersPings) {
  handshake();
  std::string ponged;
  stream.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    if (kind == websocket::frame_type::pong) ponged = std::string(payload);
  });
  stream.ping("are you there");
  EXPECT_EQ(echoed("after", true), "after");
  EXPECT_EQ(ponged, "are you there");
}

TEST_F(BeastClient, ClosesCleanly) {
  handshake();
  stream.close({websocket::close_code::going_away, "bye"});
  const auto end = server.next_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 1001);
  EXPECT_EQ(end->reason, "bye");
}

TEST_F(BeastClient, SeesTheServersClose) {
  handshake();
  EXPECT_EQ(echoed("hello", true), "hello");
  server.run([&] { server.group().close_all(close_code::restarting, "back soon"); });
  beast::flat_buffer buffer;
  beast::error_code error;
  stream.read(buffer, error);
  EXPECT_EQ(error, websocket::error::closed);
  EXPECT_EQ(stream.reason().code, 1012);
  EXPECT_EQ(stream.reason().reason, "back soon");
}

}  // namespace
}  // namespace switchboard::net::testing
