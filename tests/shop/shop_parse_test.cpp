// What a shop file may say, and that whoever writes it wrongly is told where and what.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "server/shop/demo.hpp"
#include "server/shop/shop.hpp"
#include "tests/shop/small_shop.hpp"

namespace switchboard::shop {
namespace {

using test::small_shop;
using test::small_shop_with;

std::vector<Problem> problems_of(const std::string& text) {
  const auto parsed = parse_shop(text);
  return parsed ? std::vector<Problem>() : parsed.error();
}

bool mentions(const std::vector<Problem>& problems, std::string_view path, std::string_view words) {
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    return problem.path == path && problem.sentence.find(words) != std::string::npos;
  });
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ShopParse, TheSmallestShopHasEveryDefault) {
  const auto shop = parse_shop(small_shop);
  ASSERT_TRUE(shop) << to_text(shop.error(), "small");
  EXPECT_EQ(shop->id, "corner");
  EXPECT_EQ(shop->default_language, "en");
  EXPECT_EQ(shop->skill("presale")->names, (Texts{{"en", "Sales"}, {"zh", "Sales"}}));
  EXPECT_EQ(shop->skill("presale")->target_ms, 30'000);
  EXPECT_EQ(shop->agent("ann")->capacity, 5);
  EXPECT_TRUE(shop->agent("ann")->enabled);
  EXPECT_FALSE(shop->hours.has_value()) << "no hours: always open";
  EXPECT_EQ(shop->routing, RoutingSettings{});
  EXPECT_EQ(shop->limits, Limits{});
  ASSERT_EQ(shop->tiers.size(), 3u);
  EXPECT_EQ(shop->tiers[2].head_ms, 60'000);
  EXPECT_EQ(shop->tiers[2].rate_pm, 2'000);
}

TEST(ShopParse, AProblemSaysLinePathAndWhatWouldBeRight) {
  const auto problems = problems_of(small_shop_with("capacity = 99\n"));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0], (Problem{17, "agent[1].capacity", "must be 1..50, but is 99"}));
  EXPECT_EQ(to_text(problems, "my.toml"), "my.toml:17: agent[1].capacity: must be 1..50, but is 99\n");
}

TEST(ShopParse, AllProblemsAreToldInTheOrderOfTheFile) {
  const auto problems =
      problems_of(small_shop_with("capacity = 0\n[offer]\naccept_within_s = 1\nfoo = 1\n[bar]\n"));
  ASSERT_EQ(problems.size(), 4u) << to_text(problems, "");
  EXPECT_TRUE(std::is_sorted(problems.begin(), problems.end(),
                             [](const Problem& a, const Problem& b) { return a.line < b.line; }));
  EXPECT_TRUE(mentions(problems, "offer.foo", "no such key"));
  EXPECT_TRUE(mentions(problems, "bar", "no such key"));
}

struct Bad {
  const char* name;
  std::string text;
  const char* path;
  const char* words;
};

std::ostream& operator<<(std::ostream& out, const Bad& bad) {
  return out << bad.name;
}

class ShopParseRefuses : public testing::TestWithParam<Bad> {};

TEST_P(ShopParseRefuses, WithPathAndReason) {
  const auto problems = problems_of(GetParam().text);
  EXPECT_TRUE(mentions(problems, GetParam().path, GetParam().words)) << to_text(problems, "file");
}

std::vector<Bad> bad_files() {
  const std::string small(small_shop);
  const auto with = small_shop_with;
  return {
      {"nothing", "", "id", "missing"},
      {"no_toml", "id = ", "", "not TOML"},
      {"not_utf8", "id = \"\xff\xfe\"", "", "not TOML"},
      {"nul", std::string("id = \"a\0b\"", 10), "", "not TOML"},
      {"too_long", std::string(shop_octets_max + 1, '#'), "", "octets"},
      {"id_form", replaced(small, "corner", "Corner Shop"), "id", "a-z"},
      {"id_braces", replaced(small, "corner", "a{b}"), "id", "a-z"},
      {"id_type", replaced(small, "\"corner\"", "7"), "id", "must be a text, but is a whole number"},
      {"id_long", replaced(small, "corner", std::string(33, 'a')), "id", "1..32"},
      {"name_control", replaced(small, "\"Corner\"", "\"a\\u0007b\""), "name", "control"},
      {"languages_none", replaced(small, "[\"en\", \"zh\"]", "[]"), "languages", "at least one"},
      {"language_form", replaced(small, "\"zh\"]", "\"zh-CN\"]"), "languages", "octets"},
      {"language_any", replaced(small, "\"zh\"]", "\"any\"]"), "languages", "no language tag"},
      {"language_twice", replaced(small, "\"zh\"]", "\"en\"]"), "languages", "twice"},
      {"default_language", replaced(small, "[[skill]]", "default_language = \"fr\"\n[[skill]]"),
       "default_language", "one of"},
      {"origin_path", replaced(small, "[[skill]]", "origins = [\"https://a.example/\"]\n[[skill]]"),
       "origins", "without a path"},
      {"origin_star", replaced(small, "[[skill]]", "origins = [\"*\"]\n[[skill]]"), "origins",
       "must look like"},
      {"skill_twice", with("[[skill]]\nid = \"presale\"\nname = \"x\"\n"), "skill[2].id", "twice"},
      {"skill_target", with("[[skill]]\nid = \"b\"\nname = \"x\"\ntarget_ms = 10\n"), "skill[2].target_ms",
       "1000.."},
      {"persona_twice", with("[[persona]]\nid = \"calm\"\nname = \"x\"\n"), "persona[2].id", "twice"},
      {"persona_color", with("[[persona]]\nid = \"b\"\nname = \"x\"\ncolor = \"orange!\"\n"),
       "persona[2].color", "#e05a8c"},
      {"persona_half_named", with("[[persona]]\nid = \"b\"\nname.en = \"x\"\n"), "persona[2].name", "\"zh\""},
      {"name_in_foreign_language", with("[[persona]]\nid = \"b\"\nname.fr = \"x\"\n"), "persona[2].name.fr",
       "none of"},
      {"agent_twice", with("[[agent]]\nid = \"ann\"\nname = \"x\"\nskills = { presale = 0 }\n"),
       "agent[2].id", "twice"},
      {"agent_persona",
       with("[[agent]]\nid = \"b\"\nname = \"x\"\npersona = \"loud\"\nskills = { presale = 0 }\n"),
       "agent[2].persona", "no persona \"loud\""},
      {"agent_skill", with("[[agent]]\nid = \"b\"\nname = \"x\"\nskills = { magic = 0 }\n"),
       "agent[2].skills.magic", "no skill \"magic\""},
      {"agent_level", with("[[agent]]\nid = \"b\"\nname = \"x\"\nskills = { presale = 8 }\n"),
       "agent[2].skills.presale", "0..7"},
      {"agent_without_skill", with("[[agent]]\nid = \"b\"\nname = \"x\"\n"), "agent[2].skills",
       "at least one"},
      {"agent_plain_password", with("password_hash = \"secret\"\n"), "agent[1].password_hash", "argon2id"},
      {"agent_costly_password", with("password_hash = \"$argon2id$v=19$m=4194304,t=100,p=1$AAAA$AAAA\"\n"),
       "agent[1].password_hash", "argon2id"},
      {"tiers_empty", replaced(small, "[[skill]]", "tier = []\n[[skill]]"), "tier", "at least one"},
      {"tier_rate", with("[[tier]]\nrate_pm = 0\n"), "tier[1].rate_pm", "1..10000"},
      {"overflow_falls", with("[routing]\noverflow_ms = [0, 5000, 100]\n"), "routing.overflow_ms",
       "never fall"},
      {"overflow_begin", with("[routing]\noverflow_ms = [5]\n"), "routing.overflow_ms", "begin with 0"},
      {"overflow_none", with("[routing]\noverflow_ms = []\n"), "routing.overflow_ms", "1..8 numbers"},
      {"routing_float", with("[routing]\npersona_hold_ms = 1.5\n"), "routing.persona_hold_ms",
       "whole number"},
      {"routing_negative", with("[routing]\nsticky_hold_ms = -1\n"), "routing.sticky_hold_ms", "but is -1"},
      {"offer_bool", with("[offer]\nauto_accept = \"yes\"\n"), "offer.auto_accept", "true or false"},
      {"offer_is_no_table", replaced(small, "[[skill]]", "offer = 3\n[[skill]]"), "offer", "must be a table"},
      {"skill_is_table", "id = \"a\"\nname = \"a\"\nlanguages = [\"en\"]\n[skill]\nid = \"x\"\n", "skill",
       "[[skill]]"},
      {"no_zone", with("[hours]\nmonday = [\"09:00-10:00\"]\n"), "hours.time_zone", "missing"},
      {"zone_path", with("[hours]\ntime_zone = \"../../etc/passwd\"\n"), "hours.time_zone", "Asia/Shanghai"},
      {"hours_form", with("[hours]\ntime_zone = \"UTC\"\nmonday = [\"9-17\"]\n"), "hours.monday",
       "must look like"},
      {"hours_25", with("[hours]\ntime_zone = \"UTC\"\nmonday = [\"09:00-25:00\"]\n"), "hours.monday",
       "must look like"},
      {"hours_night", with("[hours]\ntime_zone = \"UTC\"\nmonday = [\"20:00-02:00\"]\n"), "hours.monday",
       "two spans"},
      {"hours_overlap", with("[hours]\ntime_zone = \"UTC\"\nmonday = [\"09:00-12:00\", \"11:00-13:00\"]\n"),
       "hours.monday", "after the span before"},
      {"hours_day", with("[hours]\ntime_zone = \"UTC\"\nmoonday = []\n"), "hours.moonday", "no such key"},
      {"waiting_chatter", with("[waiting]\nrepeat_s = 3\n"), "waiting.repeat_s", "chatter"},
      {"trigger", with("[[auto_reply]]\ntrigger = \"opend\"\ntext = \"x\"\n"), "auto_reply[1].trigger",
       "agent_away"},
      {"reply_persona", with("[[auto_reply]]\ntrigger = \"opened\"\npersona = \"loud\"\ntext = \"x\"\n"),
       "auto_reply[1].persona", "no persona"},
      {"reply_no_text", with("[[auto_reply]]\ntrigger = \"opened\"\n"), "auto_reply[1].text", "missing"},
      {"reply_empty_text", with("[[auto_reply]]\ntrigger = \"opened\"\ntext = {}\n"), "auto_reply[1].text",
       "no text"},
      {"reply_variable", with("[[auto_reply]]\ntrigger = \"opened\"\ntext.en = \"Hi {vistor}\"\n"),
       "auto_reply[1].text.en", "no variable {vistor}"},
      {"reply_twice",
       with("[[auto_reply]]\ntrigger = \"opened\"\ntext.en = \"a\"\n[[auto_reply]]\ntrigger = "
            "\"opened\"\ntext.en = \"b\"\n"),
       "auto_reply[2].text", "already"},
      {"stage", with("[[quick_reply]]\nstage = \"dance\"\nshortcut = \"a\"\ntitle = \"A\"\ntext = \"x\"\n"),
       "quick_reply[1].stage", "must be one of"},
      {"shortcut_form",
       with("[[quick_reply]]\nstage = \"price\"\nshortcut = \"a b\"\ntitle = \"A\"\ntext = \"x\"\n"),
       "quick_reply[1].shortcut", "a-z"},
      {"quick_no_text", with("[[quick_reply]]\nstage = \"price\"\nshortcut = \"a\"\ntitle = \"A\"\n"),
       "quick_reply[1].text", "missing"},
      {"quick_persona",
       with("[[quick_reply]]\nstage = \"price\"\nshortcut = \"a\"\ntitle = \"A\"\nwording.loud.en = \"x\"\n"),
       "quick_reply[1].wording.loud", "no persona"},
      {"limits", with("[limits]\nqueue_max = 0\n"), "limits.queue_max", "1.."},
      {"text_huge",
       with("[[auto_reply]]\ntrigger = \"opened\"\ntext = \"" + std::string(2'001, 'a') + "\"\n"),
       "auto_reply[1].text", "2000 octets"},
  };
}

INSTANTIATE_TEST_SUITE_P(Files, ShopParseRefuses, testing::ValuesIn(bad_files()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(ShopParse, LinesEndedInTheOtherWayReadTheSame) {
  std::string other;
  for (const char c : std::string(small_shop)) other += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto parsed = parse_shop(other);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, *parse_shop(small_shop));
}

TEST(ShopParse, AFileFullOfRubbishMakesABoundedList) {
  std::string text(small_shop);
  for (int i = 0; i < 5'000; ++i) text += "x" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(problems_of(text).size(), problems_max);
}

TEST(ShopParse, DeepNestingIsRefusedAndNotRecursedInto) {
  for (const char* open : {"[", "{a="}) {
    std::string text = "id = ";
    for (int i = 0; i < 100'000; ++i) text += open;
    EXPECT_FALSE(parse_shop(text));
  }
}

TEST(ShopParse, AnyChangeOfAFewOctetsIsReadOrRefusedButNeverMore) {
  const std::string original(small_shop);
  std::mt19937 random(20261121);
  for (int round = 0; round < 3'000; ++round) {
    std::string text = original;
    for (int change = 0; change < 3; ++change) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 8);
          break;
        default:
          text.insert(at, 1, "\"[]{}=.#\n\\"[random() % 10]);
      }
    }
    if (const auto parsed = parse_shop(text)) {
      EXPECT_EQ(*parsed, *parse_shop(export_shop(*parsed))) << text;
    }
  }
}

}  // namespace
}  // namespace switchboard::shop
