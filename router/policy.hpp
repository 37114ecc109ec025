// The parameters of one shop's routing (section 2 of the rules in README.md), all integers: milliseconds and
// per mille.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "router/ids.hpp"

namespace switchboard::router {

// What a tier of customers is worth, in the currency of waiting (2.2).
struct TierPolicy {
  Millis head_start_ms = 0;     // head[v]: as if she had come this much earlier; 0 .. 1 h
  std::int32_t rate_pm = 1000;  // rate[v]: how fast her waiting counts, 1000 = as it is; 1 .. 10,000

  friend bool operator==(const TierPolicy&, const TierPolicy&) = default;
};

struct Policy {
  // The shop's shape.
  std::vector<Millis> target_ms = {
      30'000};                     // one per skill: the wait aimed at; w = 30,000,000 / target; 1 s .. 1 h
  std::uint8_t persona_count = 0;  // at most kPersonasMax
  std::vector<TierPolicy> tiers = {{0, 1000}, {30'000, 1500}, {60'000, 2000}};

  // 2.2 score
  Millis persona_bonus_ms = 30'000;  // 0 .. 1 h
  Millis sticky_bonus_ms = 60'000;   // 0 .. 1 h
  bool sticky_over_persona = true;  // the last agent counts even against a preferred (never a strict) persona

  // 2.3, 2.5 holds
  Millis sticky_hold_ms = 30'000;   // wait so long for a full last agent, if worth it; 0 = never
  Millis persona_hold_ms = 20'000;  // wait so long for the preferred persona, if worth it; 0 = never
  std::int32_t sticky_worth_pm = 1000;
  std::int32_t persona_worth_pm = 1000;
  Millis handling_start_ms = 300'000;  // h[s] before the first chat has ended

  // 2.3.2 levels: level k opens to her when she has waited overflow_ms[k]; beyond the end the last entry
  // counts.
  std::vector<Millis> overflow_ms = {0, 10'000, 30'000};
  std::int32_t overflow_idle_pm = 300;  // ... or when so much of his capacity is free

  // 2.3.4, 2.4 coming and going
  Millis taper_ms = 0;     // prefer agents whose shift ends within this; 0 = off
  Millis ramp_ms = 1'000;  // an agent just come on takes one of the waiting per this long; 0 = all at once

  // 2.8, 2.9, 2.11
  std::int32_t park_units = 1;  // 0 .. kUnitsPerChat
  Millis exclusion_ms = 30'000;
  std::int32_t misses_to_break = 2;  // 0 = never
  Millis max_wait_ms = 0;            // 0 = never too long
  Millis void_pause_ms = 250;        // after an offer the store refused: that agent gets none for so long

  friend bool operator==(const Policy&, const Policy&) = default;
};

// The same policy with every value brought into its bounds; the router applies it to whatever it is given, so
// that no setting can overflow a score: with w <= 30,000, rate <= 10,000 and boosted waits clamped to 2^31 ms
// a score is < 2^60.
Policy bounded(Policy policy);

// Sets one scalar parameter by the name used in shop files and by `simulate --set`: the member's name without
// its unit
// ("persona_hold", "ramp", "overflow_idle", "max_wait", ...); "target", "head1", "rate1", "overflow1" reach
// into the lists
// ("target" sets all skills, "target0" the first). False: no such name, or out of the list.
bool set_parameter(Policy& policy, std::string_view name, std::int64_t value);

}  // namespace switchboard::router
