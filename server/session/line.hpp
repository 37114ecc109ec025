// A connection as a session sees it: frames in, frames out, in the connection's own encoding.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "proto/codec.hpp"
#include "server/conversation/participant.hpp"
#include "server/net/connection.hpp"
#include "server/store/values.hpp"

namespace switchboard::session {

class Line {
 public:
  explicit Line(std::shared_ptr<net::Connection> connection);

  net::Connection& connection() const { return *connection_; }
  proto::Encoding encoding() const { return encoding_; }
  // The kind of WebSocket message this subprotocol travels in (W1).
  net::Opcode opcode() const { return opcode_; }

  // `ref` 0: a push. Never waits; a reader that is too slow is closed by its connection (M6).
  void send(std::uint32_t ref, decltype(proto::ServerFrame::body) body);
  void send(const conversation::SharedFrame&);
  void send_droppable(const conversation::SharedFrame&);
  void error(std::uint32_t ref, proto::ErrorCode code, std::string_view message,
             std::uint32_t retry_after_ms = 0);

 private:
  std::shared_ptr<net::Connection> connection_;
  proto::Encoding encoding_;
  net::Opcode opcode_;
};

// What a refusal of the store means to a client. `not_yours` is told like `not_found`: nobody learns what
// exists (S1).
struct Reason {
  proto::ErrorCode code;
  std::string_view message;
  std::uint32_t retry_after_ms = 0;
};
Reason reason_for(store::Refusal);

struct Services;
// Answers `ref` with it. If the store has been away for too long the connection is then closed with 1013, so
// that the client goes to a gateway from which it is within reach, if there is one.
void refuse(const Services&, Line&, std::uint32_t ref, store::Refusal);

}  // namespace switchboard::session
