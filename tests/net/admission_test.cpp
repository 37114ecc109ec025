// Who is let in: counts in all and per address, and rates, on a clock moved by hand.
#include "server/net/admission.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace switchboard::net {
namespace {

using boost::asio::ip::make_address;
using namespace std::chrono_literals;

const std::chrono::steady_clock::time_point start{std::chrono::hours(1)};

TEST(TokenBucket, ABurstIsTakenThenTheRateAndWhatIsOverIsTold) {
  TokenBucket bucket;
  const RateLimit limit{.per_s = 10, .burst = 3};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(limit, start), 0);
  EXPECT_NEAR(bucket.take(limit, start), 1, 1e-6);
  EXPECT_NEAR(bucket.take(limit, start), 2, 1e-6);
  EXPECT_EQ(bucket.take(limit, start + 1s), 0);
}

TEST(TokenBucket, AtTheRateItLastsForever) {
  TokenBucket bucket;
  const RateLimit limit{.per_s = 10, .burst = 1};
  for (int i = 0; i < 1000; ++i) EXPECT_NEAR(bucket.take(limit, start + i * 100ms), 0, 1e-6);
}

TEST(TokenBucket, NoRateIsNoLimit) {
  TokenBucket bucket;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(bucket.take({.per_s = 0}, start), 0);
}

TEST(Admission, S2_NoMoreThanTheLimitInAllAndATicketGivenBackMakesRoom) {
  const auto admission = Admission::make({.connections_max = 2, .accepts = {}, .accepts_per_address = {}});
  auto first = admission->admit(make_address("192.0.2.1"), start);
  auto second = admission->admit(make_address("192.0.2.2"), start);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(admission->admit(make_address("192.0.2.3"), start).error(), AdmissionRefusal::too_many);
  *first = Admission::Ticket();
  EXPECT_EQ(admission->count(), 1u);
  EXPECT_TRUE(admission->admit(make_address("192.0.2.3"), start));
  EXPECT_EQ(admission->count(), 1u);  // the one just given was dropped at once
}

TEST(Admission, S2_NoMoreThanTheLimitFromOneAddress) {
  const auto admission =
      Admission::make({.connections_per_address_max = 1, .accepts = {}, .accepts_per_address = {}});
  const auto kept = admission->admit(make_address("192.0.2.1"), start);
  ASSERT_TRUE(kept);
  EXPECT_EQ(admission->admit(make_address("192.0.2.1"), start).error(),
            AdmissionRefusal::too_many_from_address);
  EXPECT_EQ(admission->admit(make_address("::ffff:192.0.2.1"), start).error(),
            AdmissionRefusal::too_many_from_address);
  EXPECT_TRUE(admission->admit(make_address("192.0.2.2"), start));
}

TEST(Admission, S2_AnIpv6CustomersNetworkIsOneAddress) {
  const auto admission =
      Admission::make({.connections_per_address_max = 1, .accepts = {}, .accepts_per_address = {}});
  const auto kept = admission->admit(make_address("2001:db8:1:2::1"), start);
  ASSERT_TRUE(kept);
  EXPECT_FALSE(admission->admit(make_address("2001:db8:1:2:ffff::9"), start));
  EXPECT_TRUE(admission->admit(make_address("2001:db8:1:3::1"), start));
}

TEST(Admission, S2_ASourceIsAnAddressOrACustomersNetwork) {
  EXPECT_EQ(source_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(source_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(source_of("2001:db8:1:2::1"), source_of("2001:db8:1:2:ffff::9"));
  EXPECT_NE(source_of("2001:db8:1:2::1"), source_of("2001:db8:1:3::1"));
  EXPECT_EQ(source_of("fe80::1%1"), source_of("fe80::2"));
  EXPECT_EQ(source_of("no address"), "no address");
}

TEST(Admission, S2_OneThatComesTooFastIsRefusedAndTheOthersAreNot) {
  const auto admission = Admission::make({.accepts = {}, .accepts_per_address = {.per_s = 1, .burst = 2}});
  EXPECT_TRUE(admission->admit(make_address("192.0.2.1"), start));
  EXPECT_TRUE(admission->admit(make_address("192.0.2.1"), start));
  EXPECT_EQ(admission->admit(make_address("192.0.2.1"), start).error(),
            AdmissionRefusal::too_fast_from_address);
  EXPECT_TRUE(admission->admit(make_address("192.0.2.2"), start));
  EXPECT_TRUE(admission->admit(make_address("192.0.2.1"), start + 5s));
}

TEST(Admission, S2_AllTogetherMayNotComeTooFast) {
  const auto admission = Admission::make({.accepts = {.per_s = 1, .burst = 1}, .accepts_per_address = {}});
  EXPECT_TRUE(admission->admit(make_address("192.0.2.1"), start));
  EXPECT_EQ(admission->admit(make_address("192.0.2.2"), start).error(), AdmissionRefusal::too_fast);
}

TEST(Admission, S2_SourcesThatHaveBeenQuietForAMinuteAreForgottenAndThoseThatAreThereAreNot) {
  const auto admission = Admission::make({.accepts = {}, .accepts_per_address = {}});
  const auto address = [](std::uint32_t n) { return boost::asio::ip::address_v4(0x0a000000 + n); };
  const auto stays = admission->admit(address(0), start);
  for (std::uint32_t n = 1; n < 20'000; ++n) ASSERT_TRUE(admission->admit(address(n), start));
  EXPECT_EQ(admission->remembered(), 20'000u) << "they may be too fast";
  for (int again = 0; again < 5'000; ++again) ASSERT_TRUE(admission->admit(address(20'000), start + 61s));
  EXPECT_EQ(admission->remembered(), 2u) << "the one that is there, and the one that came";
}

TEST(Admission, ATicketMayOutliveEveryOtherReference) {
  auto admission = Admission::make({});
  auto ticket = admission->admit(make_address("192.0.2.1"), start);
  admission.reset();
  Admission::Ticket kept = std::move(*ticket);
}

}  // namespace
}  // namespace switchboard::net
