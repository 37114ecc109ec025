// A run in parts: by the half hour, by skill, persona and tier.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/simulate/trace.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::simulate {

inline constexpr Millis kHalfHour = 1'800'000;

// Some of the visitors: those who came in one half hour, those of one skill ...
struct Group {
  std::size_t arrived = 0;
  std::size_t served = 0;
  std::size_t abandoned = 0;
  std::size_t answered = 0;       // served within the time asked about
  std::size_t asked_persona = 0;  // of the served
  std::size_t got_persona = 0;
  double wait_mean_s = 0;  // everybody, served or not
  double wait_p90_s = 0;   // served
};

struct Slice {
  Millis from_ms = 0;
  Group visitors;                // by the moment of arrival
  double places = 0;             // on shift, on average
  double busy_places = 0;        // of these; chats that outlast a shift count to its end
  double bound_wait_mean_s = 0;  // one pool of all places (pooled_bound.hpp), same visitors
};

// Every half hour from 0 to the horizon or the last arrival. `bound`: pooled_waits of the trace.
// `answer_within_ms`: who is served after at most this counts as answered.
std::vector<Slice> slices(const Trace& trace, const Run& run, const std::vector<Millis>& bound,
                          Millis answer_within_ms);

enum class By : std::uint8_t { skill, persona, tier };

// One group per skill; per persona wished, and last those who take anybody; per tier.
std::vector<Group> groups(const Trace& trace, const Run& run, By by, Millis answer_within_ms);

}  // namespace switchboard::simulate
