#include "server/simulate/erlang.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace switchboard::simulate {

namespace {

// Of the standard normal distribution.
double density(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}
double upper_tail(double x) {
  return std::erfc(x / std::numbers::sqrt2) / 2;
}
double hazard(double x) {
  return x > 30 ? x : density(x) / upper_tail(x);
}

}  // namespace

// States k = chats and waiting; weights relative to that of k = n, so that nothing overflows.
ErlangA erlang_a(const Stream& s, int places) {
  const double mu = 1 / s.handle_s, theta = 1 / s.patience_s;
  double weight = 1, total = 1, waiting = 0;
  for (int k = places; k > 0 && weight > 1e-18; --k) {
    weight *= k * mu / s.arrivals_per_s;
    total += weight;
  }
  weight = 1;
  for (int q = 1; q < 10'000'000; ++q) {
    weight *= s.arrivals_per_s / (places * mu + q * theta);
    total += weight;
    waiting += q * weight;
    if (weight * q < 1e-15 * total && s.arrivals_per_s < places * mu + q * theta) break;
  }
  const double queue = waiting / total;
  return {theta * queue / s.arrivals_per_s, queue / s.arrivals_per_s};
}

// In the limit the queue above n is a normal distribution cut off at 0, in units of sqrt(n): its mean
// -beta mu / theta, its variance mu / theta. From it the chance to wait, to wait longer than T (if she had
// patience for ever), and the share that leaves.
double garnett_beta(double load, double handle_s, double patience_s, const RuleTarget& target) {
  const double ratio = handle_s / patience_s;  // theta / mu
  const auto keeps = [&](double beta) {
    const double n = std::max(load + beta * std::sqrt(load), 0.5);
    const double shifted = beta / std::sqrt(ratio);
    const double waits = 1 / (1 + std::sqrt(ratio) * hazard(shifted) / hazard(-beta));
    const double long_s = target.within_s * std::sqrt(n / (handle_s * patience_s));
    const double late = waits * upper_tail(shifted + long_s) / upper_tail(shifted);
    const double leaves = waits * std::sqrt(ratio / n) * (hazard(shifted) - shifted);
    return late <= target.late && leaves <= target.abandon;
  };
  double low = -3, high = 6;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (keeps(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace switchboard::simulate
