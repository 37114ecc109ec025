#include "bench/load/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace switchboard::load {

// Values below 2*half have a slot each; above, each power of two is divided into `half` equal steps.
std::size_t Histogram::slot(std::uint64_t value) {
  if (value < 2 * half) return static_cast<std::size_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - half_bits - 1;
  return (shift + 1) * half + static_cast<std::size_t>((value >> shift) - half);
}

// The largest value that falls into the slot.
std::uint64_t Histogram::value_at(std::size_t slot) {
  if (slot < 2 * half) return slot;
  const auto shift = static_cast<unsigned>(slot / half) - 1;
  return ((half + slot % half + 1) << shift) - 1;
}

void Histogram::record(std::int64_t value) {
  value = std::max<std::int64_t>(value, 0);
  ++counts_[slot(static_cast<std::uint64_t>(value))];
  ++count_;
  sum_ += static_cast<double>(value);
  max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::int64_t Histogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_) - 1e-9)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(static_cast<std::int64_t>(value_at(i)), max_);
  }
  return max_;
}

}  // namespace switchboard::load
