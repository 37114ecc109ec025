#include "tests/sim/clock.hpp"

#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <chrono>
#include <unordered_map>

namespace switchboard::sim {

namespace {

Micros virtual_now = 0;
Timers* youngest = nullptr;
std::unordered_map<int, Timers*>& by_descriptor() {
  static std::unordered_map<int, Timers*> map;
  return map;
}

}  // namespace

Micros now() noexcept {
  return virtual_now;
}

void set_now(Micros at) noexcept {
  virtual_now = at;
}

Timers::Timers() {
  youngest = this;
}

Timers::~Timers() {
  if (youngest == this) youngest = nullptr;
  std::erase_if(by_descriptor(), [this](const auto& entry) { return entry.second == this; });
}

}  // namespace switchboard::sim

// The executable's own definitions come before those of libstdc++ and libc.
namespace std::chrono {
inline namespace _V2 {

steady_clock::time_point steady_clock::now() noexcept {
  // An hour of uptime: nobody may rely on a clock that starts at zero.
  return time_point(hours(1) + microseconds(switchboard::sim::now()));
}

system_clock::time_point system_clock::now() noexcept {
  return time_point(microseconds(switchboard::sim::unix_epoch_us + switchboard::sim::now()));
}

}  // namespace _V2
}  // namespace std::chrono

// Asio's reactor waits for its timers by a timerfd. It gets a descriptor that is always ready, so that every
// poll looks at the timers, and what it would have asked of the kernel is noted.
extern "C" int timerfd_create(int, int) noexcept {
  const int descriptor = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  if (switchboard::sim::youngest) switchboard::sim::by_descriptor()[descriptor] = switchboard::sim::youngest;
  return descriptor;
}

extern "C" int timerfd_settime(int descriptor, int flags, const itimerspec* wanted, itimerspec*) noexcept {
  using namespace switchboard::sim;
  const auto found = by_descriptor().find(descriptor);
  if (found == by_descriptor().end()) return 0;
  const bool at_once = (flags & TFD_TIMER_ABSTIME) != 0;
  const Micros left = wanted->it_value.tv_sec * second + wanted->it_value.tv_nsec / 1'000;
  found->second->set_due(at_once ? now() : now() + left);
  return 0;
}
