// Chance from a seed: small, and the same on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace switchboard::sim {

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Uniform in 0..bound-1; bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // Uniform in least..most.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return unit() < probability; }
  std::int64_t exponential(std::int64_t mean) {
    return static_cast<std::int64_t>(-std::log1p(-unit()) * static_cast<double>(mean));
  }
  // A generator of its own: what one part draws does not change what another gets.
  Random branch() { return Random(next()); }
  // Base64url characters.
  std::string word(std::size_t length) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out(length, '\0');
    for (char& c : out) c = letters[below(letters.size())];
    return out;
  }

 private:
  std::uint64_t state_;
};

}  // namespace switchboard::sim
