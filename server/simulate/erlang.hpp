// How many places a load needs: Erlang's and Palm's formulas for a Poisson stream, exponential handling times
// and exponential patience (M/M/n+M, "Erlang A"), and the square-root rule of Garnett, Mandelbaum & Reiman
// (MSOM 4:208, 2002). Pure functions; times in seconds.
#pragma once

namespace switchboard::simulate {

struct Stream {
  double arrivals_per_s = 0;  // > 0
  double handle_s = 0;        // mean, > 0
  double patience_s = 0;      // mean, > 0
};

struct ErlangA {
  double abandon = 0;       // share of all who leave before they are served
  double queue_mean_s = 0;  // of everybody, served or not
};

// Exact, for n >= 1 places.
ErlangA erlang_a(const Stream& stream, int places);

// What the rule must keep. Shares 0 .. 1.
struct RuleTarget {
  double late = 0.2;  // at most this share would have to wait longer than `within_s`
  double within_s = 30;
  double abandon = 0.05;  // at most this share leaves
};

// The smallest beta of n = R + beta sqrt(R), R the load in places (> 0), that keeps the target by Garnett's
// limit theorem; between -3 and 6.
double garnett_beta(double load, double handle_s, double patience_s, const RuleTarget& target);

}  // namespace switchboard::simulate
