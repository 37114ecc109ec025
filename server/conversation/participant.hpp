// All that a conversation knows of a session: where to deliver. The one interface through which calls rise.
#pragma once

#include <memory>
#include <string>

#include "proto/codec.hpp"
#include "proto/frames.hpp"
#include "server/store/values.hpp"

namespace switchboard::conversation {

// One frame for many readers: encoded at most once per encoding, the bytes shared by all connections. Belongs
// to one worker's thread.
class SharedFrame {
 public:
  explicit SharedFrame(proto::ServerFrame frame) : frame_(std::move(frame)) {}

  const proto::ServerFrame& frame() const { return frame_; }

  std::shared_ptr<const std::string> bytes(proto::Encoding encoding) const {
    auto& slot = encoded_[encoding == proto::Encoding::protobuf ? 0 : 1];
    if (!slot) slot = std::make_shared<const std::string>(proto::encode(encoding, frame_));
    return slot;
  }

 private:
  proto::ServerFrame frame_;
  mutable std::shared_ptr<const std::string> encoded_[2];
};

class Participant {
 public:
  virtual ~Participant() = default;

  // visitor or agent: typing and read marks go to the other side only, queue updates to visitors.
  virtual proto::Role role() const = 0;

  // True if this very connection sent the entry: its acknowledgement stands for it (W rule on acks in
  // proto/README.md).
  virtual bool posted(const std::string& conversation, const store::LogEntry&) const = 0;

  // False: this reader is behind. What it lacks waits in the log until there is room, not in memory (M6).
  virtual bool has_room() const = 0;

  // Log entries, in order and without gap from where following began.
  virtual void deliver(const SharedFrame&) = 0;

  // Hints: typing, read marks, queue positions. May be dropped when the reader is slow; never waited for.
  virtual void hint(const SharedFrame&) = 0;

  // The conversation made a transition. The participant decides what to tell its client and whether it may go
  // on following; it may let go of its Following inside this call.
  virtual void state_changed(const store::ConversationView&) = 0;

  // The conversation goes on in another epoch: what was delivered may not be so any more (W20). The
  // participant follows again, from the beginning.
  virtual void timeline_changed(const store::ConversationView&) = 0;

  // The conversation is not there any more: its opening was in an end of Redis's log that is lost.
  virtual void vanished(const std::string& conversation) = 0;
};

}  // namespace switchboard::conversation
