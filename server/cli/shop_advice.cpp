#include "server/cli/shop_advice.hpp"

#include <algorithm>

#include "server/shop/opening.hpp"
#include "server/shop/templates.hpp"

namespace switchboard::cli {
namespace {

bool has_skill(const shop::Agent& agent, const std::string& skill) {
  return agent.enabled && std::any_of(agent.skills.begin(), agent.skills.end(),
                                      [&](const shop::AgentSkill& one) { return one.skill == skill; });
}

}  // namespace

std::vector<std::string> advice(const shop::Shop& shop) {
  std::vector<std::string> all;
  for (const auto& skill : shop.skills) {
    if (std::none_of(shop.agents.begin(), shop.agents.end(),
                     [&](const auto& agent) { return has_skill(agent, skill.id); })) {
      all.push_back("no enabled agent has the skill \"" + skill.id +
                    "\": who asks for it will wait for ever");
    }
  }
  for (const auto& persona : shop.personas) {
    if (std::none_of(shop.agents.begin(), shop.agents.end(),
                     [&](const auto& agent) { return agent.enabled && agent.persona == persona.id; })) {
      all.push_back("no enabled agent has the persona \"" + persona.id + "\"");
    }
  }
  const shop::Templates templates(shop::template_fields(shop), shop.default_language);
  for (const auto trigger : shop::triggers) {
    for (const auto& language : shop.languages) {
      if (!templates.find(trigger, "", language)) {
        all.push_back("nothing is said to a visitor without a persona in \"" + language +
                      "\" when: " + std::string(to_string(trigger)));
      }
    }
  }
  if (shop.hours) {
    if (const auto zone = shop::TimeZone::load(shop.hours->time_zone); !zone) {
      all.push_back("the time zone \"" + shop.hours->time_zone + "\" " + zone.error() +
                    "; hours would be read as UTC");
    }
  }
  return all;
}

}  // namespace switchboard::cli
