#include "server/simulate/progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace switchboard::simulate {

Progress::Progress(bool wanted)
    : terminal_(::isatty(STDERR_FILENO) == 1),
      wanted_(wanted),
      next_(Clock::now() + std::chrono::seconds(2)) {}

Progress::~Progress() {
  if (said_ && terminal_) std::fputs("\r\x1b[K", stderr);
}

void Progress::tell(const std::string& what, double share) {
  if ((!terminal_ && !wanted_) || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::seconds(1);
  said_ = true;
  std::fprintf(stderr, terminal_ ? "\r\x1b[Ksimulate: %s, %.0f%%" : "simulate: %s, %.0f%%\n", what.c_str(),
               100 * share);
  std::fflush(stderr);
}

}  // namespace switchboard::simulate
