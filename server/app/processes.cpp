#include "server/app/processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/app/limits.hpp"
#include "server/app/start.hpp"
#include "server/net/listener.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds restart_min{100};  // between the fall of a process and its next start; doubles
constexpr milliseconds restart_max{5'000};
constexpr milliseconds healthy_after{30'000};  // a life this long resets the pause
constexpr milliseconds insist_after{2'000};    // beyond drain.limit_ms, by which a process ends by itself
constexpr int config_fd = 3, ready_fd = 4, first_free_fd = 16;

// Between fork and exec of a process with threads only async-signal-safe functions may run.
[[noreturn]] void become_gateway(char* const* arguments, pid_t parent, int config, int ready) {
  // If the parent is killed its gateways are killed with it, also one that hangs or is stopped: they hold
  // nothing that Redis does not have.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::setpgid(0, 0);  // Ctrl-C at a terminal is for the parent; a second signal would cut our drain short
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(config, config_fd);
  ::dup2(ready, ready_fd);
  ::close_range(ready_fd + 1, ~0u, 0);
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

// The configuration of one process, secrets included, in memory that nobody else can open. -1: no memory.
int config_in_memory(const Config& config) {
  const auto text = print_config_with_secrets(config);
  const int made = ::memfd_create("switchboard-config", MFD_CLOEXEC);
  const int file = made < 0 ? -1 : ::fcntl(made, F_DUPFD_CLOEXEC, first_free_fd);
  if (made >= 0) ::close(made);
  if (file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return file;
  if (file >= 0) ::close(file);
  return -1;
}

// A path as it stands in a URL.
std::string url_of(const store::RedisUrl& socket) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string url = "unix://";
  for (const char c : socket.path) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::isalnum(octet) || std::string_view("/-._~").find(c) != std::string_view::npos)
      url += c;
    else
      url.append({'%', digits[octet >> 4], digits[octet & 15]});
  }
  return url;
}

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return "ended with code " + std::to_string(WEXITSTATUS(status));
  return "was ended by signal " + std::to_string(WTERMSIG(status));
}

class Parent {
 public:
  // `config` is that of every process but for its name.
  Parent(Config config, std::function<void()> when_all_ready)
      : config_(std::move(config)),
        when_all_ready_(std::move(when_all_ready)),
        ends_(io_, SIGTERM, SIGINT),
        children_(io_, SIGCHLD),
        limit_(io_) {
    for (int number = 1; number <= config_.server.processes; ++number)
      processes_.push_back(std::make_unique<Process>(number, io_));
  }

  // Runs until all have ended. False: they could not be started.
  bool run() {
    wait_for_children();
    wait_for_signals();
    for (auto& process : processes_) start(*process);
    io_.run();
    return started_;
  }

 private:
  struct Process {
    Process(int n, asio::io_context& io) : number(n), pause(io), ready_line(io) {}
    const int number;
    pid_t pid = 0;  // 0: none lives
    bool ready = false;
    unsigned starts = 0;
    steady_clock::time_point born;
    milliseconds next_pause = restart_min;
    asio::steady_timer pause;
    asio::posix::stream_descriptor ready_line;
    std::array<char, 16> word{};
  };

  std::string name_of(const Process& process) const {
    return config_.node.id + "-" + std::to_string(process.number);
  }

  void start(Process& process) {
    auto config = config_;
    config.node.id = name_of(process);
    config.server.processes = 1;
    const int text = config_in_memory(config);
    int ends[2] = {-1, -1};
    if (text < 0 || ::pipe2(ends, O_CLOEXEC) != 0) {
      if (text >= 0) ::close(text);
      spdlog::error("process {} cannot be started: {}", process.number, std::strerror(errno));
      return start_later(process);
    }
    const int ready = ::fcntl(ends[1], F_DUPFD_CLOEXEC, first_free_fd);
    ::close(ends[1]);
    const auto number = std::to_string(process.number);
    const auto file = "/proc/self/fd/" + std::to_string(config_fd), line = std::to_string(ready_fd);
    const char* arguments[] = {"switchboard",  "serve-process", "--config",   file.c_str(), "--process",
                               number.c_str(), "--ready-fd",    line.c_str(), nullptr};
    const pid_t parent = ::getpid();
    process.pid = ::fork();
    if (process.pid == 0) become_gateway(const_cast<char* const*>(arguments), parent, text, ready);
    ::close(ready);
    ::close(text);
    process.born = steady_clock::now();
    ++process.starts;
    process.ready = false;
    if (process.ready_line.is_open()) process.ready_line.close();
    process.ready_line.assign(ends[0]);
    if (process.pid < 0) {
      process.pid = 0;
      process.ready_line.close();
      return start_later(process);
    }
    process.ready_line.async_read_some(
        asio::buffer(process.word), [this, &process](const boost::system::error_code& failed, std::size_t) {
          process.ready_line.close();
          if (!failed) is_ready(process);
        });
  }

  void is_ready(Process& process) {
    process.ready = true;
    spdlog::info("process {} serves, pid {}{}", process.number, process.pid,
                 process.starts > 1 ? ", start " + std::to_string(process.starts) : "");
    const bool all = std::ranges::all_of(processes_, [](const auto& one) { return one->ready; });
    if (all && !std::exchange(started_, true)) when_all_ready_();
  }

  void start_later(Process& process) {
    if (ending_) return;
    process.pause.expires_after(process.next_pause);
    process.next_pause = std::min(process.next_pause * 2, restart_max);
    process.pause.async_wait([this, &process](const boost::system::error_code& cancelled) {
      if (!cancelled && !ending_) start(process);
    });
  }

  // Redis is waited for by its own supervisor: each child by its own pid.
  void wait_for_children() {
    children_.async_wait([this](const boost::system::error_code& failed, int) {
      if (failed) return;
      for (auto& process : processes_) {
        int status = 0;
        if (process->pid > 0 && ::waitpid(process->pid, &status, WNOHANG) == process->pid)
          has_ended(*process, status);
      }
      if (ending_ && nobody_lives()) return finish();
      wait_for_children();
    });
  }

  void has_ended(Process& process, int status) {
    process.pid = 0;
    if (ending_) return;
    if (!started_ && !process.ready) {
      spdlog::error("process {} {} before it served", process.number, how_it_ended(status));
      return end_all(SIGINT);
    }
    if (steady_clock::now() - process.born >= healthy_after) process.next_pause = restart_min;
    spdlog::error("process {} {}; started again in {} ms", process.number, how_it_ended(status),
                  process.next_pause.count());
    start_later(process);
  }

  void wait_for_signals() {
    ends_.async_wait([this](const boost::system::error_code& failed, int signal) {
      if (failed) return;
      if (ending_) end_now();
      spdlog::info("{}: {} processes drain", signal == SIGTERM ? "SIGTERM" : "SIGINT", processes_.size());
      end_all(signal);
      wait_for_signals();
    });
  }

  void end_all(int signal) {
    ending_ = true;
    for (auto& process : processes_) {
      process->pause.cancel();
      if (process->pid > 0) ::kill(process->pid, signal);
    }
    limit_.expires_after(milliseconds(config_.drain.limit_ms) + insist_after);
    limit_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      spdlog::error("processes did not end within drain.limit_ms; they are killed");
      kill_all();
    });
    if (nobody_lives()) finish();
  }

  // The second signal. Redis ends with us, by itself.
  [[noreturn]] void end_now() {
    kill_all();
    std::_Exit(0);
  }

  void kill_all() {
    for (auto& process : processes_)
      if (process->pid > 0) ::kill(process->pid, SIGKILL);
  }

  bool nobody_lives() const {
    return std::ranges::all_of(processes_, [](const auto& one) { return one->pid == 0; });
  }

  void finish() {
    ends_.cancel();
    children_.cancel();
    limit_.cancel();
    io_.stop();
  }

  const Config config_;
  const std::function<void()> when_all_ready_;
  asio::io_context io_;
  asio::signal_set ends_;
  asio::signal_set children_;
  asio::steady_timer limit_;
  std::vector<std::unique_ptr<Process>> processes_;
  bool started_ = false;  // all have served at once
  bool ending_ = false;
};

