// The demo shop is the product's face: it parses, it is complete, and nothing in it reaches a visitor half
// filled in.
#include "server/shop/demo.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "server/shop/opening.hpp"
#include "server/shop/shop.hpp"
#include "server/shop/stages.hpp"
#include "server/shop/templates.hpp"

namespace switchboard::shop {
namespace {

Shop demo() {
  auto shop = parse_shop(demo_shop_text());
  EXPECT_TRUE(shop) << to_text(shop.error(), "demo.toml");
  return shop ? *shop : Shop{};
}

TEST(DemoShop, HasTheFourPersonasAndTheFourSkillsInBothLanguages) {
  const Shop shop = demo();
  EXPECT_EQ(shop.id, "demo");
  EXPECT_EQ(shop.languages, (std::vector<std::string>{"zh", "en"}));
  for (const char* id : {"ladylike", "bold", "fresh", "crazy"}) {
    ASSERT_NE(shop.persona(id), nullptr) << id;
    EXPECT_EQ(shop.persona(id)->taglines.size(), 2u) << id;
  }
  for (const char* id : {"presale", "aftersale", "logistics", "complaint"})
    ASSERT_NE(shop.skill(id), nullptr) << id;
  EXPECT_EQ(shop.persona("crazy")->names.at("zh"), "疯癫组");
}

TEST(DemoShop, EveryPersonaHasTwoAgentsAndEverySkillIsSomebodysOwn) {
  const Shop shop = demo();
  std::map<std::string, int> per_persona, own;
  for (const Agent& agent : shop.agents) {
    ++per_persona[agent.persona];
    for (const AgentSkill& skill : agent.skills) own[skill.skill] += skill.level == 0;
  }
  for (const Persona& persona : shop.personas) EXPECT_EQ(per_persona[persona.id], 2) << persona.id;
  for (const Skill& skill : shop.skills) EXPECT_GE(own[skill.id], 2) << skill.id;
}

TEST(DemoShop, EveryTriggerPersonaAndLanguageHasItsOwnText) {
  const Shop shop = demo();
  const Templates templates(template_fields(shop), shop.default_language);
  std::set<std::string_view> seen;
  for (const Trigger trigger : triggers) {
    for (const char* persona : {"", "ladylike", "bold", "fresh", "crazy"}) {
      for (const std::string& language : shop.languages) {
        const auto text = templates.find(trigger, persona, language);
        ASSERT_TRUE(text) << to_string(trigger) << ' ' << persona << ' ' << language;
        EXPECT_TRUE(seen.insert(*text).second) << "said twice: " << *text;
      }
    }
  }
}

TEST(DemoShop, EveryAutoReplySaysThatItIsOne) {
  for (const AutoReply& reply : demo().auto_replies) {
    EXPECT_NE(reply.texts.at("zh").find("自动回复"), std::string::npos) << reply.texts.at("zh");
    EXPECT_TRUE(reply.texts.at("en").find("utomatic reply") != std::string::npos) << reply.texts.at("en");
  }
}

TEST(DemoShop, EveryTextRendersWithNothingLeftOverWhateverIsKnown) {
  const Shop shop = demo();
  const std::vector<Variable> known = {{"visitor", "小雨"},   {"agent", "薄荷 Mint"}, {"persona", "小清新"},
                                       {"shop", "Petal Lab"}, {"skill", "售后"},      {"position", "2"},
                                       {"eta", "约 40 秒"}};
  const auto check = [](const std::string& rendered) {
    EXPECT_EQ(rendered.find_first_of("{}|"), std::string::npos) << rendered;
    EXPECT_LE(rendered.size(), 1'000u);
  };
  for (const auto& [field, text] : template_fields(shop)) {
    check(render(text, known));
    check(render(text, {}));  // an auto-reply has a fallback for everything
  }
  for (const QuickReply& reply : shop.quick_replies) {
    for (const auto& [persona, texts] : reply.texts) {
      for (const auto& [language, text] : texts) {
        check(render(text, known));
        // An agent's own name is always known; a visitor's may not be.
        check(render(text, {{"agent", "Mint"}, {"visitor", ""}}));
      }
    }
  }
}

TEST(DemoShop, EveryStageOfASaleHasAQuickReplyInBothLanguages) {
  const Shop shop = demo();
  std::set<std::string> covered;
  for (const QuickReply& reply : shop.quick_replies) {
    covered.insert(reply.stage);
    for (const auto& [persona, texts] : reply.texts) {
      EXPECT_EQ(texts.size(), 2u) << reply.shortcut << ' ' << persona;
    }
    EXPECT_TRUE(reply.texts.contains(""))
        << reply.shortcut << ": agents of every persona must have a wording";
  }
  EXPECT_EQ(covered.size(), stages.size());
}

TEST(DemoShop, GreetingsAndFarewellsHaveAWordingPerPersona) {
  const Shop shop = demo();
  for (const char* shortcut : {"hi", "back", "skin", "price", "ship", "return", "bye", "praise", "wait"}) {
    for (const QuickReply& reply : shop.quick_replies) {
      EXPECT_TRUE(reply.shortcut != shortcut || reply.texts.size() == 5u) << shortcut;
    }
  }
}

TEST(DemoShop, IsOpenWheneverSomebodyTriesIt) {
  const Shop shop = demo();
  ASSERT_TRUE(shop.hours);
  const auto zone = TimeZone::load("UTC");
  ASSERT_TRUE(zone);
  for (std::int64_t hour = 0; hour < 7 * 24; ++hour)
    EXPECT_TRUE(is_open(*shop.hours, *zone, hour * 3'600'000));
}

}  // namespace
}  // namespace switchboard::shop
