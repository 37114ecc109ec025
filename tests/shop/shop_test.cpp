// Lookups in a shop: ids, and the text that fits a reader.
#include "server/shop/shop.hpp"

#include <gtest/gtest.h>

namespace switchboard::shop {
namespace {

TEST(Shop, IdsAreShortAndPlain) {
  for (const char* good : {"a", "0", "demo", "double-eleven_2026"}) EXPECT_TRUE(valid_id(good)) << good;
  EXPECT_TRUE(valid_id(std::string(32, 'a')));
  EXPECT_FALSE(valid_id(std::string(33, 'a')));
  for (const char* bad : {"", "A", "a b", "a{b", "a}b", "a|b", "a:b", "a/b", "淑女", "a\n", "a.b"}) {
    EXPECT_FALSE(valid_id(bad)) << bad;
  }
  EXPECT_FALSE(valid_id(std::string_view("a\0b", 3)));
}

TEST(Shop, PickPrefersTheLanguageThenAnyThenTheDefaultThenWhatThereIs) {
  const Texts all = {{"", "any"}, {"de", "de"}, {"en", "en"}};
  EXPECT_EQ(pick(all, "de", "en"), "de");
  EXPECT_EQ(pick(all, "fr", "en"), "any");
  EXPECT_EQ(pick({{"de", "de"}, {"en", "en"}}, "fr", "en"), "en");
  EXPECT_EQ(pick({{"de", "de"}}, "fr", "en"), "de");
  EXPECT_EQ(pick({}, "fr", "en"), "");
}

TEST(Shop, AWordingInTheReadersLanguageIsWorthMoreThanThePersonasVoice) {
  QuickReply reply;
  reply.texts[""] = {{"en", "plain en"}, {"zh", "plain zh"}};
  reply.texts["bold"] = {{"zh", "bold zh"}};
  EXPECT_EQ(wording(reply, "bold", "zh", "zh"), "bold zh");
  EXPECT_EQ(wording(reply, "bold", "en", "zh"), "plain en");
  EXPECT_EQ(wording(reply, "calm", "zh", "zh"), "plain zh");
  EXPECT_EQ(wording(reply, "bold", "fr", "zh"), "bold zh");
  reply.texts.erase("");
  EXPECT_EQ(wording(reply, "calm", "zh", "zh"), "") << "another persona's words are not borrowed";
}

TEST(Shop, LookupsOfWhatIsNotThereGiveNothing) {
  const Shop shop;
  EXPECT_EQ(shop.skill("x"), nullptr);
  EXPECT_EQ(shop.persona("x"), nullptr);
  EXPECT_EQ(shop.agent("x"), nullptr);
}

TEST(Shop, TriggersHaveNamesThatReadBack) {
  for (const Trigger trigger : triggers) EXPECT_EQ(trigger_from(to_string(trigger)), trigger);
  EXPECT_FALSE(trigger_from(""));
  EXPECT_FALSE(trigger_from("Opened"));
}

}  // namespace
}  // namespace switchboard::shop
