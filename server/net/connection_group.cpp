#include "server/net/connection_group.hpp"

#include <boost/asio/post.hpp>

#include "server/net/connection.hpp"

namespace switchboard::net {

ConnectionGroup::Counters::Counters(Metrics& m)
    : connections(m.gauge("switchboard_connections", "WebSocket connections alive")),
      messages_in(m.counter("switchboard_messages_total", "WebSocket messages", R"(direction="in")")),
      octets_in(
          m.counter("switchboard_octets_total", "Octets on WebSocket connections", R"(direction="in")")),
      messages_out(m.counter("switchboard_messages_total", "WebSocket messages", R"(direction="out")")),
      octets_out(
          m.counter("switchboard_octets_total", "Octets on WebSocket connections", R"(direction="out")")),
      reads(m.counter("switchboard_socket_calls_total", "System calls that moved octets", R"(call="read")")),
      writes(
          m.counter("switchboard_socket_calls_total", "System calls that moved octets", R"(call="write")")),
      dropped(
          m.counter("switchboard_droppable_dropped_total", "Droppable messages not sent to slow readers")),
      closed_too_slow(
          m.counter("switchboard_closed_total", "WebSocket connections ended", R"(reason="too_slow")")),
      closed_no_heartbeat(
          m.counter("switchboard_closed_total", "WebSocket connections ended", R"(reason="no_heartbeat")")),
      closed_too_many_messages(m.counter("switchboard_closed_total", "WebSocket connections ended",
                                         R"(reason="too_many_messages")")),
      closed_protocol(
          m.counter("switchboard_closed_total", "WebSocket connections ended", R"(reason="protocol")")),
      closed_other(
          m.counter("switchboard_closed_total", "WebSocket connections ended", R"(reason="other")")) {}

void ConnectionGroup::Counters::count_close(std::uint16_t code) noexcept {
  switch (code) {
    case close_code::too_slow:
      return closed_too_slow.add();
    case close_code::no_heartbeat:
      return closed_no_heartbeat.add();
    case close_code::too_many_messages:
      return closed_too_many_messages.add();
    case close_code::protocol_error:
    case close_code::invalid_payload:
    case close_code::policy:
    case close_code::too_big:
      return closed_protocol.add();
    default:
      return closed_other.add();
  }
}

std::shared_ptr<ConnectionGroup> ConnectionGroup::make(Needs needs, const ConnectionLimits& limits) {
  return std::shared_ptr<ConnectionGroup>(new ConnectionGroup(std::move(needs), limits));
}

ConnectionGroup::ConnectionGroup(Needs needs, const ConnectionLimits& limits)
    : needs_(std::move(needs)),
      limits_(limits),
      counters_(needs_.metrics),
      read_buffer_(read_buffer_octets) {}

ConnectionGroup::~ConnectionGroup() = default;

void ConnectionGroup::join(Connection& connection) {
  members_[next_slice_].push_back(connection);
  next_slice_ = (next_slice_ + 1) % slices;
  ++size_;
  counters_.connections.add(1);
  if (!sweeping_) wait_for_sweep();
}

void ConnectionGroup::leave() noexcept {
  --size_;
  counters_.connections.add(-1);
}

void ConnectionGroup::close_all(std::uint16_t code, std::string_view reason) {
  for (MemberList& slice : members_) {
    for (Member& member : slice) static_cast<Connection&>(member).close(code, reason);
  }
}

// --- one write per connection and turn of the loop ---

void ConnectionGroup::mark_for_flush(Connection& connection) {
  marked_.push_back(connection);
  if (flush_posted_) return;
  flush_posted_ = true;
  // A posted handler runs behind all handlers of this turn, so what these send is gathered.
  boost::asio::post(needs_.io, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush_marked();
  });
}

void ConnectionGroup::flush_marked() {
  flush_posted_ = false;
  while (!marked_.empty()) {
    Connection& connection = static_cast<Connection&>(marked_.front());
    marked_.pop_front();
    connection.flush();
  }
}

// --- time ---

// A gateway with three connections wakes three times a second, one with thousands eight times.
void ConnectionGroup::wait_for_sweep() {
  sweeping_ = true;
  int steps = 1;
  for (; steps < static_cast<int>(slices) && members_[sweep_slice_].empty(); ++steps)
    sweep_slice_ = (sweep_slice_ + 1) % slices;
  // The timer belongs to its own handler, hence to the io_context, so that the group may outlive that.
  const auto timer = std::make_shared<boost::asio::steady_timer>(needs_.io);
  timer->expires_after(limits_.sweep_interval * steps / static_cast<int>(slices));
  timer->async_wait([timer, weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->sweep_next_slice();
    self->sweeping_ = false;
    if (self->size_ > 0) self->wait_for_sweep();
  });
}

void ConnectionGroup::sweep_next_slice() {
  const TimePoint at = now();
  for (Member& member : members_[sweep_slice_]) static_cast<Connection&>(member).sweep(at);
  sweep_slice_ = (sweep_slice_ + 1) % slices;
}

}  // namespace switchboard::net
