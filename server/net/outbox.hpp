// Frames that wait for the socket: shared payloads, each with its own header, in order. No I/O, no limits of
// its own; an empty outbox owns next to nothing.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "server/net/frame.hpp"

namespace switchboard::net {

class Outbox {
 public:
  // Queues one frame. The payload is shared, not copied, and must not change afterwards.
  void push(Opcode opcode, std::shared_ptr<const std::string> payload);

  // Fills `pieces` with what comes next on the wire; returns how many were filled. Valid until the next call
  // of any other member function.
  std::size_t gather(std::span<iovec> pieces) const noexcept;

  // `octets` from the front have been written; never more than are queued.
  void consume(std::size_t octets) noexcept;

  // Forgets every frame of which nothing has been written yet; a frame that is half on the wire must be
  // finished, or what follows could not be read.
  void drop_unbegun() noexcept;

  // How many frames with this opcode there are of which nothing has been written yet; looks through all.
  std::size_t unbegun(Opcode opcode) const noexcept;

  // Removes those: a newer pong stands for older ones.
  void drop_unbegun(Opcode opcode) noexcept;

  bool empty() const noexcept { return octets_ == 0; }
  std::size_t octets() const noexcept { return octets_; }  // headers and payloads still to be written
  std::size_t frames() const noexcept { return frames_.size() - first_; }

 private:
  struct Frame {
    std::shared_ptr<const std::string> payload;  // null: no payload
    FrameHeader header;

    std::size_t size() const noexcept { return header.size + (payload ? payload->size() : 0); }
    Opcode opcode() const noexcept { return static_cast<Opcode>(header.octets[0] & 0x0F); }
  };

  std::size_t first_unbegun() const noexcept;
  void drop_if(bool (*chosen)(const Frame&, Opcode), Opcode opcode) noexcept;

  std::vector<Frame> frames_;  // frames_[first_] is the next one
  std::size_t first_ = 0;
  std::size_t written_ = 0;  // octets of frames_[first_] that are on the wire
  std::size_t octets_ = 0;
};

}  // namespace switchboard::net
