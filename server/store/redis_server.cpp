#include "server/store/redis_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "server/store/redis_child.hpp"

namespace switchboard::store {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t socket_path_octets_max = 107;   // sockaddr_un.sun_path without its closing zero
constexpr std::uintmax_t log_octets_max = 16u << 20;  // a larger redis.log is set aside at start
constexpr std::uintmax_t rewrite_octets_min = 128u
                                              << 20;  // incremental AOF that is worth folding before a stop
constexpr milliseconds look_every{100};               // while Redis starts or loads
constexpr milliseconds watch_every{5'000};  // when it is ready: only its death matters, and that wakes us
constexpr milliseconds ask_limit{1'000};
constexpr auto healthy_after =
    std::chrono::seconds(30);  // a life this long resets the pause between restarts

}  // namespace

// Owns the child. `run` is the supervising thread; the rest is called by others under the mutex.
class RedisServer::Supervisor {
 public:
  Supervisor(RedisServerOptions options, Report report)
      : options_(std::move(options)), report_(std::move(report)) {}

  ~Supervisor() { stop(); }

  Result<Done, std::string> start() {
    std::error_code error;
    options_.data = fs::absolute(options_.data, error).lexically_normal();
    socket_ = (options_.data / "r.sock").string();
    if (socket_.size() > socket_path_octets_max)
      return "the path of the socket " + socket_ +
             " is longer than 107 octets; choose a shorter data directory";
    const std::string binary = find_executable(options_.binary);
    if (binary.empty())
      return "cannot find " + options_.binary +
             "; install it (Debian: apt install redis-server) or name a Redis by URL";
    auto lock = lock_directory(options_.data, options_.lock_wait);
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    arguments_ = redis_arguments(options_, binary, socket_);
    log_path_ = options_.data / "redis.log";
    if (fs::exists(log_path_, error) && fs::file_size(log_path_, error) > log_octets_max)
      fs::rename(log_path_, options_.data / "redis.log.1", error);
    wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
    set(State::starting, "redis-server is starting");
    thread_ = std::thread([this] { run(); });
    return Done{};
  }

  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
    thread_.join();
    lock_.reset();
  }

  bool wait_ready(milliseconds limit) {
    std::unique_lock guard(mutex_);
    changed_.wait_for(guard, limit,
                      [this] { return status_.state == State::ready || status_.state == State::stopped; });
    return status_.state == State::ready;
  }

  Status status() const {
    const std::lock_guard guard(mutex_);
    return status_;
  }

  RedisUrl url() const {
    RedisUrl url;
    url.path = socket_;
    return url;
  }

 private:
  // Start, live, die; again until stopped. This thread must not end while a child lives: the kernel ends the
  // child with the thread that forked it.
  void run() {
    milliseconds pause = options_.restart_min;
    while (!stopping()) {
      const auto born = steady_clock::now();
      const bool damaged = live_once();
      if (stopping()) break;
      if (steady_clock::now() - born > healthy_after) pause = options_.restart_min;
      wait(damaged ? options_.damaged_retry : pause, -1);
      pause = std::min(pause * 2, options_.restart_max);
      const std::lock_guard guard(mutex_);
      ++status_.restarts;
    }
    set(State::stopped, "stopped");
  }

  // One child from fork to its end. True if it could not load its data.
  bool live_once() {
    std::error_code error;
    const Descriptor log(::open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::uintmax_t offset = fs::exists(log_path_, error) ? fs::file_size(log_path_, error) : 0;
    const pid_t pid = log ? spawn_redis(arguments_, lock_.get(), log.get()) : -1;
    if (pid < 0) {
      set(State::restarting, std::string("cannot start redis-server: ") + std::strerror(errno));
      return false;
    }
    set(State::starting, "redis-server is starting", pid);
    const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    bool was_ready = false;
    while (!stopping() && !reap(pid)) {
      if (!was_ready) was_ready = look(pid);
      wait(was_ready ? watch_every : look_every, handle.get());
    }
    if (!reaped_) end(pid, handle.get());
    reaped_ = false;
    return !stopping() && explain(offset, was_ready);
  }

  // Asks how far it is; true if it is ready.
  bool look(pid_t pid) {
    const auto pong = ask_socket(socket_, "PING", ask_limit);
    if (!pong) return false;
    if (!pong->starts_with("LOADING")) {
      set(State::ready, "", pid);
      return true;
    }
    const auto info = ask_socket(socket_, "INFO persistence", ask_limit).value_or("");
    const int percent = static_cast<int>(info_number(info, "loading_loaded_perc").value_or(0));
    const int eta_s = static_cast<int>(info_number(info, "loading_eta_seconds").value_or(0));
    const std::string detail = "redis-server reads its data: " + std::to_string(percent) + " %, about " +
                               std::to_string(eta_s) + " s left";
    if (percent >= status().loaded_percent + 10) report_(Severity::info, detail);
    set(State::loading, detail, pid, percent);
    return false;
  }

  // What became of it, for the operator. True if its data are damaged.
  bool explain(std::uintmax_t offset, bool was_ready) {
    const LastWords words = last_words(log_path_, offset);
    std::string detail;
    if (words.damaged && !was_ready) {
      detail =
          "redis-server cannot load its data in " + (options_.data / "appendonlydir").string() +
          ": a file is damaged in the middle. Nothing was changed. Make a copy of the directory, then see "
          "redis-check-aof (its --fix throws away everything behind the damage); last line of redis.log: " +
          words.last_line;
    } else {
      detail = "redis-server ended; it is started again. Last line of redis.log: " + words.last_line;
    }
    set(words.damaged && !was_ready ? State::damaged : State::restarting, detail);
    report_(Severity::error, detail);
    return words.damaged && !was_ready;
  }

  // The planned end: fold, ask, wait, insist.
  void end(pid_t pid, int handle) {
    if (status().state == State::ready && incremental_aof_octets(options_.data) > rewrite_octets_min)
      fold(pid);
    if (reaped_) return;
    ::kill(pid, SIGTERM);
    const auto until = steady_clock::now() + options_.stop_timeout;
    while (!reap(pid) && steady_clock::now() < until) wait_for_end(handle, look_every);
    if (reaped_) return;
    report_(Severity::warning,
            "redis-server did not end within the limit; it is killed (nothing acknowledged is lost)");
    ::kill(pid, SIGKILL);
    while (!reap(pid)) wait_for_end(handle, look_every);
  }

  void fold(pid_t pid) {
    report_(Severity::info, "redis-server folds its log before it stops");
    const auto until = steady_clock::now() + options_.rewrite_wait;
    if (!ask_socket(socket_, "BGREWRITEAOF", ask_limit)) return;
    while (!reap(pid) && steady_clock::now() < until) {
      const auto info = ask_socket(socket_, "INFO persistence", ask_limit);
      if (!info || info_number(*info, "aof_rewrite_in_progress") == 0) return;
      std::this_thread::sleep_for(look_every);
    }
  }

  // True once the child has ended and was collected.
  bool reap(pid_t pid) {
    if (!reaped_) {
      int ignored = 0;
      const pid_t got = ::waitpid(pid, &ignored, WNOHANG);
      reaped_ = got == pid || (got < 0 && errno == ECHILD);
    }
    return reaped_;
  }

  static void wait_for_end(int handle, milliseconds limit) {
    pollfd end{handle, POLLIN, 0};
    ::poll(&end, handle >= 0 ? 1 : 0, static_cast<int>(limit.count()));
  }

  // Until the child ends (`handle`, -1: none), somebody stops us, or the time is over.
  void wait(milliseconds limit, int handle) {
    pollfd events[] = {{wake_.get(), POLLIN, 0}, {handle, POLLIN, 0}};
    ::poll(events, handle >= 0 ? 2 : 1, static_cast<int>(limit.count()));
  }

  void set(State state, std::string detail, pid_t pid = 0, int percent = 0) {
    {
      const std::lock_guard guard(mutex_);
      status_.state = state;
      status_.pid = pid;
      status_.loaded_percent = percent;
      status_.detail = std::move(detail);
    }
    changed_.notify_all();
  }

  bool stopping() const {
    const std::lock_guard guard(mutex_);
    return stopping_;
  }

  RedisServerOptions options_;
  Report report_;
  std::string socket_;
  fs::path log_path_;
  std::vector<std::string> arguments_;
  Descriptor lock_;
  Descriptor wake_;
  bool reaped_ = false;  // the present child; supervising thread only

  mutable std::mutex mutex_;  // what follows
  std::condition_variable changed_;
  Status status_;
  bool stopping_ = false;
  std::thread thread_;
};

RedisServer::RedisServer(RedisServerOptions options, Report report)
    : supervisor_(std::make_unique<Supervisor>(std::move(options), std::move(report))) {}

RedisServer::~RedisServer() = default;

Result<Done, std::string> RedisServer::start() {
  return supervisor_->start();
}
bool RedisServer::wait_ready(milliseconds limit) {
  return supervisor_->wait_ready(limit);
}
void RedisServer::stop() {
  supervisor_->stop();
}
RedisServer::Status RedisServer::status() const {
  return supervisor_->status();
}
RedisUrl RedisServer::url() const {
  return supervisor_->url();
}

}  // namespace switchboard::store
