// Which auto-reply fits, and that rendering expands exactly what the shop wrote and nothing that a visitor
// wrote.
#include "server/shop/templates.hpp"

#include <gtest/gtest.h>

namespace switchboard::shop {
namespace {

TEST(Templates, TheReadersLanguageIsWorthMoreThanThePersonasVoice) {
  // Each step takes the winner away and shows who is next.
  TemplateFields fields = {{"opened|bold|en", "1"}, {"opened||en", "2"},     {"opened|bold|", "3"},
                           {"opened||", "4"},       {"opened|bold|zh", "5"}, {"opened||zh", "6"}};
  for (const char* winner : {"1", "2", "3", "4", "5", "6"}) {
    EXPECT_EQ(Templates(fields, "zh").find(Trigger::opened, "bold", "en"), winner);
    fields.erase(fields.begin());
  }
  EXPECT_EQ(Templates(fields, "zh").find(Trigger::opened, "bold", "en"), std::nullopt);
}

TEST(Templates, AnotherTriggerPersonaOrLanguageIsNeverBorrowed) {
  const Templates templates({{"opened|bold|fr", "x"}, {"closed||en", "y"}, {"opened|calm|en", "z"}}, "en");
  EXPECT_EQ(templates.find(Trigger::opened, "bold", "en"), std::nullopt);
  EXPECT_EQ(templates.find(Trigger::opened, "", "en"), std::nullopt);
}

TEST(Templates, FieldsThatAreNotWellFormedAreLeftOut) {
  EXPECT_TRUE(
      Templates({{"", "x"}, {"opened", "x"}, {"opened|", "x"}, {"nonsense||en", "x"}, {"opened|a|b|c", "x"}},
                "en")
          .empty());
}

TEST(Templates, NamesWithBarsCannotReachAnotherField) {
  const Templates templates({{"opened|bold|en", "x"}}, "en");
  EXPECT_EQ(templates.find(Trigger::opened, "bold|en", ""), std::nullopt);
}

TEST(Templates, TheFieldMapOfAShopReadsBack) {
  Shop shop;
  shop.auto_replies = {{Trigger::agent_away, "bold", {{"zh", "z"}, {"", "any"}}},
                       {Trigger::opened, "", {{"en", "e"}}}};
  const auto fields = template_fields(shop);
  EXPECT_EQ(fields,
            (TemplateFields{{"agent_away|bold|", "any"}, {"agent_away|bold|zh", "z"}, {"opened||en", "e"}}));
  EXPECT_EQ(Templates(fields, "zh").find(Trigger::agent_away, "bold", "zh"), "z");
}

struct Case {
  const char* text;
  const char* rendered;
};

TEST(Render, FillsInNamesAndFallbacksAndLeavesEverythingElse) {
  const std::vector<Variable> variables = {{"agent", "Mint"}, {"visitor", ""}, {"position", "3"}};
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"{agent}", "Mint"},
      {"Hi {visitor|friend}, {agent} is here", "Hi friend, Mint is here"},
      {"[{visitor}]", "[]"},
      {"{agent|our team}", "Mint"},
      {"{nobody|our team}", "our team"},
      {"{nobody|}", ""},
      {"{nobody}", "{nobody}"},
      {"{agent|a|b}", "Mint"},
      {"{nobody|a|b}", "a|b"},
      {"{", "{"},
      {"}", "}"},
      {"{}", "{}"},
      {"{|x}", "{|x}"},
      {"{{agent}}", "{Mint}"},
      {"{{{agent}", "{{Mint"},
      {"{agent", "{agent"},
      {"{ agent }", "{ agent }"},
      {"{Agent}", "{Agent}"},
      {"{agent}{agent}", "MintMint"},
      {"{^_^}", "{^_^}"},
      {"{visitor|{agent}}", "{visitor|Mint}"},
      {"%s %n ${agent} $(agent)", "%s %n $Mint $(agent)"},
      {"第 {position} 位，{eta|快了}", "第 3 位，快了"},
  };
  for (const Case& one : cases) EXPECT_EQ(render(one.text, variables), one.rendered) << one.text;
}

TEST(Render, ValuesAreNeverExpandedAgain) {
  const std::vector<Variable> variables = {{"visitor", "{agent}{visitor}{shop|x}"}, {"agent", "{visitor}"}};
  EXPECT_EQ(render("{visitor}/{agent}", variables), "{agent}{visitor}{shop|x}/{visitor}");
  // ... nor do the ends of two values, or of a value and the text, make a new one
  EXPECT_EQ(render("{visitor}agent}", {{"visitor", "{"}, {"agent", "A"}}), "{agent}");
}

TEST(Render, TheResultIsBoundedAndEndsAtAWholeCharacter) {
  EXPECT_EQ(render("{visitor}", {{"visitor", "花瓣研究所"}}, 7), "花瓣");
  EXPECT_EQ(render("花瓣", {}, 5), "花");
  EXPECT_EQ(render("abc", {}, 0), "");
  const std::string value(100'000, 'x');
  std::string text;
  for (int i = 0; i < 500; ++i) text += "{visitor}";
  EXPECT_EQ(render(text, {{"visitor", value}}).size(), rendered_octets_max);
}

TEST(Render, ATextOfNothingButBracesIsLinear) {
  const std::string braces(100'000, '{');
  EXPECT_EQ(render(braces, {}, 1'000'000), braces);
  EXPECT_TRUE(variables_in(braces).empty());
  const std::string half = "{a" + std::string(100'000, 'a');
  EXPECT_EQ(render(half, {}, 1'000'000), half);
}

TEST(Render, VariablesInATextAreFoundOnce) {
  EXPECT_EQ(variables_in("{a} {b|x} {a} {c {d} {B} {}"), (std::vector<std::string_view>{"a", "b", "d"}));
}

TEST(FormatWait, SaysItAsPeopleDo) {
  const struct {
    std::int64_t ms;
    const char* zh;
    const char* en;
  } cases[] = {
      {0, "约 10 秒", "about 10 s"},
      {-5, "约 10 秒", "about 10 s"},
      {31'000, "约 40 秒", "about 40 s"},
      {50'000, "约 50 秒", "about 50 s"},
      {50'001, "约 1 分钟", "about 1 min"},
      {61'000, "约 2 分钟", "about 2 min"},
      {3'600'000, "约 60 分钟", "about 60 min"},
      {3'600'001, "约 2 小时", "about 2 h"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(format_wait(one.ms, "zh"), one.zh);
    EXPECT_EQ(format_wait(one.ms, "en"), one.en);
    EXPECT_EQ(format_wait(one.ms, "fr"), one.en);
  }
}

}  // namespace
}  // namespace switchboard::shop
