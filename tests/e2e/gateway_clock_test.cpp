// Row 21 of the fault matrix: of two gateways one has a wall clock that is an hour off.
#include "tests/e2e/preloaded.hpp"
#include "tests/e2e/several_gateways.hpp"

namespace switchboard::e2e {
namespace {

// World::gateway is wrong; it was there first, so its desk leads.
class WrongClock : public ::testing::WithParamInterface<std::int32_t>,
                   private SharedRedis,
                   protected Preloaded<std::int32_t>,
                   public World {
 protected:
  WrongClock()
      : Preloaded(Gateway::binary(), "SWITCHBOARD_STEP_CLOCK", SWITCHBOARD_STEP_CLOCK),
        World({.shop_file = corner_shop(), .redis_url = redis_url(), .program = start_with()}),
        right(roomy({.shop_file = corner_shop(), .redis_url = redis_url()})) {
    right.start();
  }
  ~WrongClock() override { clients.clear(); }

  void SetUp() override {
    if (std::getenv("SWITCHBOARD")) GTEST_SKIP() << "a sanitizer does not bear a library before its own";
  }
  std::uint16_t port_of_connection(int n) const override {
    return n % 2 == 0 ? gateway.port() : right.port();
  }
  void come_back_elsewhere(TestClient& client) {
    client.cut();
    come_back(client);
  }
  static std::string readyz(const Gateway& one) { return test::http(one.port(), "GET", "/readyz").body; }
  int close_code(const Gateway& at, const std::string& token) {
    auto& someone = clients.emplace_back(io, Identity{.token = token});
    someone.connect({.port = at.port()});
    someone.send(someone.hello_frame());
    return someone.wait_closed();
  }

  Gateway right;

 private:
  std::string start_with() {
    set(GetParam());
    return std::getenv("SWITCHBOARD") ? "" : program();
  }
};

TEST_P(WrongClock, M4_R3_S3_AGatewayThatIsAnHourOffRoutesAndDeliversAsAnyOtherAndSignsNobodyOut) {
  auto& cleo = agent("cleo");  // at the wrong one; one place
  auto& vera = visitor("Vera");
  const auto now = talk(vera, cleo);
  vera.say(now.id, "what time is it?");
  cleo.text(now.id, "what time is it?");
  cleo.say(now.id, "late", now.fence);
  vera.text(now.id, "late");
  auto& wim = visitor("Wim");  // at the wrong one
  const auto first = wim.open();
  auto& xu = visitor("Xu");
  const auto second = xu.open();
  EXPECT_EQ(xu.next<QueueUpdate>().position, 2u);

  // What one of them signs is good at the other, now and when all clocks are right.
  come_back_elsewhere(xu);
  come_back_elsewhere(wim);
  EXPECT_EQ(xu.open().id, second.id);
  EXPECT_EQ(wim.open().id, first.id);
  vera.close_conversation(now.id);
  const auto offer = cleo.next<Offer>();
  EXPECT_EQ(offer.conversation, first.id) << "R3";
  EXPECT_GT(offer.expires_in_ms, 0u);
  EXPECT_LE(offer.expires_in_ms, 3'000u);
  cleo.accept(offer);
  EXPECT_EQ(stored_agent("cleo").line, store::Line::live);
  EXPECT_FALSE(cleo.ended() || vera.ended() || wim.ended() || xu.ended());
  set(0);
  come_back_elsewhere(wim);
  EXPECT_EQ(wim.open().id, first.id);
  check_books();
}

TEST_P(WrongClock, S3_ItIsSaidAndATokenThatIsOverByBothClocksIsRefused) {
  const auto* gauge = "switchboard_clock_ahead_of_redis_seconds";
  EXPECT_TRUE(wait_for([&] { return std::abs(metric(gauge) - GetParam()) < 5; })) << metric(gauge);
  EXPECT_NE(readyz(gateway).find("the clock of this gateway is"), std::string::npos);
  EXPECT_NE(gateway.log().find("the clock of this gateway is"), std::string::npos);
  EXPECT_LT(std::abs(metric_of(right, gauge)), 5);
  EXPECT_EQ(readyz(right).find("the clock of this gateway is"), std::string::npos);

  shop::Claims claims{.subject = "someone", .shop = "corner"};
  claims.expires_s = std::time(nullptr) - 2 * 3600;
  const auto over = shop::make_token(claims, gateway.key_of("corner"));
  for (const auto* one : {&gateway, &right}) EXPECT_EQ(close_code(*one, over), 4005);
  set(0);
  EXPECT_TRUE(wait_for([&] { return gateway.log().find("agree again") != std::string::npos; }));
  EXPECT_EQ(readyz(gateway).find("the clock of this gateway is"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Hours, WrongClock, ::testing::Values(3600, -3600),
                         [](const auto& hour) { return hour.param > 0 ? "ahead" : "behind"; });

}  // namespace
}  // namespace switchboard::e2e
