// Visitors in the order of (entered_at, id), with rank. Insertion anywhere (a return to the queue keeps its
// place), removal anywhere (patience), front in O(1), rank in O(log n).
//
// Sorted blocks of at most 64 entries under a sorted index, with a Fenwick tree of block sizes: arrivals
// append to the last block, served heads leave the first; the index changes only when a block is born or
// dies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "router/ids.hpp"

namespace switchboard::router {

class WaitingLine {
  struct Block;

 public:
  struct Entry {
    Millis entered_at = 0;
    std::uint64_t id = 0;
    std::uint32_t visitor = 0;

    bool before(const Entry& other) const { return before(other.entered_at, other.id); }
    bool before(Millis t, std::uint64_t other_id) const {
      return entered_at != t ? entered_at < t : id < other_id;
    }
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // Not when empty.
  const Entry& front() const {
    return blocks_[index_.front().block].entries[blocks_[index_.front().block].begin];
  }

  void insert(const Entry& entry);
  // The entry must be there.
  void erase(Millis entered_at, std::uint64_t id);
  // Entries before (entered_at, id), which need not be there itself.
  std::size_t rank(Millis entered_at, std::uint64_t id) const;

  // Front to back. Invalid after insert or erase.
  class Cursor {
   public:
    explicit Cursor(const WaitingLine& line)
        : line_(&line), at_(line.empty() ? 0 : line.first_block().begin) {}
    bool done() const { return block_ == line_->index_.size(); }
    const Entry& operator*() const { return block().entries[at_]; }
    const Entry* operator->() const { return &block().entries[at_]; }
    void next() {
      if (++at_ < block().end) return;
      if (++block_ < line_->index_.size()) at_ = block().begin;
    }

   private:
    const Block& block() const { return line_->blocks_[line_->index_[block_].block]; }

    const WaitingLine* line_;
    std::size_t block_ = 0;
    std::uint32_t at_;
  };
  Cursor begin() const { return Cursor(*this); }

 private:
  static constexpr std::uint32_t kBlockMax = 64;

  struct Block {
    std::uint32_t begin = 0;  // entries[begin, end) are in use; a served head only moves begin
    std::uint32_t end = 0;
    Entry entries[kBlockMax];
  };
  // `entered_at`, `id`: a lower bound of the block's entries, above all entries of the block before.
  struct IndexEntry {
    Millis entered_at;
    std::uint64_t id;
    std::uint32_t block;
  };

  const Block& first_block() const { return blocks_[index_.front().block]; }
  std::size_t index_of(Millis entered_at, std::uint64_t id) const;
  std::uint32_t new_block();
  void insert_into(std::size_t at, const Entry& entry);
  void split(std::size_t at);
  void recount();
  void add_count(std::size_t at, int delta);

  std::vector<Block> blocks_;
  std::vector<std::uint32_t> free_blocks_;
  std::vector<IndexEntry> index_;
  std::vector<std::uint32_t> counts_;  // Fenwick tree over index_
  std::size_t size_ = 0;
};

}  // namespace switchboard::router
