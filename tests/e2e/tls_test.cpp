// S3: TLS on the real binary, to its clients and to Redis.
#include "tests/e2e/world.hpp"
#include "tests/net/raw_client.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/tls_redis.hpp"

namespace switchboard::e2e {
namespace {

using net::testing::RawClient;

TEST(TlsServer, S3_SpeaksHttpsAndShowsARenewedCertificateWithoutARestart) {
  const test::TempDir dir;
  const std::string certificate = dir / "certificate.pem", key = dir / "key.pem";
  test::write_certificate(certificate, key, "first");
  Gateway gateway(
      {.shop_file = corner_shop(),
       .arguments = {"--tls-certificate", certificate, "--tls-key", key, "--tls.reload_check_ms=100"}});
  gateway.start();
  RawClient client(gateway.port());
  ASSERT_TRUE(client.start_tls());
  EXPECT_EQ(client.certificate_name(), "first");
  client.upgrade();

  test::write_certificate(certificate, key, "second");
  std::string shown;
  for (int tries = 0; shown != "second" && tries < 100; ++tries) {
    std::this_thread::sleep_for(50ms);
    RawClient next(gateway.port());
    ASSERT_TRUE(next.start_tls()) << "never without a certificate, also while it is replaced";
    shown = next.certificate_name();
  }
  EXPECT_EQ(shown, "second");
  EXPECT_TRUE(
      client.send("\x89\x80"
                  "mask"))
      << "who was there stays";
  EXPECT_EQ(client.read_frame()->opcode(), 0xAu);
}

TEST(TlsServer, S3_ABadPairIsSaidAtStartAndNotServedPlain) {
  const test::TempDir dir;
  Gateway gateway({.shop_file = corner_shop(),
                   .arguments = {"--tls-certificate", dir / "none.pem", "--tls-key", dir / "none.key"}});
  EXPECT_THROW(gateway.start(), std::runtime_error);
  EXPECT_NE(gateway.log().find("none.pem"), std::string::npos);
}

// A base that is made before the gateway and outlives it.
struct BehindTls {
  test::TlsRedis servers;
};

class TlsToRedis : protected BehindTls, public World {
 protected:
  TlsToRedis() : World({.shop_file = corner_shop(), .redis_url = servers.url()}) {}
};

TEST_F(TlsToRedis, S3_M1_M4_PeopleTalkOverItAndLinesThatAreCutComeBack) {
  auto& ann = agent("ann");
  auto& vera = visitor("Vera");
  const auto now = talk(vera, ann);
  vera.say(now.id, "before");
  ann.text(now.id, "before");
  for (const char* type : {"normal", "pubsub"}) servers.process().ask({"CLIENT", "KILL", "TYPE", type});
  const auto post = vera.next_post(now.id, "after");
  ASSERT_TRUE(wait_for([&] {
    const auto ref = vera.send(post);
    const bool answered = wait_for([&] { return vera.answer(ref) != nullptr; });
    return answered && std::holds_alternative<Ack>(vera.answer(ref)->body);
  }));
  ann.text(now.id, "after");
  EXPECT_TRUE(without_gap(stored_log(now.id)));
  check_books();
}

}  // namespace
}  // namespace switchboard::e2e
