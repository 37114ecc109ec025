// The simulator, with the production router and with a peer's rule, against what is known exactly: Erlang C,
// Erlang A, and the product form of first come, first served with assignment to the longest idle.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/figures.hpp"
#include "server/simulate/pooled_bound.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::simulate {
namespace {

using Played = Run;  // testing::Test has a Run of its own

// Long enough to say "within 3 %" where it is built to be run, long enough to notice a fault elsewhere.
#ifdef NDEBUG
constexpr int kLong = 1;
#else
constexpr int kLong = 8;
#endif

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : dice_(seed) {}
  double uniform() { return (static_cast<double>(dice_() >> 11) + 0.5) * 0x1.0p-53; }
  double exponential(double mean) { return -mean * std::log(uniform()); }

 private:
  std::mt19937_64 dice_;
};

// A mean over a run that depends on its own past, and how sure it is: from the scatter of 40 parts of it.
struct Estimate {
  double mean = 0;
  double error = 0;  // standard error
};
Estimate estimate(const std::vector<double>& parts) {
  const auto n = static_cast<double>(parts.size());
  double sum = 0, squares = 0;
  for (double x : parts) sum += x, squares += x * x;
  const double mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean) / (n - 1))};
}
constexpr std::size_t kParts = 40;

Estimate mean_wait_s(const Trace& trace, const Played& run) {
  std::vector<double> sums(kParts);
  const std::size_t n = trace.arrivals.size();
  for (std::size_t i = 0; i < n; ++i) {
    const Fate& fate = run.fates[i];
    const Millis until = fate.outcome == Outcome::served ? fate.start_ms : fate.end_ms;
    sums[i * kParts / n] += static_cast<double>(until - trace.arrivals[i].t_ms) / 1000;
  }
  for (double& sum : sums) sum *= static_cast<double>(kParts) / static_cast<double>(n);
  return estimate(sums);
}

// One skill, `places` in all, so many arrivals at this load.
Trace poisson(int agents, int capacity, double load, double handle_s, double patience_s, int n,
              std::uint64_t seed) {
  Trace t;
  t.skills = {"presale"};
  Dice dice(seed);
  double at = 0;
  for (int i = 0; i < n; ++i) {
    at += dice.exponential(1000 * handle_s / load);
    Arrival a;
    a.id = i;
    a.t_ms = static_cast<Millis>(at);
    a.handle_ms = static_cast<Millis>(dice.exponential(1000 * handle_s));
    if (patience_s > 0) a.patience_ms = static_cast<Millis>(dice.exponential(1000 * patience_s));
    t.arrivals.push_back(a);
  }
  t.horizon_ms = static_cast<Millis>(at) + 100'000'000;
  for (int i = 0; i < agents; ++i) {
    t.agents.push_back("a" + std::to_string(i));
    t.shifts.push_back({static_cast<std::uint32_t>(i),
                        0,
                        t.horizon_ms,
                        capacity,
                        {{router::SkillId(0), 0}},
                        std::nullopt,
                        1000});
  }
  return t;
}

// Within the share, or, where the run is short, within four standard errors.
void expect_within(double share, const Estimate& measured, double exact) {
  EXPECT_NEAR(measured.mean, exact, std::max(share * exact, kLong == 1 ? 0.0 : 4 * measured.error));
  EXPECT_LT(measured.error, (kLong == 1 ? 0.5 : 1.5) * share * exact) << "too short to say";
}

// --- Erlang C

struct ErlangC {
  double wait_probability;
  double mean_s;
  double p95_s;
};
ErlangC erlang_c(double load, int places, double handle_s) {
  double term = 1, sum = 1;
  for (int k = 1; k < places; ++k) sum += term *= load / k;
  const double last = term * load / places / (1 - load / places);
  const double waits = last / (sum + last);
  const double drain_s = handle_s / (places - load);  // the wait of those who wait is exponential
  return {waits, waits * drain_s, waits > 0.05 ? std::log(waits / 0.05) * drain_s : 0};
}

TEST(Theory, G11_a_poisson_stream_waits_as_erlang_c_says) {
  const Trace t = poisson(5, 2, 8, 300, 0, 1'600'000 / kLong, 12);
  const auto dispatcher = router_dispatcher(t, policy_for(t));
  const Played run = play(t, *dispatcher, 0);
  const ErlangC exact = erlang_c(8, 10, 300);
  expect_within(0.03, mean_wait_s(t, run), exact.mean_s);
  EXPECT_NEAR(figures(t, run).wait_p95_s, exact.p95_s, (kLong == 1 ? 0.04 : 0.12) * exact.p95_s);
  EXPECT_NEAR(pooled_queue_mean_s(t), exact.mean_s, (kLong == 1 ? 0.03 : 0.1) * exact.mean_s);
}

