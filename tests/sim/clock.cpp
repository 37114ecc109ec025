#include "tests/sim/clock.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <vector>

namespace switchboard::sim {

namespace {

Micros virtual_now = 0;
Micros virtual_wall_offset = 0;
Timers* youngest = nullptr;

// A timerfd, or the epoll descriptor that it was put on.
struct Watched {
  Timers* timers = nullptr;
  epoll_event event{};  // what a poll says when they are due
};

std::vector<Watched>& table() {
  static std::vector<Watched> by_descriptor;
  return by_descriptor;
}

Watched* watched(int descriptor) noexcept {
  auto& all = table();
  const auto place = static_cast<std::size_t>(descriptor);
  return place < all.size() && all[place].timers ? &all[place] : nullptr;
}

void watch(int descriptor, Watched one) {
  const auto place = static_cast<std::size_t>(descriptor);
  if (place >= table().size()) table().resize(place + 1);
  table()[place] = one;
}

}  // namespace

Micros now() noexcept {
  return virtual_now;
}

void set_now(Micros at) noexcept {
  virtual_now = at;
}

void set_wall_offset(Micros offset) noexcept {
  virtual_wall_offset = offset;
}

Micros wall_offset() noexcept {
  return virtual_wall_offset;
}

Timers::Timers() {
  youngest = this;
}

Timers::~Timers() {
  if (youngest == this) youngest = nullptr;
  for (auto& one : table())
    if (one.timers == this) one = {};
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
  return time_point(microseconds(switchboard::sim::unix_epoch_us + switchboard::sim::now() +
                                 switchboard::sim::wall_offset()));
}

}  // namespace _V2
}  // namespace std::chrono

// Asio's reactor waits for its timers by a timerfd, on an epoll descriptor. Both are noted here instead of
// asked of the kernel: a poll says that the timers are to be looked at if the first of them is due, and never
// that anything else has happened, for there are no sockets here. What is waited for elsewhere is the
// kernel's, as ever.
extern "C" int timerfd_create(int, int) noexcept {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (switchboard::sim::youngest) switchboard::sim::watch(descriptor, {switchboard::sim::youngest});
  return descriptor;
}

extern "C" int timerfd_settime(int descriptor, int flags, const itimerspec* wanted, itimerspec*) noexcept {
  using namespace switchboard::sim;
  const auto* of = watched(descriptor);
  if (!of) return 0;
  const bool at_once = (flags & TFD_TIMER_ABSTIME) != 0;
  const Micros left = wanted->it_value.tv_sec * second + wanted->it_value.tv_nsec / 1'000;
  of->timers->set_due(at_once ? now() : now() + left);
  return 0;
}

extern "C" int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
  using namespace switchboard::sim;
  if (const auto* of = watched(descriptor); of && operation == EPOLL_CTL_ADD)
    watch(epoll, {of->timers, *event});
  return static_cast<int>(syscall(SYS_epoll_ctl, epoll, operation, descriptor, event));
}

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  using namespace switchboard::sim;
  const auto* of = watched(epoll);
  if (!of) return static_cast<int>(syscall(SYS_epoll_pwait, epoll, events, most, timeout, nullptr, 0));
  if (of->timers->due() > now()) return 0;
  events[0] = of->event;
  return 1;
}
