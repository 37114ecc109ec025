#include "router/waiting_line.hpp"

#include <algorithm>

namespace switchboard::router {

// The last block whose lower bound is not after the key; the first block if there is none.
std::size_t WaitingLine::index_of(Millis entered_at, std::uint64_t id) const {
  std::size_t low = 0;
  std::size_t high = index_.size();
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    const IndexEntry& at = index_[middle];
    const bool after = at.entered_at != entered_at ? at.entered_at > entered_at : at.id > id;
    (after ? high : low) = middle;
  }
  return low;
}

std::uint32_t WaitingLine::new_block() {
  if (free_blocks_.empty()) {
    blocks_.emplace_back();
    return static_cast<std::uint32_t>(blocks_.size() - 1);
  }
  const std::uint32_t block = free_blocks_.back();
  free_blocks_.pop_back();
  blocks_[block].begin = blocks_[block].end = 0;
  return block;
}

void WaitingLine::insert(const Entry& entry) {
  ++size_;
  if (!index_.empty()) {
    const Block& last = blocks_[index_.back().block];
    if (last.entries[last.end - 1].before(entry)) {  // the usual arrival: last of all
      if (last.end < kBlockMax) {
        insert_into(index_.size() - 1, entry);
        return;
      }
    } else {
      std::size_t at = index_of(entry.entered_at, entry.id);
      if (blocks_[index_[at].block].end - blocks_[index_[at].block].begin == kBlockMax) {
        split(at);
        at = index_of(entry.entered_at, entry.id);
      }
      insert_into(at, entry);
      return;
    }
  }
  const std::uint32_t block = new_block();
  blocks_[block].entries[0] = entry;
  blocks_[block].end = 1;
  index_.push_back({entry.entered_at, entry.id, block});
  recount();
}

// Into block `at`, which has room on one of its sides.
void WaitingLine::insert_into(std::size_t at, const Entry& entry) {
  IndexEntry& bound = index_[at];
  if (entry.before(Entry{bound.entered_at, bound.id, 0})) {
    bound.entered_at = entry.entered_at;
    bound.id = entry.id;
  }
  Block& block = blocks_[bound.block];
  Entry* first = block.entries + block.begin;
  Entry* last = block.entries + block.end;
  Entry* place =
      std::lower_bound(first, last, entry, [](const Entry& a, const Entry& b) { return a.before(b); });
  if (block.end < kBlockMax) {
    std::move_backward(place, last, last + 1);
    *place = entry;
    ++block.end;
  } else {
    std::move(first, place, first - 1);
    *(place - 1) = entry;
    --block.begin;
  }
  add_count(at, 1);
}

// The upper half of a full block becomes a block of its own.
void WaitingLine::split(std::size_t at) {
  const std::uint32_t upper = new_block();
  Block& from = blocks_[index_[at].block];
  Block& to = blocks_[upper];
  const std::uint32_t middle = from.begin + (from.end - from.begin) / 2;
  std::copy(from.entries + middle, from.entries + from.end, to.entries);
  to.end = from.end - middle;
  from.end = middle;
  index_.insert(index_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                IndexEntry{to.entries[0].entered_at, to.entries[0].id, upper});
  recount();
}

void WaitingLine::erase(Millis entered_at, std::uint64_t id) {
  const std::size_t at = index_of(entered_at, id);
  Block& block = blocks_[index_[at].block];
  Entry* first = block.entries + block.begin;
  Entry* last = block.entries + block.end;
  if (first->id == id) {
    ++block.begin;
  } else {
    Entry* place = std::lower_bound(first, last, Entry{entered_at, id, 0},
                                    [](const Entry& a, const Entry& b) { return a.before(b); });
    std::move(place + 1, last, place);
    --block.end;
  }
  --size_;
  if (block.begin < block.end) {
    add_count(at, -1);
    return;
  }
  free_blocks_.push_back(index_[at].block);
  index_.erase(index_.begin() + static_cast<std::ptrdiff_t>(at));
  recount();
}

std::size_t WaitingLine::rank(Millis entered_at, std::uint64_t id) const {
  if (index_.empty()) return 0;
  const std::size_t at = index_of(entered_at, id);
  std::size_t before = 0;
  for (std::size_t i = at; i > 0; i -= i & (~i + 1)) before += counts_[i];
  const Block& block = blocks_[index_[at].block];
  const Entry* first = block.entries + block.begin;
  const Entry* last = block.entries + block.end;
  const Entry* place = std::lower_bound(first, last, Entry{entered_at, id, 0},
                                        [](const Entry& a, const Entry& b) { return a.before(b); });
  return before + static_cast<std::size_t>(place - first);
}

// counts_[1 ..] is the tree; counts_[0] unused.
void WaitingLine::recount() {
  counts_.assign(index_.size() + 1, 0);
  for (std::size_t i = 1; i <= index_.size(); ++i) {
    const Block& block = blocks_[index_[i - 1].block];
    counts_[i] += block.end - block.begin;
    const std::size_t parent = i + (i & (~i + 1));
    if (parent <= index_.size()) counts_[parent] += counts_[i];
  }
}

void WaitingLine::add_count(std::size_t at, int delta) {
  for (std::size_t i = at + 1; i <= index_.size(); i += i & (~i + 1)) {
    counts_[i] = static_cast<std::uint32_t>(static_cast<int>(counts_[i]) + delta);
  }
}

}  // namespace switchboard::router