// --- Erlang A

struct ErlangA {
  double mean_s;  // in the queue, of everybody
  double abandon_share;
  double p95_served_s;
};

// A birth and death chain. Whoever finds k waiting is served when k + 1 times somebody has been served or
// gone from among the busy places and those ahead, if her own patience lasts; seen from those who are served,
// that time is a chain of exponential steps with one impatient visitor more. Its tail is followed step by
// step.
ErlangA erlang_a(double load, int places, double handle_s, double patience_s) {
  constexpr int kMost = 400;
  const double arrive = load / handle_s, serve = 1 / handle_s, leave = 1 / patience_s;
  std::vector<double> p(static_cast<std::size_t>(places + kMost) + 1, 1.0);
  double sum = 1;
  for (std::size_t n = 1; n < p.size(); ++n) {
    const auto busy = std::min<double>(static_cast<double>(n), places);
    p[n] = p[n - 1] * arrive / (busy * serve + (static_cast<double>(n) - busy) * leave);
    sum += p[n];
  }
  for (double& x : p) x /= sum;
  double queue = 0;
  std::vector<double> waiting(kMost);  // of those who will be served, by how many are ahead
  const double drain = places * serve;
  for (int k = 0; k < kMost; ++k) {
    const double chance = p[static_cast<std::size_t>(places + k)];
    queue += k * chance;
    waiting[static_cast<std::size_t>(k)] = chance * drain / (drain + (k + 1) * leave);
  }
  const double mean_s = queue / arrive;
  const double served = 1 - leave * mean_s;
  const double step_s = 0.01;
  double left = 0, at = 0;
  for (double x : waiting) left += x;
  while (left > 0.05 * served) {
    for (std::size_t k = 0; k < waiting.size(); ++k) {
      const auto rate = [&](std::size_t j) { return drain + static_cast<double>(j + 1) * leave; };
      const double in = k + 1 < waiting.size() ? rate(k + 1) * waiting[k + 1] : 0;
      waiting[k] += step_s * (in - rate(k) * waiting[k]);
    }
    left = 0;
    for (double x : waiting) left += x;
    at += step_s;
  }
  return {mean_s, leave * mean_s, at};
}

