#include "router/forecast.hpp"

#include <algorithm>

namespace switchboard::router {

namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kAheadMax = kMillion - 1;
constexpr Millis kLongest = 10'000'000'000;  // four months: keeps every product below 2^63

// Largest r with r * r <= n.
std::uint64_t integer_sqrt(std::uint64_t n) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit > 0; bit >>= 1) {
    const std::uint64_t next = root | bit;
    if (next * next <= n) root = next;
  }
  return root;
}

// (1 - 1/(9n) + 1.2816/(3 sqrt n))^3 in millionths, n = n_pm / 1000 of 1 .. 10^6.
std::int64_t p90_factor(std::int64_t n_pm) {
  const auto root = static_cast<std::int64_t>(  // 10^6 sqrt n
      integer_sqrt(static_cast<std::uint64_t>(n_pm) * 1'000 * kMillion));
  const std::int64_t x = kMillion - 1'000 * kMillion / (9 * n_pm) + 427'200 * kMillion / root;
  return x * x / kMillion * x / kMillion;
}

Millis corrected(Millis quantile, std::int64_t by, std::int64_t and_by) {
  return std::min(quantile * by / kMillion, kLongest) * and_by / kMillion;
}

}  // namespace

void Forecast::reshape(std::size_t skills) {
  patience_.resize(skills);
  of_skill_.resize(skills);
}

// A place falls free every `step` = h / b. Behind m others who leave at the rate theta each, the k-th step
// from the front takes step / (1 + k theta step) on average. The sum of these and of their squares (both by
// Simpson's rule) give the mean and the shape of the Gamma distribution; if nobody leaves these are (m + 1)
// step and m + 1.
Eta Forecast::expect(const Prospect& p) const {
  const std::int64_t m = std::min(p.ahead, kAheadMax);
  const Patience& patience = patience_[p.skill.value];
  const std::int64_t step_us = p.handling_ms * kUnitsPerChat * 1'000 / p.busy_units;
  const std::int64_t leaving =  // theta step, in millionths
      std::min(patience.left_pm * step_us / std::max<Millis>(patience.waited_ms, 1), kMillion);
  constexpr std::int64_t kSimpson[] = {1, 4, 2, 4, 1};
  std::int64_t mean = 0, square = 0;
  for (std::int64_t i = 0; i <= 4; ++i) {  // k = i m / 4
    const std::int64_t shortened = kMillion * kMillion / (kMillion + i * m * leaving / 4);
    mean += kSimpson[i] * shortened;
    square += kSimpson[i] * (shortened * shortened / kMillion);
  }
  mean /= 12;
  square /= 12;
  const std::int64_t shape_pm = std::max<std::int64_t>((m + 1) * (mean * mean / square) / 1'000, 1'000);
  const Millis mean_ms = std::min(step_us * (m + 1) / 1'000, kLongest) * mean / kMillion;

  const Correction& s = of_skill_[p.skill.value];
  const Correction& w = of_wish_[static_cast<std::size_t>(p.wish)];
  const Millis p50 = corrected(mean_ms - mean_ms * 1'000 / (3 * shape_pm), s.p50, w.p50);
  const Millis p90 = corrected(mean_ms * p90_factor(shape_pm) / kMillion, s.p90, w.p90);
  return {p50, std::max(p50, p90)};
}

void Forecast::wait_over(SkillId skill, Millis waited, bool left) {
  Patience& p = patience_[skill.value];
  p.waited_ms += std::min(waited, kLongest) - p.waited_ms / 64;
  p.left_pm += (left ? 1'000 : 0) - p.left_pm / 64;
}

// The first steps are long, so that a small shop has learnt by noon; the later ones 1/64.
void Forecast::Correction::learn(bool late_for_p50, bool late_for_p90) {
  ++seen;
  const std::int64_t caution = std::min<std::int64_t>(8 + seen / 4, 64);
  p50 += (late_for_p50 ? 1 : -1) * p50 / caution;
  p90 += (late_for_p90 ? 9 : -1) * p90 / caution / 5;
  p50 = std::clamp(p50, kMillion / 16, kMillion * 16);
  p90 = std::clamp(p90, kMillion / 16, kMillion * 16);
}

std::vector<std::int64_t> Forecast::learnt() const {
  std::vector<std::int64_t> numbers;
  const auto add = [&](const Correction& c) { numbers.insert(numbers.end(), {c.p50, c.p90, c.seen}); };
  for (const Patience& p : patience_) numbers.insert(numbers.end(), {p.waited_ms, p.left_pm});
  for (const Correction& c : of_skill_) add(c);
  for (const Correction& c : of_wish_) add(c);
  return numbers;
}

bool Forecast::restore(const std::vector<std::int64_t>& numbers) {
  if (numbers.size() != learnt().size()) return false;
  const std::int64_t* next = numbers.data();
  const auto take = [&](std::int64_t low, std::int64_t high) { return std::clamp(*next++, low, high); };
  const auto correction = [&](Correction& c) {
    c.p50 = take(kMillion / 16, kMillion * 16);
    c.p90 = take(kMillion / 16, kMillion * 16);
    c.seen = take(0, kLongest);
  };
  for (Patience& p : patience_) {
    p.waited_ms = take(0, 64 * kLongest);
    p.left_pm = take(0, 64 * 1'000);
  }
  for (Correction& c : of_skill_) correction(c);
  for (Correction& c : of_wish_) correction(c);
  return true;
}

void Forecast::served_after(SkillId skill, WishKind wish, const Eta& told, Millis waited) {
  const bool late_for_p50 = waited > told.p50_ms, late_for_p90 = waited > told.p90_ms;
  of_skill_[skill.value].learn(late_for_p50, late_for_p90);
  of_wish_[static_cast<std::size_t>(wish)].learn(late_for_p50, late_for_p90);
}

}  // namespace switchboard::router
