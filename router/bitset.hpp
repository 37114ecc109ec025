// A set of small numbers (classes) in machine words: intersection and iteration cost O(words + members).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace switchboard::router {

class Bitset {
 public:
  explicit Bitset(std::size_t size = 0) : words_((size + 63) / 64) {}

  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void reset(std::size_t i) { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  bool test(std::size_t i) const { return (words_[i / 64] >> (i % 64)) & 1; }
  void clear() { std::fill(words_.begin(), words_.end(), 0); }

  // Calls f(member) in rising order for what is in both. Both sets must be of one size; f may change neither.
  template <class F>
  static void for_each_common(const Bitset& a, const Bitset& b, F&& f) {
    for (std::size_t w = 0; w < a.words_.size(); ++w) {
      for (std::uint64_t bits = a.words_[w] & b.words_[w]; bits != 0; bits &= bits - 1) {
        f(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
      }
    }
  }
  static std::size_t count_common(const Bitset& a, const Bitset& b) {
    std::size_t n = 0;
    for (std::size_t w = 0; w < a.words_.size(); ++w) {
      n += static_cast<std::size_t>(std::popcount(a.words_[w] & b.words_[w]));
    }
    return n;
  }

  friend bool operator==(const Bitset&, const Bitset&) = default;

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace switchboard::router
