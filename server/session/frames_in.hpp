// The next frame of a connection, or why there is none: what every reader of frames must do with bad ones, in
// one place.
#pragma once

#include <optional>

#include "proto/frames.hpp"
#include "server/session/line.hpp"
#include "server/session/services.hpp"

namespace switchboard::session {

// Belongs to one connection's reader.
class FramesIn {
 public:
  FramesIn(Services& services, Line& line) : services_(services), line_(line) {}

  // Answers what cannot be served (not decodable, wrong kind of message, too fast) and goes on to the next.
  // nullopt: the connection has ended. Too many bad frames within a minute close it with 4505.
  boost::asio::awaitable<std::optional<proto::ClientFrame>> next();

  // Counts one more frame that made no sense.
  void bad();

 private:
  Services& services_;
  Line& line_;
  std::uint32_t bad_ = 0;
  std::chrono::steady_clock::time_point minute_{};
};

}  // namespace switchboard::session
