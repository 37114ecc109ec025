// A slow disk for a process that is started with this library preloaded: each fsync and fdatasync first waits
// for as many microseconds as stand, as one 32-bit number, at the beginning of the file that
// SWITCHBOARD_SLOW_FSYNC names. Whoever writes the number into the file changes it while the process runs.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace {

const volatile std::uint32_t* delay_us() {
  static const volatile std::uint32_t* mapped = [] {
    const char* name = std::getenv("SWITCHBOARD_SLOW_FSYNC");
    const int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return static_cast<const volatile std::uint32_t*>(nullptr);
    void* at = mmap(nullptr, sizeof(std::uint32_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? nullptr : static_cast<const volatile std::uint32_t*>(at);
  }();
  return mapped;
}

void wait() {
  const auto* delay = delay_us();
  if (!delay || *delay == 0) return;
  timespec left{*delay / 1'000'000, static_cast<long>(*delay % 1'000'000) * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace

extern "C" int fdatasync(int file) {
  wait();
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

extern "C" int fsync(int file) {
  wait();
  return static_cast<int>(syscall(SYS_fsync, file));
}
