// The simulator: its order of events, the peers' rules against a second, slower telling, and the same bytes
// twice. What theory knows is in theory_test.cpp.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/figures.hpp"
#include "server/simulate/generate.hpp"
#include "server/simulate/world.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::simulate {
namespace {

using Played = Run;  // testing::Test has a Run of its own

Played switchboard_run(const Trace& trace) {
  const auto dispatcher = router_dispatcher(trace, policy_for(trace));
  return play(trace, *dispatcher, 0);
}

std::string bytes(const Trace& trace, const Played& run) {
  const test::TempDir folder;  // of its own: tests run side by side
  const std::string file = (folder / "decisions.csv").string();
  EXPECT_EQ(write_decisions(trace, run, file), "");
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Trace one_skill(int agents, int capacity, Millis horizon) {
  Trace t;
  t.skills = {"presale"};
  t.horizon_ms = horizon;
  for (int i = 0; i < agents; ++i) {
    t.agents.push_back("a" + std::to_string(i));
    t.shifts.push_back(
        {static_cast<std::uint32_t>(i), 0, horizon, capacity, {{router::SkillId(0), 0}}, std::nullopt, 1000});
  }
  return t;
}

void add(Trace& t, Millis at, Millis handle, std::optional<Millis> patience = std::nullopt) {
  Arrival a;
  a.id = static_cast<std::int64_t>(t.arrivals.size());
  a.t_ms = at;
  a.handle_ms = handle;
  a.patience_ms = patience;
  t.arrivals.push_back(a);
}

TEST(World, at_one_instant_a_chat_ends_before_an_arrival_and_patience_comes_last) {
  Trace t = one_skill(1, 1, 1'000);
  add(t, 0, 100);
  add(t, 50, 100, 50);
  add(t, 100, 100);
  const Played run = switchboard_run(t);
  EXPECT_EQ(
      bytes(t, run),
      "id,outcome,agent,start_ms,end_ms\n0,served,a0,0,100\n1,served,a0,100,200\n2,served,a0,200,300\n");
}

TEST(World, at_the_end_of_a_shift_an_agent_takes_nothing_new_and_finishes_what_he_holds) {
  Trace t = one_skill(1, 2, 1'000);
  add(t, 990, 100);
  add(t, 1'000, 100, 5);
  add(t, 1'001, 100);
  const Played run = switchboard_run(t);
  EXPECT_EQ(bytes(t, run),
            "id,outcome,agent,start_ms,end_ms\n0,served,a0,990,1090\n1,abandoned,,,1005\n2,waiting,,,\n");
}

TEST(World, speed_and_gamma_stretch_a_chat) {
  Trace t = one_skill(1, 2, 10'000);
  t.shifts[0].speed_pm = 500;
  add(t, 0, 100);
  EXPECT_EQ(switchboard_run(t).fates[0].end_ms, 200);
  t.shifts[0].speed_pm = 1000;
  add(t, 0, 100);
  const auto dispatcher = peer_dispatcher("least_loaded", t, 0);
  const Played run = play(t, *dispatcher, 0.5);  // two at once: each at 1 / 1.5
  EXPECT_EQ(run.fates[0].end_ms, 150);
  EXPECT_EQ(run.fates[1].end_ms, 150);
}

TEST(Simulate, R6_the_same_trace_gives_the_same_bytes_and_nothing_illegal) {
  for (const double scale : {1.0, 8.0}) {
    const Trace t = generate_trace(3, scale, 6);
    const Played first = switchboard_run(t);
    EXPECT_TRUE(first.illegal.empty());
    EXPECT_EQ(bytes(t, first), bytes(t, switchboard_run(t)));
  }
}

TEST(Simulate, a_trace_that_is_written_and_read_is_the_same) {
  const Trace t = generate_trace(4, 3, 2);
  const test::TempDir temp;
  const auto folder = temp / "trace";
  ASSERT_EQ(write_trace(t, folder), "");
  const auto read = read_trace(folder);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(bytes(*read, switchboard_run(*read)), bytes(t, switchboard_run(t)));
}

TEST(Simulate, a_damaged_trace_is_refused_with_the_line) {
  const Trace t = generate_trace(4, 1, 1);
  const test::TempDir temp;
  const auto folder = temp / "damaged";
  ASSERT_EQ(write_trace(t, folder), "");
  std::ofstream(folder / "arrivals.csv")
      << "id,t_ms,customer,skill,persona,strict,vip,patience_ms,handle_ms,last_agent\n"
         "0,5,c,presale,,0,0,,100,\n1,x,c,presale,,0,0,,100,\n";
  const auto read = read_trace(folder);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), "arrivals.csv:3: t_ms");
}

// --- peers: a second telling that looks at every moment and every person

struct SlowPeer {
  const Trace& t;
  bool alis;
  std::vector<Fate> fates = std::vector<Fate>(t.arrivals.size());
  std::vector<const Shift*> on = std::vector<const Shift*>(t.agents.size());
  std::vector<int> load = std::vector<int>(t.agents.size());
  std::vector<Millis> idle = std::vector<Millis>(t.agents.size());
  std::vector<Millis> assigned = std::vector<Millis>(t.agents.size(), -1);
  std::vector<bool> came = std::vector<bool>(t.arrivals.size());

  void give(std::size_t v, std::size_t a, Millis now) {
    ++load[a];
    assigned[a] = now;
    fates[v] = {Outcome::served, static_cast<std::uint32_t>(a), on[a], now, now + t.arrivals[v].handle_ms};
  }
  void fill(std::size_t a, Millis now) {
    for (std::size_t v = 0; on[a] != nullptr && v < t.arrivals.size() && load[a] < on[a]->capacity; ++v) {
      if (came[v] && fates[v].outcome == Outcome::waiting && on[a]->has(t.arrivals[v].skill)) give(v, a, now);
    }
  }
  void arrive(std::size_t v, Millis now) {
    came[v] = true;
    std::optional<std::size_t> best;
    for (std::size_t a = 0; a < on.size(); ++a) {
      if (on[a] == nullptr || load[a] >= on[a]->capacity || !on[a]->has(t.arrivals[v].skill)) continue;
      if (!best || better(a, *best)) best = a;
    }
    if (best) give(v, *best, now);
  }
  bool better(std::size_t a, std::size_t b) const {
    if (!alis) {
      const int x = load[a] * on[b]->capacity, y = load[b] * on[a]->capacity;
      return x != y ? x < y : assigned[a] < assigned[b];
    }
    if ((load[a] == 0) != (load[b] == 0)) return load[a] == 0;
    return load[a] == 0 ? idle[a] < idle[b] : assigned[a] < assigned[b];
  }

  std::vector<Fate> play() {
    std::set<Millis> moments;
    for (const Shift& s : t.shifts) moments.insert({s.start_ms, s.end_ms});
    for (const Arrival& a : t.arrivals) moments.insert({a.t_ms, a.t_ms + a.patience_ms.value_or(0)});
    while (!moments.empty()) {
      const Millis now = *moments.begin();
      moments.erase(moments.begin());
      for (const Shift& s : t.shifts) {
        if (s.end_ms == now) on[s.agent] = nullptr;
      }
      for (std::size_t v = 0; v < fates.size(); ++v) {
        if (fates[v].outcome != Outcome::served || fates[v].end_ms != now) continue;
        const std::size_t a = fates[v].agent;
        if (--load[a] == 0) idle[a] = now;
        fill(a, now);
      }
      for (const Shift& s : t.shifts) {
        if (s.start_ms != now) continue;
        on[s.agent] = &s;
        if (load[s.agent] == 0) idle[s.agent] = now;
        fill(s.agent, now);
      }
      for (std::size_t v = 0; v < fates.size(); ++v) {
        if (t.arrivals[v].t_ms == now) arrive(v, now);
      }
      for (std::size_t v = 0; v < fates.size(); ++v) {
        const Arrival& a = t.arrivals[v];
        if (!came[v] || fates[v].outcome != Outcome::waiting || !a.patience_ms ||
            a.t_ms + *a.patience_ms != now)
          continue;
        fates[v].outcome = Outcome::abandoned;
        fates[v].end_ms = now;
      }
      for (const Fate& f : fates) {
        if (f.outcome == Outcome::served && f.end_ms > now) moments.insert(f.end_ms);
      }
    }
    return fates;
  }
};

TEST(Peers, every_decision_is_that_of_a_second_slower_telling) {
  for (const std::uint64_t seed : {1u, 2u}) {
    Trace t = generate_trace(seed, 3, 3);
    t.shifts.push_back({0, t.shifts[0].end_ms + 60'000, t.shifts[0].end_ms + 600'000, 2, t.shifts[0].skills,
                        std::nullopt, 1000});
    for (const bool alis : {true, false}) {
      const auto dispatcher = peer_dispatcher(alis ? "fcfs_alis" : "least_loaded", t, 0);
      Played slow;
      slow.fates = SlowPeer{t, alis}.play();
      EXPECT_EQ(bytes(t, play(t, *dispatcher, 0)), bytes(t, slow));
    }
  }
}

}  // namespace
}  // namespace switchboard::simulate
