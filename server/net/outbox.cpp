#include "server/net/outbox.hpp"

#include <algorithm>

namespace switchboard::net {
namespace {

// An empty outbox keeps room for this many frames, so that a chat does not allocate for each of its messages.
constexpr std::size_t frames_kept = 4;

// Written frames are moved out of the way once they are this many and the larger part.
constexpr std::size_t compact_from = 64;

iovec piece(const void* octets, std::size_t size) noexcept {
  return {const_cast<void*>(octets), size};
}

}  // namespace

void Outbox::push(Opcode opcode, std::shared_ptr<const std::string> payload) {
  Frame frame;
  frame.header = encode_header(opcode, payload ? payload->size() : 0);
  frame.payload = std::move(payload);
  octets_ += frame.size();
  frames_.push_back(std::move(frame));
}

std::size_t Outbox::gather(std::span<iovec> pieces) const noexcept {
  std::size_t filled = 0;
  std::size_t skip = written_;
  for (std::size_t at = first_; at < frames_.size() && filled + 2 <= pieces.size(); ++at) {
    const Frame& frame = frames_[at];
    if (skip < frame.header.size) {
      pieces[filled++] = piece(frame.header.octets.data() + skip, frame.header.size - skip);
      skip = 0;
    } else {
      skip -= frame.header.size;
    }
    if (frame.payload && frame.payload->size() > skip) {
      pieces[filled++] = piece(frame.payload->data() + skip, frame.payload->size() - skip);
    }
    skip = 0;
  }
  return filled;
}

void Outbox::consume(std::size_t octets) noexcept {
  octets_ -= octets;
  written_ += octets;
  while (first_ < frames_.size() && written_ >= frames_[first_].size()) {
    written_ -= frames_[first_].size();
    frames_[first_].payload.reset();
    ++first_;
  }
  if (first_ == frames_.size()) {
    first_ = 0;
    if (frames_.capacity() > frames_kept) {
      std::vector<Frame>().swap(frames_);
    } else {
      frames_.clear();
    }
  } else if (first_ >= compact_from && first_ > frames_.size() / 2) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Outbox::drop_unbegun() noexcept {
  drop_if([](const Frame&, Opcode) { return true; }, Opcode::close);
}

void Outbox::drop_unbegun(Opcode opcode) noexcept {
  drop_if([](const Frame& frame, Opcode chosen) { return frame.opcode() == chosen; }, opcode);
}

std::size_t Outbox::unbegun(Opcode opcode) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(frames_.begin() + static_cast<std::ptrdiff_t>(first_unbegun()), frames_.end(),
                    [&](const Frame& frame) { return frame.opcode() == opcode; }));
}

std::size_t Outbox::first_unbegun() const noexcept {
  return std::min(first_ + (written_ > 0 ? 1 : 0), frames_.size());
}

void Outbox::drop_if(bool (*chosen)(const Frame&, Opcode), Opcode opcode) noexcept {
  const auto from = frames_.begin() + static_cast<std::ptrdiff_t>(first_unbegun());
  const auto dropped =
      std::stable_partition(from, frames_.end(), [&](const Frame& frame) { return !chosen(frame, opcode); });
  for (auto frame = dropped; frame != frames_.end(); ++frame) octets_ -= frame->size();
  frames_.erase(dropped, frames_.end());
}

}  // namespace switchboard::net
