// 2.12: how long somebody will wait, and what the waits of others teach about it. Integers only; two numbers
// per skill and wish are all it remembers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "router/events.hpp"
#include "router/ids.hpp"
#include "router/router.hpp"

namespace switchboard::router {

// m, b and h of 2.12: who is ahead, and how fast places fall free for somebody like her.
struct Prospect {
  SkillId skill;
  WishKind wish = WishKind::any;
  std::int64_t ahead = 0;       // 0 ..
  std::int64_t busy_units = 1;  // quarters of a place, 1 ..
  Millis handling_ms = 1;       // 1 ms .. 1 day
};

class Forecast {
 public:
  // The shop has so many skills; what was learnt of those that stay is kept.
  void reshape(std::size_t skills);

  // Everything that was learnt as numbers, and back. restore: false, and nothing changes, if there are not as many
  // as learnt() gives; each is brought into its bounds.
  std::vector<std::int64_t> learnt() const;
  bool restore(const std::vector<std::int64_t>& numbers);

  // The quantiles of 2.12, with those ahead leaving as fast as others of this skill left, and corrected by
  // how true such quotes have been. While nothing is learnt: the formula itself. O(1).
  Eta expect(const Prospect& p) const;

  // Somebody of the skill is served, or has left, after waiting so long.
  void wait_over(SkillId skill, Millis waited, bool left);
  // She who was told this on arrival was served after `waited`. Each quantile moves a little: up if it was
  // too short, down if not, in such a proportion that it rests where one half (nine tenths) is in time
  // (stochastic approximation of a quantile, Robbins & Monro 1951).
  void served_after(SkillId skill, WishKind wish, const Eta& told, Millis waited);

 private:
  // In millionths.
  struct Correction {
    std::int64_t p50 = 1'000'000;
    std::int64_t p90 = 1'000'000;
    std::int64_t seen = 0;

    void learn(bool late_for_p50, bool late_for_p90);
  };
  // Sums over the last waits, the older the lighter, about 64 in all.
  struct Patience {
    Millis waited_ms = 0;
    std::int64_t left_pm = 0;
  };

  std::vector<Patience> patience_;     // by skill
  std::vector<Correction> of_skill_;   // by skill
  std::array<Correction, 3> of_wish_;  // by kind of wish: who is passed by others waits longer
};

}  // namespace switchboard::router
