// S3: TLS in the process, on the real binary: its settings, and a certificate that is renewed while it runs.
#include "tests/e2e/world.hpp"
#include "tests/net/raw_client.hpp"
#include "tests/support/certificate.hpp"

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

}  // namespace
}  // namespace switchboard::e2e
