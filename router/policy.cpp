#include "router/policy.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace switchboard::router {

namespace {

constexpr Millis kHour = 3'600'000;
constexpr Millis kDay = 24 * kHour;

template <class T>
void bound(T& value, T low, T high) {
  value = std::clamp(value, low, high);
}

}  // namespace

Policy bounded(Policy p) {
  if (p.target_ms.empty()) p.target_ms = {30'000};
  if (p.target_ms.size() > kSkillsMax) p.target_ms.resize(kSkillsMax);
  for (Millis& target : p.target_ms) bound(target, Millis{1'000}, kHour);
  bound(p.persona_count, std::uint8_t{0}, static_cast<std::uint8_t>(kPersonasMax));
  if (p.tiers.empty()) p.tiers = {TierPolicy{}};
  if (p.tiers.size() > kTiersMax) p.tiers.resize(kTiersMax);
  for (TierPolicy& tier : p.tiers) {
    bound(tier.head_start_ms, Millis{0}, kHour);
    bound(tier.rate_pm, 1, 10'000);
  }
  if (p.overflow_ms.empty()) p.overflow_ms = {0};
  if (p.overflow_ms.size() > kLevelsMax) p.overflow_ms.resize(kLevelsMax);
  p.overflow_ms[0] = 0;
  for (Millis& step : p.overflow_ms) bound(step, Millis{0}, kDay);
  bound(p.persona_bonus_ms, Millis{0}, kHour);
  bound(p.sticky_bonus_ms, Millis{0}, kHour);
  bound(p.sticky_hold_ms, Millis{0}, kHour);
  bound(p.persona_hold_ms, Millis{0}, kHour);
  bound(p.sticky_worth_pm, 0, 100'000);
  bound(p.persona_worth_pm, 0, 100'000);
  bound(p.handling_start_ms, Millis{1}, kDay);
  bound(p.overflow_idle_pm, 0, 1'001);
  bound(p.taper_ms, Millis{0}, kDay);
  bound(p.ramp_ms, Millis{0}, kHour);
  bound(p.park_units, 0, kUnitsPerChat);
  bound(p.exclusion_ms, Millis{0}, kDay);
  bound(p.misses_to_break, 0, 1'000);
  bound(p.max_wait_ms, Millis{0}, kDay);
  bound(p.void_pause_ms, Millis{0}, kHour);
  return p;
}

namespace {

// "overflow2" -> 2 for prefix "overflow"; empty if the name is another.
std::optional<std::size_t> numbered(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() == prefix.size()) return std::nullopt;
  const char* last = name.data() + name.size();
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(name.data() + prefix.size(), last, n);
  if (error != std::errc() || end != last) return std::nullopt;
  return n;
}

bool set_in_list(Policy& p, std::string_view name, std::int64_t value) {
  if (name == "target") {
    std::fill(p.target_ms.begin(), p.target_ms.end(), value);
    return true;
  }
  if (const auto n = numbered(name, "target"); n && *n < p.target_ms.size()) {
    p.target_ms[*n] = value;
    return true;
  }
  if (const auto n = numbered(name, "head"); n && *n < p.tiers.size()) {
    p.tiers[*n].head_start_ms = value;
    return true;
  }
  if (const auto n = numbered(name, "rate"); n && *n < p.tiers.size()) {
    p.tiers[*n].rate_pm = static_cast<std::int32_t>(std::clamp<std::int64_t>(value, 0, 10'000));
    return true;
  }
  if (const auto n = numbered(name, "overflow"); n && *n < kLevelsMax) {
    if (*n >= p.overflow_ms.size())
      p.overflow_ms.resize(*n + 1, p.overflow_ms.empty() ? 0 : p.overflow_ms.back());
    p.overflow_ms[*n] = value;
    return true;
  }
  return false;
}

}  // namespace

bool set_parameter(Policy& p, std::string_view name, std::int64_t value) {
  struct Times {
    std::string_view name;
    Millis Policy::*member;
  };
  static constexpr Times kTimes[] = {
      {"persona_bonus", &Policy::persona_bonus_ms},
      {"sticky_bonus", &Policy::sticky_bonus_ms},
      {"sticky_hold", &Policy::sticky_hold_ms},
      {"persona_hold", &Policy::persona_hold_ms},
      {"handling_start", &Policy::handling_start_ms},
      {"taper", &Policy::taper_ms},
      {"ramp", &Policy::ramp_ms},
      {"exclusion", &Policy::exclusion_ms},
      {"max_wait", &Policy::max_wait_ms},
      {"void_pause", &Policy::void_pause_ms},
  };
  struct Numbers {
    std::string_view name;
    std::int32_t Policy::*member;
  };
  static constexpr Numbers kNumbers[] = {
      {"sticky_worth", &Policy::sticky_worth_pm},    {"persona_worth", &Policy::persona_worth_pm},
      {"overflow_idle", &Policy::overflow_idle_pm},  {"park_units", &Policy::park_units},
      {"misses_to_break", &Policy::misses_to_break},
  };
  for (const Times& t : kTimes) {
    if (t.name == name) return p.*t.member = value, true;
  }
  for (const Numbers& n : kNumbers) {
    constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
    if (n.name == name) return p.*n.member = static_cast<std::int32_t>(std::clamp(value, -kMax, kMax)), true;
  }
  if (name == "sticky_over_persona") return p.sticky_over_persona = value != 0, true;
  return set_in_list(p, name, value);
}

}  // namespace switchboard::router
