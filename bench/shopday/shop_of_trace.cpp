#include "bench/shopday/shop_of_trace.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace switchboard::shopday {

namespace {

// The three tiers of the format (vip 0, 1, 2), as the routing policy values them.
constexpr std::int64_t tier_head_ms[] = {0, 30'000, 60'000};
constexpr std::int64_t tier_rate_pm[] = {1'000, 1'500, 2'000};
constexpr const char* tier_names[] = {"顾客", "会员", "贵宾"};

shop::Agent agent_of(const Shift& shift) {
  shop::Agent agent;
  agent.id = shift.agent;
  agent.name = "客服" + shift.agent;
  agent.persona = shift.persona;
  agent.capacity = shift.capacity;
  for (const auto& [skill, level] : shift.skills) agent.skills.push_back({skill, level});
  return agent;
}

}  // namespace

shop::Shop shop_of_trace(const Trace& trace, const std::string& id, double speed) {
  const auto scaled = [speed](std::int64_t& ms, std::int64_t least) {
    ms = std::max(least, static_cast<std::int64_t>(std::llround(static_cast<double>(ms) / speed)));
  };
  shop::Shop shop;
  shop.id = id;
  shop.name = trace.name.empty() ? id : trace.name.substr(0, 64);
  shop.languages = {"zh"};
  shop.default_language = "zh";
  for (const auto& skill : trace.skills) shop.skills.push_back({skill, {{"zh", skill}}});
  for (const auto& persona : trace.personas)
    shop.personas.push_back({persona, {{"zh", persona}}, {}, "#44aa88"});
  shop.tiers.clear();
  for (int tier = 0; tier < 3; ++tier) {
    shop.tiers.push_back({{{"zh", tier_names[tier]}}, tier_head_ms[tier], tier_rate_pm[tier]});
    scaled(shop.tiers.back().head_ms, 0);
  }
  std::map<std::string, shop::Agent> agents;
  for (const Shift& shift : trace.roster) {
    const auto [known, fresh] = agents.emplace(shift.agent, agent_of(shift));
    if (!fresh) known->second.capacity = std::max(known->second.capacity, shift.capacity);
  }
  for (auto& [agent_id, agent] : agents) shop.agents.push_back(std::move(agent));

  auto& routing = shop.routing;
  for (auto* ms : {&routing.persona_bonus_ms, &routing.sticky_bonus_ms, &routing.sticky_hold_ms,
                   &routing.persona_hold_ms, &routing.ramp_ms, &routing.exclusion_ms}) {
    scaled(*ms, 0);
  }
  for (auto& ms : routing.overflow_ms) scaled(ms, 0);
  scaled(routing.handling_start_ms, 1'000);
  routing.park_after_ms = 0;  // the model of the trace: a chat holds its place to its end
  shop.offer.accept_within_s = 20;
  shop.auto_replies = {{shop::Trigger::opened, "", {{"", "您好，{shop}收到，马上为您安排～"}}},
                       {shop::Trigger::assigned, "", {{"", "您好，我是{agent}，请讲"}}},
                       {shop::Trigger::closed, "", {{"", "感谢光临，下次再来"}}}};
  return shop;
}

}  // namespace switchboard::shopday