// What every process is told: where Redis is, the port that is held for all, its share of the cores.
Config config_of_processes(const Config& config, const RedisPart& redis, const tcp::endpoint& endpoint) {
  Config shared = config;
  if (redis.child) shared.redis.url = url_of(redis.url);
  shared.server.port = endpoint.port();
  shared.server.shop_file.clear();  // it is applied, once
  if (shared.server.threads == 0)
    shared.server.threads =
        std::max<std::int64_t>(1, std::thread::hardware_concurrency() / config.server.processes);
  if (shared.node.id.empty()) shared.node.id = node_id(redis);
  return shared;
}

}  // namespace

int serve_side_by_side(const Config& config) {
  const auto failed = [](const std::string& sentence) {
    spdlog::error("{}", sentence);
    return 1;
  };
  const auto wanted = endpoint_of(config);
  if (!wanted) return failed(wanted.error());
  asio::io_context io;
  tcp::acceptor held(io);
  const auto endpoint = net::reserve_port(held, *wanted);
  if (!endpoint) return failed(endpoint.error());
  RedisPart redis;
  if (const auto failure = start_redis(config, redis)) return failed(*failure);
  const auto shop = bootstrap(config, redis_options(config, redis.url));
  if (!shop) return failed(shop.error());

  Parent parent(config_of_processes(config, redis, *endpoint), [&] { announce(*endpoint, config, *shop); });
  const bool started = parent.run();
  if (redis.child) redis.child->stop();
  if (!started) return failed("the processes could not be started");
  spdlog::info("drained; good-bye");
  return 0;
}

}  // namespace switchboard::app
