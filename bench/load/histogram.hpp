// Counts of durations, log-linear: relative error below 1/128 at every size, a fixed 58 KiB whatever is
// recorded.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace switchboard::load {

// Not safe for several threads at once.
class Histogram {
 public:
  // Negative values count as 0.
  void record(std::int64_t value);
  void merge(const Histogram&);

  std::uint64_t count() const { return count_; }
  double mean() const { return count_ ? sum_ / static_cast<double>(count_) : 0.0; }
  std::int64_t max() const { return max_; }
  // The smallest recorded value (up to the relative error) that at least `share` of all values do not exceed;
  // share in (0, 1]. 0 if nothing was recorded.
  std::int64_t quantile(double share) const;

 private:
  static constexpr unsigned half_bits = 7;  // 128 steps per power of two
  static constexpr std::size_t half = std::size_t{1} << half_bits;
  static std::size_t slot(std::uint64_t value);
  static std::uint64_t value_at(std::size_t slot);

  std::array<std::uint64_t, (64 - half_bits + 1) * half> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0.0;
  std::int64_t max_ = 0;
};

}  // namespace switchboard::load
