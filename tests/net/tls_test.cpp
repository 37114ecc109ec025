// S3: TLS that ends in the process. The same server as everywhere, met by a client that speaks TLS.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>

#include "server/net/tls_context.hpp"
#include "tests/net/echo_server.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::net::testing {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr unsigned close = 0x8, pong = 0xA;

class Tls : public ::testing::Test {
 protected:
  Tls() { renew("first"); }

  void renew(const std::string& name) { test::write_certificate(files.certificate, files.key, name); }

  EchoOptions options() {
    auto loaded = TlsContext::load(files);
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error());
    context = std::move(*loaded);
    EchoOptions with;
    with.http.tls = context;
    with.listener.refusals_lingering_max = 0;
    return with;
  }

  test::TempDir dir;
  const TlsFiles files{dir / "certificate.pem", dir / "key.pem"};
  std::shared_ptr<TlsContext> context;
};

TEST_F(Tls, S3_AWebSocketOverTlsIsTheSameWebSocket) {
  EchoServer server(options());
  RawClient client(server.port());
  ASSERT_TRUE(client.start_tls());
  client.upgrade(client_frame(Opcode::text, "behind the handshake"));
  EXPECT_EQ(client.read_frame()->payload, "behind the handshake");
  client.send(client_frame(Opcode::ping, "?"));
  EXPECT_EQ(client.read_frame()->opcode(), pong);
  client.send(client_frame(Opcode::binary, std::string(60'000, 'b')));
  EXPECT_EQ(client.read_frame()->payload, std::string(60'000, 'b')) << "more than three records";
  client.send(client_frame(Opcode::close, std::string("\x03\xE8", 2)));
  EXPECT_EQ(client.read_frame()->close_code(), 1000);
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(client.ended_in_peace()) << "RFC 8446 section 6.1: a good-bye, not a cut";
}

TEST_F(Tls, S3_FramesArriveWholeHoweverTheyAreCutIntoRecords) {
  EchoServer server(options());
  RawClient client(server.port());
  ASSERT_TRUE(client.start_tls());
  client.upgrade();
  const std::string frame = client_frame(Opcode::text, "octet by octet");
  for (const char octet : frame) ASSERT_TRUE(client.send({&octet, 1}));
  EXPECT_EQ(client.read_frame()->payload, "octet by octet");
  std::string many;
  for (int i = 0; i < 3'000; ++i) many += client_frame(Opcode::text, "number " + std::to_string(i));
  ASSERT_TRUE(client.send(many));
  for (int i = 0; i < 3'000; ++i) ASSERT_EQ(client.read_frame()->payload, "number " + std::to_string(i));
}

TEST_F(Tls, M6_AReaderThatStopsIsClosedAtTheOutboxLimitAndLearnsWhy) {
  EchoOptions with = options();
  with.connection.sweep_interval = 40ms;
  with.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const auto message = std::make_shared<const std::string>(1'000, 'm');
    while (connection->send(message, Opcode::binary)) {
      timer.expires_after(0ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
  };
  EchoServer server(std::move(with));
  RawClient client(server.port(), 4096);
  ASSERT_TRUE(client.start_tls());
  client.upgrade();
  const auto end = server.next_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 4002);
  std::uint16_t told = 0;
  while (const auto frame = client.read_frame())
    if (frame->opcode() == close) told = frame->close_code();
  EXPECT_EQ(told, 4002);
  EXPECT_TRUE(client.ended_in_peace());
}

TEST_F(Tls, S3_PagesComeOverItToo) {
  EchoOptions with = options();
  bool secure = false;
  with.http.routes = {{"/big", [&](HttpRequest request) -> asio::awaitable<HttpResponse> {
                         secure = request.secure;
                         co_return HttpResponse{.body = std::string(500'000, 'x')};
                       }}};
  EchoServer server(std::move(with));
  RawClient client(server.port());
  ASSERT_TRUE(client.start_tls("\x08http/1.1"));
  for (int again = 0; again < 3; ++again) {
    client.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(client.read_head().starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(client.read(500'000), std::string(500'000, 'x'));
  }
  EXPECT_TRUE(secure);
}

TEST_F(Tls, S3_ARenewedCertificateIsShownToWhoComesNextAndNobodyIsCut) {
  EchoServer server(options());
  RawClient before(server.port());
  ASSERT_TRUE(before.start_tls());
  before.upgrade();
  EXPECT_EQ(before.certificate_name(), "first");
  EXPECT_FALSE(*context->reload_if_changed()) << "nothing has changed";

  renew("second");
  EXPECT_TRUE(*context->reload_if_changed());
  RawClient after(server.port());
  ASSERT_TRUE(after.start_tls());
  EXPECT_EQ(after.certificate_name(), "second");
  before.send(client_frame(Opcode::text, "still here"));
  EXPECT_EQ(before.read_frame()->payload, "still here");
}

TEST_F(Tls, S3_APairThatDoesNotMatchIsRefusedAndTheOldOneStaysUntilItDoes) {
  EchoServer server(options());
  test::write_certificate(files.certificate, dir / "other.pem", "half");
  const auto half = context->reload_if_changed();
  ASSERT_FALSE(half);
  EXPECT_NE(half.error().find(files.key), std::string::npos) << half.error();
  EXPECT_FALSE(*context->reload_if_changed()) << "it is told once";
  RawClient client(server.port());
  ASSERT_TRUE(client.start_tls());
  EXPECT_EQ(client.certificate_name(), "first");
  std::filesystem::rename(dir / "other.pem", files.key);
  EXPECT_TRUE(*context->reload_if_changed());
}

TEST_F(Tls, S3_AtStartABadFileIsNamed) {
  const auto absent = TlsContext::load({dir / "nowhere.pem", files.key});
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().find("nowhere.pem"), std::string::npos);
  std::ofstream(files.key) << "not a key";
  const auto bad = TlsContext::load(files);
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().find(files.key), std::string::npos);
}

TEST_F(Tls, S3_OldVersionsAndOtherProtocolsAreRefused) {
  EchoServer server(options());
  EXPECT_FALSE(RawClient(server.port()).start_tls({}, TLS1_1_VERSION));
  EXPECT_FALSE(RawClient(server.port()).start_tls("\x02h2"));
  EXPECT_TRUE(RawClient(server.port()).start_tls("\x02h2\x08http/1.1"));
  EXPECT_TRUE(RawClient(server.port()).start_tls({}, TLS1_2_VERSION));
}

// Row 41 of the fault matrix: what is not TLS ends that connection, and only that.
TEST_F(Tls, S2_PlainHttpAndGarbageOnTheTlsPortEndTheirConnectionOnly) {
  EchoServer server(options());
  RawClient witness(server.port());
  ASSERT_TRUE(witness.start_tls());
  witness.upgrade();
  for (const auto& octets :
       {std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), std::string(5'000, '\0'),
        std::string("\x16\x03\x01\xFF\xFF", 5) + std::string(70'000, 'A'),
        std::string("\x16\x03\x01\x00\x05\x01\x00\xFF\xFF\xFF", 10),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), std::string("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n")}) {
    RawClient rude(server.port());
    rude.send(octets);
    rude.shutdown_send();
    EXPECT_TRUE(rude.read_to_end());
  }
  witness.send(client_frame(Opcode::text, "unharmed"));
  EXPECT_EQ(witness.read_frame()->payload, "unharmed");
}

TEST_F(Tls, S2_AHandshakeThatDoesNotEndIsCutAtTheRequestDeadline) {
  EchoOptions with = options();
  with.http.limits.request_deadline = 200ms;
  EchoServer server(std::move(with));
  RawClient silent(server.port());
  RawClient halfway(server.port());
  halfway.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(halfway.at_end());
}

TEST_F(Tls, S3_AnOriginWithoutTlsIsNotItsOwn) {
  EXPECT_TRUE(is_own_origin("https://shop.example", "shop.example", true));
  EXPECT_FALSE(is_own_origin("http://shop.example", "shop.example", true));
  EXPECT_FALSE(is_own_origin("https://shop.example.evil", "shop.example", true));
  EXPECT_TRUE(is_own_origin("https://shop.example", "shop.example", false)) << "a proxy may have ended TLS";
}

}  // namespace
}  // namespace switchboard::net::testing
