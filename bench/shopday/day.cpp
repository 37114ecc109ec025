#include "bench/shopday/day.hpp"

#include "bench/shopday/phrases.hpp"

namespace switchboard::shopday {

Day::Day(load::Wire& shared_wire, Server who, const Trace& day, DaySetting how)
    : wire(shared_wire),
      server(std::move(who)),
      trace(day),
      setting(std::move(how)),
      schedule(shared_wire.io),
      random(setting.seed) {
  for (const Shift& shift : trace.roster)
    pace_.emplace(shift.agent, 1000.0 / static_cast<double>(shift.speed_pm));
}

double Day::pace_of(const std::string& agent) const {
  const auto found = pace_.find(agent);
  return found == pace_.end() ? 1.0 : found->second;
}

std::int64_t Day::trace_now_ms() const {
  const auto passed = std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  return static_cast<std::int64_t>(passed * setting.speed);
}

// Drawn from the seed and the arrival alone, so that a chat is the same whatever happened before it.
Plan Day::plan_for(const Arrival& arrival) const {
  std::mt19937_64 own(setting.seed * 0x9E3779B97F4A7C15ULL + arrival.id);
  Plan plan;
  plan.handle_ms = arrival.handle_ms;
  plan.question = shopper_text(own);
  plan.agent_closes = std::bernoulli_distribution(0.7)(own);
  if (std::bernoulli_distribution(setting.visitor_line_loss)(own)) {
    plan.line_breaks_at = std::uniform_real_distribution<>(0.05, 0.95)(own);
  }
  const int count = shopday::utterances(own) - 1;  // the question is the first
  for (int i = 0; i < count; ++i) {
    Plan::Utterance utterance;
    // Think times vary; the last word falls well before the end.
    utterance.share = (i + std::uniform_real_distribution<>(0.1, 0.9)(own)) / (count + 0.5);
    utterance.by_shopper = i > 0 && shopper_speaks(own);  // the agent answers the question first
    utterance.text = utterance.by_shopper ? shopper_text(own) : agent_text(own);
    plan.utterances.push_back(std::move(utterance));
  }
  return plan;
}

}  // namespace switchboard::shopday
