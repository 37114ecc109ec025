#include "bench/chaos/busy_shop.hpp"

#include <algorithm>
#include <random>

#include "bench/shopday/shop_of_trace.hpp"

namespace switchboard::chaos {

namespace {

constexpr double talks_s_min = 1.5, talks_s_max = 5;     // of a chat, real time
constexpr double patient_s_min = 6, patient_s_max = 20;  // of those who have an end of patience
const std::vector<std::string> skills = {"presale", "aftersale"};
const std::vector<std::string> personas = {"ladylike", "bold", "fresh", "crazy"};

std::int64_t trace_ms(double real_s) {
  return static_cast<std::int64_t>(real_s * 1000 * busy_speed);
}

}  // namespace

shopday::Trace busy_trace(std::uint64_t seed, const BusySetting& setting) {
  std::mt19937_64 random(seed);
  const auto chance = [&](double share) { return std::bernoulli_distribution(share)(random); };
  const auto between = [&](double from, double to) {
    return std::uniform_real_distribution<>(from, to)(random);
  };
  const auto one_of = [&](const std::vector<std::string>& all) {
    return all[std::uniform_int_distribution<std::size_t>(0, all.size() - 1)(random)];
  };
  shopday::Trace trace;
  trace.name = "busy";
  trace.seed = seed;
  trace.horizon_ms = trace_ms(std::chrono::duration<double>(setting.length).count());
  trace.skills = skills;
  trace.personas = personas;
  for (int i = 0; i < setting.agents; ++i) {
    shopday::Shift shift;
    shift.agent = "agent" + std::to_string(i);
    shift.end_ms = trace.horizon_ms + trace_ms(3'600);  // beyond everybody's leaving
    shift.capacity = 1 + i % 3;
    const auto own = static_cast<std::size_t>(i) % 2;
    shift.skills = {{skills[own], 0}, {skills[1 - own], 1}};
    shift.persona = personas[static_cast<std::size_t>(i) % personas.size()];
    trace.roster.push_back(std::move(shift));
  }
  double at_s = 0;
  const double length_s = std::chrono::duration<double>(setting.length).count();
  for (std::uint64_t id = 1;; ++id) {
    at_s += std::exponential_distribution<>(setting.visitors_per_s)(random);
    if (at_s >= length_s) break;
    shopday::Arrival arrival;
    arrival.id = id;
    arrival.t_ms = trace_ms(at_s);
    arrival.customer = "customer" + std::to_string(id);
    arrival.skill = one_of(skills);
    if (chance(0.4)) arrival.persona = one_of(personas);
    arrival.strict = !arrival.persona.empty() && chance(0.2);
    arrival.vip = chance(0.1) ? 1 : 0;
    if (chance(0.2)) arrival.patience_ms = trace_ms(between(patient_s_min, patient_s_max));
    arrival.handle_ms = trace_ms(between(talks_s_min, talks_s_max));
    if (chance(0.1))
      arrival.last_agent = "agent" + std::to_string(random() % static_cast<unsigned>(setting.agents));
    trace.arrivals.push_back(std::move(arrival));
  }
  return trace;
}

shop::Shop busy_shop(const shopday::Trace& trace, const std::string& id) {
  auto shop = shopday::shop_of_trace(trace, id, busy_speed);
  shop.presence.lost_grace_s = 5;
  shop.offer.accept_within_s = 5;
  return shop;
}

}  // namespace switchboard::chaos