TEST(Theory, G11_impatient_visitors_wait_and_leave_as_erlang_a_says) {
  const Trace t = poisson(5, 4, 20, 300, 240, 800'000 / kLong, 5);
  const auto dispatcher = router_dispatcher(t, policy_for(t));
  const Played run = play(t, *dispatcher, 0);
  const ErlangA exact = erlang_a(20, 20, 300, 240);
  expect_within(0.03, mean_wait_s(t, run), exact.mean_s);
  const Figures f = figures(t, run);
  EXPECT_NEAR(f.abandon_pct / 100, exact.abandon_share, (kLong == 1 ? 0.03 : 0.08) * exact.abandon_share);
  EXPECT_NEAR(f.wait_p95_s, exact.p95_served_s, (kLong == 1 ? 0.04 : 0.08) * exact.p95_served_s);
}

TEST(Theory, erlang_a_says_what_is_known_of_a_known_shop) {  // 200 chats an hour of 373 s, patience 240 s
  const double load = 200.0 / 3600 * 373;
  EXPECT_NEAR(erlang_a(load, 24, 373, 240).abandon_share, 0.038, 0.0005);
  EXPECT_LT(erlang_a(load, 25, 373, 240).abandon_share, 0.03);
}

// --- FCFS-ALIS: the product form of Adan and Weiss ("A skill based parallel service system under FCFS-ALIS",
// Stochastic Systems 4:250, 2014), for places that differ in what they can do and how fast.

constexpr std::size_t kServers = 3, kTypes = 3;
using Set = unsigned;  // a bit per server, or per type

struct SkillSystem {
  std::array<double, kTypes> arrive;   // per handling time
  std::array<double, kServers> serve;  // per handling time
  std::array<Set, kServers> can;       // types of a server

  Set types_of(Set servers) const {
    Set types = 0;
    for (std::size_t s = 0; s < kServers; ++s) types |= servers >> s & 1 ? can[s] : 0;
    return types;
  }
  // Types that none but these can serve.
  Set only(Set servers) const { return ~types_of(~servers & ((1u << kServers) - 1)) & ((1u << kTypes) - 1); }
  double rate(Set types) const {
    double sum = 0;
    for (std::size_t c = 0; c < kTypes; ++c) sum += types >> c & 1 ? arrive[c] : 0;
    return sum;
  }
  double speed(Set servers) const {
    double sum = 0;
    for (std::size_t s = 0; s < kServers; ++s) sum += servers >> s & 1 ? serve[s] : 0;
    return sum;
  }
};

// What a run, or the formula, says about such a system.
struct Portrait {
  std::array<double, 1u << kServers> busy{};                   // share of time in which just these are busy
  std::array<std::array<double, kServers>, kTypes> matched{};  // share of all visitors: type served by server
  std::array<double, kTypes> queue{};                          // mean number of a type waiting
};

// States: servers in an order, the first `busy` of them busy, in the order of arrival of whom they serve,
// with waiting visitors between them; the rest idle, the longest idle last. Behind the j-th busy server wait
// geometrically many of the types which only the first j can serve.
class ProductForm {
 public:
  explicit ProductForm(const SkillSystem& system) : system_(system) {
    std::array<std::size_t, kServers> order{0, 1, 2};
    do {
      for (std::size_t busy = 0; busy <= kServers; ++busy) see(order, busy);
    } while (std::next_permutation(order.begin(), order.end()));
    for (double& x : portrait_.busy) x /= sum_;
    for (auto& row : portrait_.matched) {
      for (double& x : row) x /= sum_ * system_.rate((1u << kTypes) - 1);
    }
    for (double& x : portrait_.queue) x /= sum_;
  }
  const Portrait& portrait() const { return portrait_; }

 private:
  void see(const std::array<std::size_t, kServers>& order, std::size_t busy) {
    double weight = 1;
    std::array<Set, kServers> first{};  // the first j + 1 servers of the order
    for (std::size_t j = 0; j < kServers; ++j) first[j] = (j > 0 ? first[j - 1] : 0) | 1u << order[j];
    for (std::size_t j = 0; j < busy; ++j)
      weight /= system_.speed(first[j]) - system_.rate(system_.only(first[j]));
    Set idle = 0;
    for (std::size_t j = kServers; j-- > busy;) {
      idle |= 1u << order[j];
      weight /= system_.rate(system_.types_of(idle));
    }
    sum_ += weight;
    portrait_.busy[busy > 0 ? first[busy - 1] : 0] += weight;
    arrivals(order, busy, weight);
    departures(order, busy, weight, first);
  }

  // To the longest idle who can.
  void arrivals(const std::array<std::size_t, kServers>& order, std::size_t busy, double weight) {
    for (std::size_t c = 0; c < kTypes; ++c) {
      for (std::size_t j = kServers; j-- > busy;) {
        if ((system_.can[order[j]] >> c & 1) == 0) continue;
        portrait_.matched[c][order[j]] += weight * system_.arrive[c];
        break;
      }
    }
  }

  // A server who is done takes the first whom he can serve of those behind him.
  void departures(const std::array<std::size_t, kServers>& order, std::size_t busy, double weight,
                  const std::array<Set, kServers>& first) {
    for (std::size_t j = 0; j < busy; ++j) {
      const Set types = system_.only(first[j]);
      const double share = system_.rate(types) / system_.speed(first[j]);
      for (std::size_t c = 0; c < kTypes; ++c) {
        if ((types >> c & 1) != 0)
          portrait_.queue[c] += weight * share / (1 - share) * system_.arrive[c] / system_.rate(types);
      }
    }
    for (std::size_t m = 0; m < busy; ++m) {
      const std::size_t server = order[m];
      double nobody_yet = weight * system_.serve[server];
      for (std::size_t j = m; j < busy; ++j) {
        const Set types = system_.only(first[j]), his = types & system_.can[server];
        if (his == 0) continue;
        const double share = system_.rate(types) / system_.speed(first[j]);
        const double foreign = 1 - system_.rate(his) / system_.rate(types);
        const double none = (1 - share) / (1 - share * foreign);
        for (std::size_t c = 0; c < kTypes; ++c) {
          if ((his >> c & 1) != 0)
            portrait_.matched[c][server] += nobody_yet * (1 - none) * system_.arrive[c] / system_.rate(his);
        }
        nobody_yet *= none;
      }
    }
  }

  const SkillSystem& system_;
  Portrait portrait_;
  double sum_ = 0;
};

constexpr double kHandleMs = 600'000;

Trace trace_of(const SkillSystem& system, int n) {
  Trace t;
  t.skills = {"x", "y", "z"};
  Dice dice(3);
  double at = 0;
  const double all = system.rate((1u << kTypes) - 1);
  for (int i = 0; i < n; ++i) {
    at += dice.exponential(kHandleMs / all);
    double which = dice.uniform() * all;
    std::uint8_t type = 0;
    while (type + 1u < kTypes && which > system.arrive[type]) which -= system.arrive[type++];
    Arrival a;
    a.id = i;
    a.t_ms = static_cast<Millis>(at);
    a.skill = type;
    a.handle_ms = static_cast<Millis>(dice.exponential(kHandleMs));
    t.arrivals.push_back(a);
  }
  t.horizon_ms = static_cast<Millis>(at) + 1'000'000'000;
  for (std::uint32_t s = 0; s < kServers; ++s) {
    t.agents.push_back("s" + std::to_string(s));
    std::vector<router::SkillLevel> skills;
    for (std::uint8_t c = 0; c < kTypes; ++c) {
      if (system.can[s] >> c & 1) skills.push_back({router::SkillId(c), 0});
    }
    t.shifts.push_back(
        {s, 0, t.horizon_ms, 1, skills, std::nullopt, static_cast<std::int32_t>(1000 * system.serve[s])});
  }
  return t;
}

// By parts of the run: its arrivals, and the time up to the last of them.
std::vector<Portrait> portraits(const Trace& trace, const Played& run) {
  std::vector<Portrait> parts(kParts);
  const auto span = static_cast<double>(trace.arrivals.back().t_ms) / kParts;
  const double per_part = static_cast<double>(trace.arrivals.size()) / kParts;
  struct Change {
    Millis at;
    std::uint32_t server;
    bool begins;
  };
  std::vector<Change> changes;
  for (std::size_t i = 0; i < run.fates.size(); ++i) {
    const Fate& fate = run.fates[i];
    const Arrival& a = trace.arrivals[i];
    Portrait& part = parts[i * kParts / run.fates.size()];
    part.matched[a.skill][fate.agent] += 1 / per_part;
    part.queue[a.skill] += static_cast<double>(fate.start_ms - a.t_ms) / span;
    changes.push_back({fate.start_ms, fate.agent, true});
    changes.push_back({fate.end_ms, fate.agent, false});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& x, const Change& y) {
    return std::pair(x.at, x.begins) < std::pair(y.at, y.begins);
  });
  Set busy = 0;
  double since = 0;
  for (const Change& change : changes) {
    const auto at = static_cast<double>(change.at);
    for (double from = since; from < at;) {
      const auto part = static_cast<std::size_t>(from / span);
      if (part >= kParts) break;
      const double to = std::min(at, static_cast<double>(part + 1) * span);
      parts[part].busy[busy] += (to - from) / span;
      from = to > from ? to : at;
    }
    since = at;
    busy = change.begins ? busy | 1u << change.server : busy & ~(1u << change.server);
  }
  return parts;
}

