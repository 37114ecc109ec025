#include "bench/load/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace switchboard::load {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Between fork and exec: system calls only.
[[noreturn]] void become(char* const* arguments, int out, int err, int network, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  if (network >= 0 && setns(network, CLONE_NEWNET) != 0) _exit(127);
  dup2(out, STDOUT_FILENO);
  if (err >= 0) dup2(err, STDERR_FILENO);
  execvp(arguments[0], arguments);
  _exit(127);
}

}  // namespace

std::optional<Process> Process::start(const std::vector<std::string>& command, const std::string& stderr_file,
                                      std::string& error, std::optional<int> network) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    error = std::strerror(errno);
    return std::nullopt;
  }
  const int err =
      stderr_file.empty() ? -1 : open(stderr_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(arguments.data(), pipe_ends[1], err, network.value_or(-1), parent);
  if (err >= 0) close(err);
  close(pipe_ends[1]);
  if (pid < 0) {
    error = std::strerror(errno);
    close(pipe_ends[0]);
    return std::nullopt;
  }
  return Process(pid, pipe_ends[0]);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, -1)),
      pending_(std::move(other.pending_)),
      exit_code_(other.exit_code_) {}

Process::~Process() {
  if (pid_ > 0 && running()) {
    signal(SIGKILL);
    wait_for_end(5s);
  }
  if (out_ >= 0) close(out_);
}

bool Process::running() {
  return pid_ > 0 && !wait_for_end(0ms);
}

void Process::signal(int number) {
  if (pid_ > 0 && !exit_code_) kill(pid_, number);
}

std::optional<std::string> Process::read_line(std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (true) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      auto line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{out_, POLLIN, 0};
    if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    char buffer[4096];
    const auto n = read(out_, buffer, sizeof buffer);
    if (n <= 0) return std::nullopt;
    pending_.append(buffer, static_cast<std::size_t>(n));
  }
}

std::optional<int> Process::wait_for_end(std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!exit_code_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      break;
    }
    if (std::chrono::steady_clock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(5ms);
  }
  return exit_code_;
}

std::optional<std::string> output_of(const std::vector<std::string>& command, std::optional<int> network,
                                     bool quiet) {
  std::string error, out;
  auto process = Process::start(command, quiet ? "/dev/null" : "", error, network);
  if (!process) return std::nullopt;
  while (const auto line = process->read_line(30s)) out += *line + "\n";
  return process->wait_for_end(30s) == 0 ? std::optional(out) : std::nullopt;
}

// ---------------------------------------------------------------- /proc

std::int64_t cpu_us(pid_t pid) {
  std::int64_t total_ns = 0;
  std::error_code error;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::int64_t ns = 0;
    if (std::ifstream(task.path() / "schedstat") >> ns) total_ns += ns;
  }
  return total_ns / 1000;
}

std::int64_t resident_octets(pid_t pid) {
  std::int64_t size = 0, resident = 0;
  std::ifstream("/proc/" + std::to_string(pid) + "/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::vector<pid_t> children_named(pid_t parent, const std::string& name) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto text = entry.path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), pid).ec != std::errc{}) continue;
    std::string stat;
    std::getline(std::ifstream(entry.path() / "stat"), stat);
    // "PID (NAME) STATE PPID ..."; the name may hold anything, so it ends at the last parenthesis.
    const auto open = stat.find('('), close = stat.rfind(')');
    if (close == std::string::npos || close + 4 >= stat.size()) continue;
    pid_t its_parent = 0;
    std::from_chars(stat.data() + close + 4, stat.data() + stat.size(), its_parent);
    if (its_parent == parent && stat.compare(open + 1, name.size(), name) == 0) found.push_back(pid);
  }
  return found;
}

}  // namespace switchboard::load
