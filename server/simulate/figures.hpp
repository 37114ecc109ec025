// What a run amounts to.
#pragma once

#include <string>
#include <vector>

#include "server/simulate/trace.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::simulate {

struct Figures {
  std::size_t chats = 0;
  std::size_t served = 0;
  std::size_t abandoned = 0;
  std::size_t waiting = 0;  // never served, never left
  double abandon_pct = 0;
  double queue_mean_s = 0;  // everybody, served or not
  double wait_p50_s = 0;    // served
  double wait_p95_s = 0;
  double wait_p99_s = 0;
  double within_30s_pct = 0;     // served within 30 s, of everybody
  double persona_match_pct = 0;  // of served visitors who asked for one
  double strict_match_pct = 0;   // of those who asked for nothing else; 100 or a fault
  double sticky_hit_pct = 0;     // of served whose last agent was on shift with the skill when she came
  double own_skill_pct = 0;      // of served, by an agent at level 0
  std::vector<double> queue_mean_s_by_vip;
  // 2.12: of the served who were told on arrival how long they would wait.
  std::size_t eta_quotes = 0;
  double eta_within_p50_pct = 0;
  double eta_within_p90_pct = 0;
  double jain_even_in_group = 0;  // busy share within a skill set, shift plan taken out
};

Figures figures(const Trace& trace, const Run& run);

// How long she was in the queue: until served or gone, at most to the horizon.
Millis waited(const Trace& trace, const Arrival& arrival, const Fate& fate);
// In percent; 0 of nothing is 0.
double share_pct(std::size_t part, std::size_t whole);
// The smallest of the sorted waits that at least this share of them do not exceed, in seconds.
double quantile_s(const std::vector<Millis>& sorted, double share);

// id,outcome,agent,start_ms,end_ms, a line per arrival by id. Empty if written, else why not.
std::string write_decisions(const Trace& trace, const Run& run, const std::string& file);

}  // namespace switchboard::simulate