TEST(Theory, fcfs_alis_has_its_product_form_in_states_matches_and_queues) {
  // s0 serves x, s1 x and y, s2 y and z, the last one slower.
  const SkillSystem system{{0.6, 0.7, 0.45}, {1.0, 1.0, 0.8}, {0b001, 0b011, 0b110}};
  const Trace t = trace_of(system, 800'000 / kLong);
  const auto dispatcher = peer_dispatcher("fcfs_alis", t, 0);
  const std::vector<Portrait> parts = portraits(t, play(t, *dispatcher, 0));
  const Portrait exact = ProductForm(system).portrait();
  const auto compare = [&](const char* what, double expected, auto get) {
    std::vector<double> values;
    for (const Portrait& part : parts) values.push_back(get(part));
    const Estimate measured = estimate(values);
    EXPECT_NEAR(measured.mean, expected, 3.5 * measured.error + 2e-5) << what;
    EXPECT_LT(measured.error, (kLong == 1 ? 0.02 : 0.06) * std::max(expected, 0.05))
        << what << ": too short to say";
  };
  for (Set busy = 0; busy < 1u << kServers; ++busy)
    compare("busy", exact.busy[busy], [&](const Portrait& p) { return p.busy[busy]; });
  for (std::size_t c = 0; c < kTypes; ++c) {
    compare("queue", exact.queue[c], [&](const Portrait& p) { return p.queue[c]; });
    for (std::size_t s = 0; s < kServers; ++s)
      compare("matched", exact.matched[c][s], [&](const Portrait& p) { return p.matched[c][s]; });
  }
  // The formula itself: everybody is served, by those who can.
  double all = 0;
  for (std::size_t c = 0; c < kTypes; ++c) {
    for (std::size_t s = 0; s < kServers; ++s) {
      all += exact.matched[c][s];
      EXPECT_TRUE(exact.matched[c][s] == 0 || system.can[s] >> c & 1);
    }
  }
  EXPECT_NEAR(all, 1, 1e-9);
}

}  // namespace
}  // namespace switchboard::simulate
