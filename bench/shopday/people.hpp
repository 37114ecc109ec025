// Everybody of a day together: made, watched, played to the end, read back.
#pragma once

#include <memory>
#include <vector>

#include "bench/shopday/agent.hpp"
#include "bench/shopday/visitor.hpp"

namespace switchboard::shopday {

struct People {
  std::vector<std::unique_ptr<Visitor>> visitors;
  std::vector<std::unique_ptr<Agent>> agents;

  bool all_gone() const;
  // Every agent is on the line, and all that he wrote has its answer.
  bool agents_at_rest() const;
};

// Their lives are scheduled from day.begin() on.
People make_people(Day&);

// Plays the day up to the last one's leaving. False: somebody was still there long after the end; who is told
// on stderr.
bool play(boost::asio::io_context&, Day&, People&);
// Its end: everybody is sent home. False: somebody could not leave; who is told on stderr and in the history.
bool send_home(boost::asio::io_context&, People&, std::chrono::milliseconds within);

// Notes who waits, and has waited longer than every hold of the policy, beside an agent who has had a place
// for her for `longer_than` (R4).
void note_stuck(Day&, const People&, std::chrono::milliseconds longer_than);

// Everything as it stands in the end: all logs from Redis, if its socket is known, and up to `shown_max` (all
// without Redis) through the server by a fresh device. Into the day's history; what could not be read is told
// by the counts.
struct ReadBack {
  std::size_t from_redis = 0;
  std::size_t from_server = 0, asked_of_server = 0;
};
ReadBack read_final_logs(Day&, boost::asio::io_context&, const People&, std::size_t shown_max);

}  // namespace switchboard::shopday
