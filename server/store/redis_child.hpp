// Forking, asking and reading about one redis-server process; what to do about it is redis_server's.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/result.hpp"
#include "server/store/redis_server.hpp"

namespace switchboard::store {

// A file descriptor with an owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }
  void reset() noexcept;
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The absolute path of an executable: as it is if it has a slash, else searched in PATH. Empty: not found.
std::string find_executable(const std::string& name);

// Makes the directory if needed (0700) and locks <data>/lock, waiting up to `wait` for a predecessor that is
// ending. The lock is flock(2): it lives as long as any process has the descriptor open, so Redis inherits it
// and holds it even if we are dead; Redis itself does not lock its directory, and two of them would both
// write one AOF.
Result<Descriptor, std::string> lock_directory(const std::filesystem::path& data,
                                               std::chrono::milliseconds wait);

// The command line, as settled by measurement; argv[0] is the binary.
std::vector<std::string> redis_arguments(const RedisServerOptions&, const std::string& binary,
                                         const std::string& socket);

// Forks and executes. The child dies with the calling thread (SIGTERM), leads a process group of its own (a
// Ctrl-C at our terminal is for us to handle), keeps `lock` and nothing else of our descriptors, and writes
// to `log`. Returns the pid, or -1 with errno.
pid_t spawn_redis(const std::vector<std::string>& arguments, int lock, int log);

// One command to the socket, blocking at most `limit`: the reply's text (of an error too), nullopt if there
// was none.
std::optional<std::string> ask_socket(const std::string& socket, std::string_view command,
                                      std::chrono::milliseconds limit);

// "name:value" of an INFO text as a number; nullopt if it is not there.
std::optional<double> info_number(std::string_view info, std::string_view name);

// Octets of the incremental AOF files: what the next start would replay slowly.
std::uintmax_t incremental_aof_octets(const std::filesystem::path& data);

// Why did it end? Looks at what it wrote to its log from `offset` on.
struct LastWords {
  bool damaged = false;  // it cannot read its own data
  std::string last_line;
};
LastWords last_words(const std::filesystem::path& log, std::uintmax_t offset);

}  // namespace switchboard::store
