#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>

namespace switchboard::simulate {

// Draws by the inverse of each distribution from raw 53-bit numbers, so that a seed means the same with every
// library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  bool chance(double p) { return uniform() < p; }
  double exponential(double mean) { return -mean * std::log(1 - uniform()); }
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(2 * std::numbers::pi * uniform());
  }
  double log_normal(double mean, double sigma) {
    return mean * std::exp(sigma * normal() - sigma * sigma / 2);
  }
  template <class Range, class Share>
  std::size_t pick(const Range& range, Share share) {
    double x = uniform();
    std::size_t i = 0;
    for (const auto& item : range) {
      if (x < share(item)) return i;
      x -= share(item);
      ++i;
    }
    return i;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace switchboard::simulate
