// A bad disk for a process that is started with this library preloaded. The file that SWITCHBOARD_BAD_DISK
// names begins with two 32-bit numbers: each fsync and fdatasync first waits for so many microseconds as the
// first one says, and while the second is not 0 there is no room for what is written to a file. Whoever
// writes the numbers into the file changes them while the process runs.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace {

struct Disk {
  std::uint32_t delay_us;
  std::uint32_t full;
};

const volatile Disk* disk() {
  static const volatile Disk* mapped = [] {
    const char* name = std::getenv("SWITCHBOARD_BAD_DISK");
    const int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return static_cast<const volatile Disk*>(nullptr);
    void* at = mmap(nullptr, sizeof(Disk), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? nullptr : static_cast<const volatile Disk*>(at);
  }();
  return mapped;
}

void wait() {
  const auto* now = disk();
  if (!now || now->delay_us == 0) return;
  const std::uint32_t delay = now->delay_us;
  timespec left{delay / 1'000'000, static_cast<long>(delay % 1'000'000) * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

bool is_file(int descriptor) {
  struct stat found {};
  return fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
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

extern "C" ssize_t write(int file, const void* octets, size_t count) {
  if (const auto* now = disk(); now && now->full != 0 && is_file(file)) {
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_write, file, octets, count);
}
