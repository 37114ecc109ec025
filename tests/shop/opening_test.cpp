// Opening hours are local: time zones, summer time, the night between two days, and files that are none.
#include "server/shop/opening.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "server/shop/posix_time_zone.hpp"

namespace switchboard::shop {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t monday_s = 4 * day_s;  // 1970-01-05, a Monday, 00:00 UTC

TimeZone zone_of(std::string_view rule) {
  // A file of version 2 with one type at UTC and no transitions but those of the rule.
  const std::string header = std::string("TZif2") + std::string(15, '\0');
  const auto counts = [](char types, char chars) {
    std::string text(24, '\0');
    text[19] = types;
    text[23] = chars;
    return text;
  };
  const std::string block = std::string(6, '\0') + std::string("UTC\0", 4);
  const std::string file =
      header + counts(1, 4) + block + header + counts(1, 4) + block + '\n' + std::string(rule) + '\n';
  const auto zone = TimeZone::parse(file);
  EXPECT_TRUE(zone) << zone.error();
  return *zone;
}

TEST(Opening, ASpanHoldsItsFirstMinuteAndNotItsLast) {
  Hours hours{"UTC", {}};
  hours.weekday[0] = {{9 * 60, 12 * 60 + 30}, {13 * 60, 24 * 60}};
  const TimeZone utc = *TimeZone::load("UTC");
  const auto open_at = [&](std::int64_t minute) {
    return is_open(hours, utc, (monday_s + minute * 60) * 1'000);
  };
  EXPECT_FALSE(open_at(9 * 60 - 1));
  EXPECT_TRUE(open_at(9 * 60));
  EXPECT_TRUE(open_at(12 * 60 + 29));
  EXPECT_FALSE(open_at(12 * 60 + 30));
  EXPECT_TRUE(open_at(13 * 60));
  EXPECT_TRUE(open_at(24 * 60 - 1));
  EXPECT_FALSE(open_at(24 * 60)) << "Tuesday is closed";
  EXPECT_FALSE(open_at(9 * 60 - 7 * 24 * 60 - 1)) << "before 1970";
  EXPECT_TRUE(open_at(9 * 60 - 7 * 24 * 60)) << "before 1970";
}

TEST(Opening, TheDayIsTheLocalOne) {
  Hours hours{"Asia/Shanghai", {}};
  hours.weekday[1] = {{0, 60}};  // Tuesday 00:00-01:00 in Shanghai is Monday 16:00-17:00 UTC
  const TimeZone shanghai = zone_of("CST-8");
  EXPECT_TRUE(is_open(hours, shanghai,
                      (1'767'571'200 + 86'400 * 0 + 16 * 3'600) * 1'000LL));  // 2026-01-05 is a Monday
  EXPECT_FALSE(is_open(hours, shanghai, (1'767'571'200 + 15 * 3'600) * 1'000LL));
  EXPECT_FALSE(is_open(hours, shanghai, (1'767'571'200 + 17 * 3'600) * 1'000LL));
}

TEST(Opening, SummerTimeBeginsAndEndsByTheRule) {
  const TimeZone berlin = zone_of("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(berlin.offset_s(1'774'745'999), 3'600);  // 2026-03-29 00:59:59 UTC
  EXPECT_EQ(berlin.offset_s(1'774'746'000), 7'200);  // 01:00:00 UTC
  EXPECT_EQ(berlin.offset_s(1'792'889'999), 7'200);  // 2026-10-25 00:59:59 UTC
  EXPECT_EQ(berlin.offset_s(1'792'890'000), 3'600);
}

TEST(Opening, SouthOfTheEquatorSummerLastsOverNewYear) {
  const TimeZone sydney = zone_of("AEST-10AEDT,M10.1.0,M4.1.0/3");
  EXPECT_EQ(sydney.offset_s(1'767'571'200), 11 * 3'600);  // 2026-01-05
  EXPECT_EQ(sydney.offset_s(1'783'209'600), 10 * 3'600);  // 2026-07-05
}

TEST(Opening, RulesThatAreNoneGiveNoTransitions) {
  for (const char* rule :
       {"", "-", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,J60,J300", "<+03", "CET-999", "CET-1CEST,M3.5.0,M10.5.0x", "CET-99999999999999999999"}) {
    EXPECT_TRUE(posix_transitions(rule).empty()) << rule;
  }
  EXPECT_EQ(posix_transitions("<+0330>-3:30").at(0).second, 12'600);
}

TEST(Opening, TheSystemsZonesAgreeWithWhatIsKnown) {
  const auto shanghai = TimeZone::load("Asia/Shanghai");
  if (!shanghai) GTEST_SKIP() << "no tz database here: " << shanghai.error();
  EXPECT_EQ(shanghai->offset_s(1'767'571'200), 8 * 3'600);
  EXPECT_EQ(shanghai->offset_s(4'000'000'000), 8 * 3'600);
  const auto new_york = TimeZone::load("America/New_York");
  ASSERT_TRUE(new_york);
  EXPECT_EQ(new_york->offset_s(1'767'571'200), -5 * 3'600);
  EXPECT_EQ(new_york->offset_s(1'783'209'600), -4 * 3'600);
  EXPECT_EQ(new_york->offset_s(2'540'592'000), -4 * 3'600) << "2050-07-05: behind the file's last transition";
}

TEST(Opening, ANameNeverLeadsOutOfTheDatabase) {
  for (const char* bad : {"", "/etc/passwd", "../x", "a//b", "a/", "a/b/c/d", "Asia/Shang hai", "a.b", "."}) {
    EXPECT_FALSE(valid_time_zone_name(bad)) << bad;
    EXPECT_FALSE(TimeZone::load(bad)) << bad;
  }
  EXPECT_TRUE(valid_time_zone_name("America/Argentina/Buenos_Aires"));
  EXPECT_TRUE(valid_time_zone_name("Etc/GMT+8"));
  EXPECT_FALSE(TimeZone::load("Mars/Olympus"));
}

TEST(Opening, FilesCutOrDamagedAnywhereAreRefusedOrReadButNeverMore) {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (whole.empty()) GTEST_SKIP() << "no tz database here";
  for (std::size_t octets = 0; octets < whole.size(); octets += 7) {
    if (const auto zone = TimeZone::parse(std::string_view(whole).substr(0, octets))) zone->offset_s(0);
  }
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 4; ++i)
      damaged[random() % (round % 2 ? 100 : damaged.size())] = static_cast<char>(random());
    if (const auto zone = TimeZone::parse(damaged)) zone->offset_s(1'767'571'200);
  }
  EXPECT_FALSE(TimeZone::parse("TZif"));
  EXPECT_FALSE(TimeZone::parse(std::string(100'000, 'T')));
}

}  // namespace
}  // namespace switchboard::shop
