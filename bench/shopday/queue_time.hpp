// How long people waited for somebody to be free, by the store's own stamps, without what the machine took.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/check/history.hpp"

namespace switchboard::shopday {

// In a day played x times faster each millisecond that a server really needs becomes x milliseconds of the
// day, on top of every wait. So two times are told apart along the event stream: a visitor's wait, up to the
// moment from which she could be offered to the agent who got her (she came, or he was free), and the lag
// from then to the offer.
struct QueueTimes {
  double mean_ms = 0;  // of everybody, up to that moment or up to her leaving
  double lag_p50_ms = 0;
  double lag_p99_ms = 0;
  std::uint64_t visitors = 0;
};

// `step_ms`: the shortest time after which the policy itself changes its mind about somebody who waits (an
// overflow step, a hold). A longer lag is such a change, not the machine's: she is taken to have been offered
// with the usual lag behind it. Real milliseconds, as the stream has them.
QueueTimes queue_times(const std::vector<check::Transition>& stream, double step_ms);

}  // namespace switchboard::shopday
