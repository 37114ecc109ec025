// One WebSocket on one worker. It knows nobody above it: its owner pulls messages out and puts frames in.
//
//   auto connection = Connection::open(group, std::move(upgraded));
//   while (auto message = co_await connection->read()) {
//     connection->send(answer_to(message->payload), Opcode::binary);
//   }
//
// Everything but `open` may be called at any time in a connection's life, in any order, also after its end;
// all on the worker's thread. Nothing here calls its owner: what happens is learnt by read(). When the last
// reference is dropped before the end, TCP is cut; after close() the connection keeps itself alive until the
// closing handshake is over.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/net/connection_group.hpp"
#include "server/net/frame.hpp"
#include "server/net/outbox.hpp"
#include "server/net/upgrade.hpp"

namespace switchboard::net {

// What a peer sent: opcode is text (then payload is valid UTF-8) or binary. The payload is valid until its
// reader next suspends or reads. over_rate: the peer sends faster than allowed; answer "busy" instead of
// serving it. If it goes on, the connection closes itself with 4003.
struct Message {
  Opcode opcode = Opcode::binary;
  std::string_view payload;
  bool over_rate = false;
};

// How a connection ended: the first close code that either side gave (1005: the peer gave none, 1006: TCP
// ended without a Close).
struct End {
  std::uint16_t code = close_code::abnormal;
  std::string reason;
  bool by_peer = false;  // the peer closed, or vanished
};

class Connection final : public std::enable_shared_from_this<Connection>,
                         private ConnectionGroup::Marked,
                         private ConnectionGroup::Member {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Takes over an upgraded socket. Its heartbeat begins now.
  static std::shared_ptr<Connection> open(std::shared_ptr<ConnectionGroup> group, Upgraded upgraded);
  ~Connection();

  // The next message, or the end (again and again, once it has come). Pings are answered, pongs taken and
  // Closes answered in here. Suspends only if no whole message is at hand. One reader at a time.
  [[nodiscard]] boost::asio::awaitable<Result<Message, End>> read();

  // Queues one message and returns at once; it is written at the end of this turn of the loop, together with
  // everything else queued for this connection. The payload is shared (encode once, send to many) and must
  // not change. opcode: text or binary. False if it was not queued: the connection has ended, or just ended
  // because its outbox is full.
  bool send(std::shared_ptr<const std::string> payload, Opcode opcode);

  // As send, for what may be lost (typing, presence): not queued if the outbox is more than half full.
  bool send_droppable(std::shared_ptr<const std::string> payload, Opcode opcode);

  // Begins the closing handshake, behind what is queued: a pending read() returns the end with this code,
  // later sends are ignored. code: one that is_sendable_close_code; reason: cut to close_reason_octets_max
  // octets.
  void close(std::uint16_t code, std::string_view reason);

  // The connection closes itself with `code` when `at` has passed (up to a sweep_interval late): for a first
  // message that must come, a token that runs out. One deadline at a time; a new one replaces the old one.
  // `reason` is a literal.
  void set_deadline(TimePoint at, std::uint16_t code, const char* reason);
  void clear_deadline() noexcept;

  // Octets queued and not yet taken by the kernel; at limits().outbox_octets_max the peer is too slow.
  std::size_t outbox_octets() const noexcept { return outbox_.octets(); }
  const ConnectionLimits& limits() const noexcept { return group_->limits(); }

  // Suspends until the outbox is at most a quarter full: for a sender of much, such as a history. False:
  // ended. One waiter at a time.
  [[nodiscard]] boost::asio::awaitable<bool> room();

  bool ended() const noexcept { return end_.has_value(); }

  // How the peer was reached. foreign_origin: of its page, empty if that is of this host or there is no page.
  const std::string& subprotocol() const noexcept { return peer_.subprotocol; }
  const std::string& foreign_origin() const noexcept { return peer_.foreign_origin; }
  const std::string& remote_address() const noexcept { return peer_.remote_address; }

 private:
  friend class ConnectionGroup;

  // What remains to be done once the connection has ended for its owner. Meanwhile linger() keeps it alive.
  enum class Rest : std::uint8_t {
    nothing,        // it has not ended
    answer_close,   // the peer closed: write our Close, then end TCP
    await_close,    // we closed: write our Close, then wait for the peer's, then end TCP
    discard_input,  // we failed it: write our Close, shut our side, throw input away until the peer is gone
    over,           // TCP is closed
  };

  struct Reading;

  Connection(std::shared_ptr<ConnectionGroup> group, Upgraded upgraded);

  // In: the next thing to hand to the reader, if there is one.
  std::optional<Result<Message, End>> take();
  std::optional<Result<Message, End>> take_from(std::span<char> octets, std::size_t& used);
  std::optional<Result<Message, End>> receive();
  std::optional<Result<Message, End>> counted(const Parsed& message);
  void take_control(const Parsed& control);
  void release_pending() noexcept;

  // Out.
  void queue(Opcode opcode, std::shared_ptr<const std::string> payload);
  void flush();
  void wait_writable();
  void outbox_shrank();

  // Ending.
  void end(End how, Rest rest);
  void fail(std::uint16_t code, std::string_view reason);
  void fail_too_slow();
  void queue_close(std::uint16_t code, std::string_view reason);
  void close_is_written();
  void linger();
  void linger_some();
  void look_for_close(std::span<char> octets);
  void look_for_close_in_pending();
  void cut();

  void sweep(TimePoint now);
  void schedule_ping(TimePoint now);

  struct Peer {
    std::string subprotocol, foreign_origin, remote_address;
  };

  std::shared_ptr<ConnectionGroup> group_;
  std::unique_ptr<Stream> stream_;
  Peer peer_;
  Admission::Ticket ticket_;
  FrameParser parser_;
  std::string pending_;  // octets read behind a message that was handed out first
  std::size_t pending_used_ = 0;
  Outbox outbox_;
  std::unique_ptr<boost::asio::steady_timer> room_;  // while someone waits in room(): cancelled to wake him
  std::optional<End> end_;
  TokenBucket messages_, controls_;
  TimePoint heard_at_;
  TimePoint ping_at_;
  TimePoint progress_at_;                          // while stalled_: when the kernel last took octets
  TimePoint message_begun_at_ = TimePoint::max();  // of the message that is half here
  TimePoint deadline_ = TimePoint::max();          // set_deadline's; after the end: when TCP is cut
  const char* deadline_reason_ = "";
  std::uint16_t deadline_code_ = close_code::policy;
  Rest rest_ = Rest::nothing;
  bool stalled_ = false;  // the kernel has refused octets and the outbox has not been empty since
  bool blocked_ = false;  // the kernel takes no more; when_writable will call
  bool reading_ = false;  // someone waits in read()
};

}  // namespace switchboard::net
