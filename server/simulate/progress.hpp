#pragma once

#include <chrono>
#include <string>

namespace switchboard::simulate {

// Tells on stderr how far a long run is: after two seconds and every second from then on, if stderr is a
// terminal (one line, rewritten) or `wanted` (a line each). Never touches stdout. One thread.
class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` done of what `what` names, 0 .. 1.
  void tell(const std::string& what, double share);

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool wanted_;
  bool said_ = false;
  Clock::time_point next_;
};

}  // namespace switchboard::simulate
