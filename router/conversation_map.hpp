// ConversationId -> index, by open addressing: one cache line per lookup, no allocation per entry. Never
// iterated, so the order of its slots can not leak into decisions.
#pragma once

#include <cstdint>
#include <vector>

#include "router/ids.hpp"

namespace switchboard::router {

class ConversationMap {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // kNone if unknown.
  std::uint32_t find(ConversationId id) const {
    if (slots_.empty()) return kNone;
    for (std::size_t i = home(id.value);; i = (i + 1) & mask()) {
      if (slots_[i].index == kNone || slots_[i].id == id.value) return slots_[i].index;
    }
  }

  // `id` must not be there yet.
  void insert(ConversationId id, std::uint32_t index) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    put(id.value, index);
    ++size_;
  }

  // Closes the gap by moving later entries of the same run back, so that no tombstones pile up.
  void erase(ConversationId id) {
    std::size_t gap = home(id.value);
    while (slots_[gap].id != id.value || slots_[gap].index == kNone) gap = (gap + 1) & mask();
    for (std::size_t i = (gap + 1) & mask(); slots_[i].index != kNone; i = (i + 1) & mask()) {
      const std::size_t h = home(slots_[i].id);
      if (((i - h) & mask()) < ((i - gap) & mask())) continue;  // its home lies behind the gap: it may stay
      slots_[gap] = slots_[i];
      gap = i;
    }
    slots_[gap].index = kNone;
    --size_;
  }

  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t id = 0;
    std::uint32_t index = kNone;
  };

  std::size_t mask() const { return slots_.size() - 1; }
  // Multiplicative hashing; the high bits are the good ones.
  std::size_t home(std::uint64_t id) const {
    return static_cast<std::size_t>((id * 0x9E3779B97F4A7C15u) >> shift_);
  }

  void put(std::uint64_t id, std::uint32_t index) {
    std::size_t i = home(id);
    while (slots_[i].index != kNone) i = (i + 1) & mask();
    slots_[i] = {id, index};
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    shift_ = 64;
    for (std::size_t n = slots_.size(); n > 1; n /= 2) --shift_;
    for (const Slot& slot : old) {
      if (slot.index != kNone) put(slot.id, slot.index);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  int shift_ = 64;
};

}  // namespace switchboard::router
