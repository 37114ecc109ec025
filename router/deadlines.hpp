// What is timed. Every deadline is idempotent (it makes the router look again), so a stale one does no harm
// and none is ever searched and removed. One per class head (2.7), per agent's pause and shift, per
// exclusion.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "router/ids.hpp"

namespace switchboard::router {

// At one instant in this order.
enum class DeadlineKind : std::uint8_t { shift_end, pause_end, class_head, exclusion_end, taper_start };

struct Deadline {
  Millis at = 0;
  DeadlineKind kind = DeadlineKind::shift_end;
  std::uint32_t index = 0;  // agent, class, or visitor

  friend auto operator<=>(const Deadline&, const Deadline&) = default;
};

class Deadlines {
 public:
  void add(const Deadline& deadline) {
    heap_.push_back(deadline);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  // The earliest; empty if none.
  const Deadline* first() const { return heap_.empty() ? nullptr : &heap_.front(); }
  Deadline pop() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const Deadline deadline = heap_.back();
    heap_.pop_back();
    return deadline;
  }
  // After class or visitor indexes have changed their meaning.
  void drop_except_agents() {
    std::erase_if(heap_, [](const Deadline& d) {
      return d.kind == DeadlineKind::class_head || d.kind == DeadlineKind::exclusion_end;
    });
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

 private:
  std::vector<Deadline> heap_;
};

}  // namespace switchboard::router
