// A wall clock that is wrong, for a process that is started with this library preloaded: it is off by as many
// seconds as stand, as one signed 32-bit number, at the beginning of the file that SWITCHBOARD_STEP_CLOCK
// names. The steady clock is left alone, as a step of the real one leaves it alone. Whoever writes the number
// into the file steps the clock while the process runs.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

std::int32_t off_by_s() {
  static const volatile std::int32_t* mapped = [] {
    const char* name = std::getenv("SWITCHBOARD_STEP_CLOCK");
    const int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return static_cast<const volatile std::int32_t*>(nullptr);
    void* at = mmap(nullptr, sizeof(std::int32_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? nullptr : static_cast<const volatile std::int32_t*>(at);
  }();
  return mapped ? *mapped : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const int failed = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += off_by_s();
  return failed;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  timespec exact{};
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

extern "C" time_t time(time_t* now) noexcept {
  timespec exact{};
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}
