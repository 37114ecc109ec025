#include "server/store/redis_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <thread>

#include "server/store/redis_reply.hpp"

namespace switchboard::store {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int lock_in_child = 3;
constexpr std::size_t last_words_octets_max = 64u << 10;

std::string why(int error) {
  return std::strerror(error);
}

std::int64_t half_of_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), octets = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && octets > 0 ? static_cast<std::int64_t>(pages) / 2 * octets : std::int64_t{1} << 30;
}

// Between fork and exec of a process with threads only async-signal-safe functions may run: no allocation, no
// locks.
[[noreturn]] void become_redis(char* const* argv, pid_t parent, int lock, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before the line above
  ::setpgid(0, 0);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD})
    ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (lock == lock_in_child) {
    ::fcntl(lock, F_SETFD, 0);  // keeps it over exec
  } else {
    ::dup2(lock, lock_in_child);
  }
  ::close_range(lock_in_child + 1, ~0u, 0);  // our sockets must not live on in Redis
  ::execv(argv[0], argv);
  ::_exit(127);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Descriptor::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string find_executable(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::string candidate(rest.substr(0, end));
    candidate += "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Result<Descriptor, std::string> lock_directory(const fs::path& data, milliseconds wait) {
  std::error_code error;
  if (!fs::is_directory(data, error)) {
    fs::create_directories(data, error);
    if (error) return "cannot make the data directory " + data.string() + ": " + error.message();
    fs::permissions(data, fs::perms::owner_all, error);
  }
  const std::string path = (data / "lock").string();
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return "cannot open " + path + ": " + why(errno);
  const auto until = steady_clock::now() + wait;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return "cannot lock " + path + ": " + why(errno);
    if (steady_clock::now() >= until)
      return "the data directory " + data.string() +
             " is in use: another switchboard, or a redis-server that one left behind, still runs on it";
    std::this_thread::sleep_for(milliseconds(20));
  }
  return lock;
}

std::vector<std::string> redis_arguments(const RedisServerOptions& options, const std::string& binary,
                                         const std::string& socket) {
  const std::int64_t memory = options.memory_octets_max > 0 ? options.memory_octets_max : half_of_memory();
  return {binary,
          "--port",
          "0",
          "--unixsocket",
          socket,
          "--unixsocketperm",
          "700",
          "--dir",
          options.data.string(),
          "--daemonize",
          "no",
          "--appendonly",
          "yes",
          "--appendfsync",
          options.appendfsync,
          "--no-appendfsync-on-rewrite",
          "no",
          "--aof-load-truncated",
          "yes",
          "--auto-aof-rewrite-percentage",
          "50",
          "--auto-aof-rewrite-min-size",
          "64mb",
          "--save",
          "",
          "--maxmemory",
          std::to_string(memory),
          "--maxmemory-policy",
          "noeviction",
          "--stream-node-max-bytes",
          "1024",
          "--busy-reply-threshold",
          "200",
          "--client-output-buffer-limit",
          "pubsub 256mb 64mb 30",
          "--enable-debug-command",
          "no"};
}

pid_t spawn_redis(const std::vector<std::string>& arguments, int lock, int log) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become_redis(argv.data(), parent, lock, log);
  return child;
}

std::optional<std::string> ask_socket(const std::string& socket, std::string_view command,
                                      milliseconds limit) {
  sockaddr_un address{};
  if (socket.size() >= sizeof address.sun_path) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  const Descriptor line(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!line || ::connect(line.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;
  const std::string text = std::string(command) + "\r\n";
  if (::send(line.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    return std::nullopt;

  ReplyReader reader;
  Reply reply;
  std::array<char, 8192> buffer;
  const auto until = steady_clock::now() + limit;
  while (!reader.next(reply)) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
    pollfd readable{line.get(), POLLIN, 0};
    if (reader.broken() || left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) <= 0)
      return std::nullopt;
    const ssize_t got = ::read(line.get(), buffer.data(), buffer.size());
    if (got <= 0 || !reader.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got))))
      return std::nullopt;
  }
  return std::string(reply.view().text());
}

std::optional<double> info_number(std::string_view info, std::string_view name) {
  const std::size_t at = info.find(std::string(name) + ":");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = info.substr(at + name.size() + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::uintmax_t incremental_aof_octets(const fs::path& data) {
  std::uintmax_t octets = 0;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(data / "appendonlydir", error)) {
    const auto size = file.file_size(error);
    if (!error && file.path().string().ends_with(".incr.aof")) octets += size;
  }
  return octets;
}

LastWords last_words(const fs::path& log, std::uintmax_t offset) {
  std::ifstream in(log, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::string text(last_words_octets_max, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  LastWords words;
  // What Redis 7.0 says before it gives up on its AOF (aof.c, loadSingleAppendOnlyFile and
  // loadAppendOnlyFiles).
  for (const std::string_view sign :
       {"reading the append only file", "Fatal error loading the DB", "Invalid AOF manifest file format",
        "The AOF file is broken"})
    words.damaged = words.damaged || text.find(sign) != std::string::npos;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  words.last_line = text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  return words;
}

}  // namespace switchboard::store
