#include "server/session/frames_in.hpp"

namespace switchboard::session {

boost::asio::awaitable<std::optional<proto::ClientFrame>> FramesIn::next() {
  for (;;) {
    const auto message = co_await line_.connection().read();
    if (!message) co_return std::nullopt;
    if (message->opcode != line_.opcode()) {
      line_.connection().close(1003, "text or binary, as the subprotocol says");
      continue;  // the next read brings the end
    }
    auto frame = proto::decode_client(line_.encoding(), message->payload);
    if (!frame) {
      line_.connection().close(1007, "not decodable");
      continue;
    }
    if (message->over_rate) {
      services_.metrics.errors.add();
      line_.error(frame->ref, proto::ErrorCode::busy, "too fast; nothing was done", 1000);
      continue;
    }
    if (std::holds_alternative<std::monostate>(frame->body)) {
      line_.error(frame->ref, proto::ErrorCode::bad_frame, "no body that this version knows");
      bad();
      continue;
    }
    co_return frame;
  }
}

void FramesIn::bad() {
  services_.metrics.errors.add();
  const auto now = std::chrono::steady_clock::now();
  if (now - minute_ > std::chrono::minutes(1)) {
    minute_ = now;
    bad_ = 0;
  }
  if (++bad_ > services_.limits.bad_frames_per_minute_max)
    line_.connection().close(4505, "too many bad frames");
}

}  // namespace switchboard::session
