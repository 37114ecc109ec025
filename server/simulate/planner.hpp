// Plays a rota on every day of a plan. Used by staff.cpp (search) and outlook.cpp (what the result brings).
#pragma once

#include <cstddef>
#include <vector>

#include "server/simulate/staff.hpp"

namespace switchboard::simulate {

using Days = std::vector<std::vector<Slice>>;  // by day, then by half hour

class Playground {
 public:
  Playground(const Trace& trace, const StaffOptions& options);

  // The first `days` days under this rota, on all cores.
  Days play(const Rota& rota, Backups backups, std::size_t days);
  // The same under the shifts that the trace came with.
  Days play_as_it_was();
  // If every agent of the rota had every skill; and the bound on the same days, whose slices hold it.
  Days play_every_skill(const Rota& rota);

  std::size_t played() const { return played_; }  // rotas

 private:
  template <class Play>
  Days each_day(std::size_t days, Play play);

  const StaffOptions& options_;
  std::vector<Trace> as_they_were_;  // resampled days with the trace's own shifts
  std::vector<Trace> days_;          // the same; whoever plays puts a rota on
  std::size_t played_ = 0;
};

// By half hour, over all days: above 0 a target is missed, by how much of what it allows.
std::vector<double> strain(const Days& days, const Targets& targets);

// What the plan's rota brings, and its neighbours.
void add_outlook(Playground& ground, const Trace& trace, const StaffOptions& options, const Need& need,
                 Plan& plan, Progress& progress);

}  // namespace switchboard::simulate
