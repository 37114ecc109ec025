// The two wall clocks that a gateway knows. They should agree; while one of them is wrong, nobody shall lose
// her sign-in over it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace switchboard::session {

// Unix seconds. A token's times hold if they hold by either clock. A clock that is off by more than a day
// (one that has lost its battery) has no word against that of the gateway itself: tokens would never run out.
struct Clocks {
  static constexpr std::int64_t differ_max_s = 24 * 3600;

  std::int64_t own_s = 0;
  std::int64_t store_s = 0;

  bool comparable() const { return std::abs(own_s - store_s) <= differ_max_s; }
  // By which a token lasts longest, and what is issued now is valid at every gateway.
  std::int64_t earlier_s() const { return comparable() ? std::min(own_s, store_s) : own_s; }
};

}  // namespace switchboard::session
