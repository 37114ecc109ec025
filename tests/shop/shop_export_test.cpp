// parse(export(x)) == x.
#include <gtest/gtest.h>

#include "server/shop/demo.hpp"
#include "server/shop/shop.hpp"
#include "tests/shop/small_shop.hpp"

namespace switchboard::shop {
namespace {

void expect_round_trip(std::string_view text) {
  const auto shop = parse_shop(text);
  ASSERT_TRUE(shop) << to_text(shop.error(), "given");
  const std::string exported = export_shop(*shop);
  const auto again = parse_shop(exported);
  ASSERT_TRUE(again) << to_text(again.error(), "exported") << exported;
  EXPECT_EQ(*again, *shop);
  EXPECT_EQ(export_shop(*again), exported);
}

TEST(ShopExport, TheDemoShopComesBackAsItWas) {
  expect_round_trip(demo_shop_text());
}

TEST(ShopExport, TheSmallestShopComesBackAsItWas) {
  expect_round_trip(test::small_shop);
}

TEST(ShopExport, QuotesBackslashesLineFeedsAndEmojiComeBack) {
  expect_round_trip(test::small_shop_with(R"(
[[auto_reply]]
trigger = "opened"
text = "\"quoted\" \\ back\\slash\n\tnew line 🌸 中文 ''' \"\"\" {visitor|# [x] = 1}"
[[auto_reply]]
trigger = "closed"
persona = "calm"
text.any = "👋"
text.zh = "再见"
)"));
}

TEST(ShopExport, EverythingThatHasADefaultIsWrittenOut) {
  const std::string exported = export_shop(*parse_shop(test::small_shop));
  for (const char* key :
       {"sticky_over_persona = true", "overflow_ms = [0, 10000, 30000]", "void_pause_ms = 250",
        "accept_within_s = 20", "lost_grace_s = 30", "queue_max = 10000", "times_max = 5"}) {
    EXPECT_NE(exported.find(key), std::string::npos) << key;
  }
}

TEST(ShopExport, HoursAreWrittenAsTheyAreRead) {
  const std::string text = test::small_shop_with(
      "[hours]\ntime_zone = \"Europe/Berlin\"\nmonday = [\"00:00-09:05\", \"20:30-24:00\"]\nsunday = []\n");
  expect_round_trip(text);
  EXPECT_NE(export_shop(*parse_shop(text)).find("monday = [\"00:00-09:05\", \"20:30-24:00\"]"),
            std::string::npos);
}

TEST(ShopExport, EachSettingThatIsNotAtItsDefaultComesBack) {
  expect_round_trip(test::small_shop_with(R"(
supervisor = true
enabled = false
capacity = 12
password_hash = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
[[tier]]
head_ms = 5
[routing]
persona_bonus_ms = 1
sticky_bonus_ms = 2
sticky_over_persona = false
sticky_hold_ms = 3
persona_hold_ms = 4
overflow_ms = [0, 5]
overflow_idle_pm = 6
sticky_worth_pm = 7
persona_worth_pm = 8
handling_start_ms = 9000
park_after_ms = 1000
park_units = 2
ramp_ms = 10
taper_ms = 11
exclusion_ms = 12
void_pause_ms = 13
max_wait_ms = 14
[offer]
accept_within_s = 15
auto_accept = true
misses_to_break = 0
[presence]
lost_grace_s = 16
[waiting]
first_after_s = 17
repeat_s = 0
times_max = 18
[limits]
queue_max = 19
text_octets_max = 20
visitor_token_ttl_s = 2100
agent_token_ttl_s = 2200
)"));
}

}  // namespace
}  // namespace switchboard::shop
