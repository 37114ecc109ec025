// Child processes and what /proc says of them (Linux).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace switchboard::load {

// A child that dies with us. Start it on a thread that lives as long as it should (main).
class Process {
 public:
  // stdout comes back through read_line, stderr goes to the file. Empty error means it was started; whether
  // the program could be executed shows in read_line and wait_for_end. `network`: the descriptor of a network
  // namespace to run it in; none: ours.
  static std::optional<Process> start(const std::vector<std::string>& command, const std::string& stderr_file,
                                      std::string& error, std::optional<int> network = std::nullopt);
  Process(Process&&) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // ends it with SIGKILL if it is still there

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);
  // The next line of its stdout without the end of line; nullopt: none came in time, or it has ended.
  std::optional<std::string> read_line(std::chrono::milliseconds within);
  // Exit code, 128 + signal, or nullopt if it has not ended in time.
  std::optional<int> wait_for_end(std::chrono::milliseconds within);

 private:
  Process(pid_t pid, int out) : pid_(pid), out_(out) {}

  pid_t pid_ = -1;
  int out_ = -1;
  std::string pending_;
  std::optional<int> exit_code_;
};

// Runs a command to its end; its stdout. nullopt if it cannot be run or its exit code is not 0. `quiet`: what
// it says on stderr is thrown away.
std::optional<std::string> output_of(const std::vector<std::string>& command,
                                     std::optional<int> network = std::nullopt, bool quiet = false);

// CPU time of all threads of the process that live now, in microseconds (schedstat: no ticks). 0 if it is
// gone.
std::int64_t cpu_us(pid_t);
// Resident memory in octets; 0 if it is gone.
std::int64_t resident_octets(pid_t);
// Children of `parent` whose executable's name begins with `name`.
std::vector<pid_t> children_named(pid_t parent, const std::string& name);

}  // namespace switchboard::load
