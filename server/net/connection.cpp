#include "server/net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace switchboard::net {
namespace {

namespace asio = boost::asio;

// Pieces of one gathered write: two for each frame.
constexpr std::size_t pieces_per_write = 64;

// Pongs that wait for a peer that does not read: as many as pings may come at once
// (ConnectionLimits::controls).
constexpr std::size_t pongs_waiting_max = 20;

}  // namespace

std::shared_ptr<Connection> Connection::open(std::shared_ptr<ConnectionGroup> group, Upgraded upgraded) {
  std::shared_ptr<Connection> connection(new Connection(std::move(group), std::move(upgraded)));
  connection->group_->join(*connection);
  return connection;
}

Connection::Connection(std::shared_ptr<ConnectionGroup> group, Upgraded upgraded)
    : group_(std::move(group)),
      stream_(std::move(upgraded.stream)),
      peer_{std::move(upgraded.subprotocol), std::move(upgraded.foreign_origin),
            std::move(upgraded.remote_address)},
      ticket_(std::move(upgraded.ticket)),
      parser_(Role::server, group_->limits().frame),
      pending_(std::move(upgraded.early_octets)),
      heard_at_(group_->now()) {
  schedule_ping(heard_at_);
}

Connection::~Connection() {
  group_->leave();
}

// --- in ---

// Someone waits in read(), which may also be left by an exception when its coroutine is cancelled.
struct Connection::Reading {
  explicit Reading(Connection& of) : connection(of) { connection.reading_ = true; }
  ~Reading() { connection.reading_ = false; }

  Connection& connection;
};

asio::awaitable<Result<Message, End>> Connection::read() {
  if (auto ready = take()) co_return std::move(*ready);
  if (stream_->may_be_readable()) {
    if (auto found = receive()) co_return std::move(*found);
  }
  const auto self = shared_from_this();  // the owner may let go while we wait
  for (;;) {
    {
      const Reading mark(*this);
      co_await stream_->wait_readable();
    }
    if (end_) co_return *end_;
    if (auto found = receive()) co_return std::move(*found);
  }
}

// What is at hand without reading.
std::optional<Result<Message, End>> Connection::take() {
  if (end_) return *end_;
  if (pending_used_ == pending_.size()) {
    release_pending();
    return std::nullopt;
  }
  std::size_t used = 0;
  auto found = take_from(std::span(pending_).subspan(pending_used_), used);
  pending_used_ += used;
  if (!found) release_pending();
  return found;
}

void Connection::release_pending() noexcept {
  pending_used_ = 0;
  if (pending_.capacity() > sizeof(std::string)) {
    std::string().swap(pending_);
  } else {
    pending_.clear();
  }
}

// One read into the worker's buffer. What is behind the first message stays with the connection: the buffer
// belongs to the next connection as soon as the reader suspends.
std::optional<Result<Message, End>> Connection::receive() {
  std::vector<char>& buffer = group_->read_buffer_;
  const Stream::Moved moved = stream_->read_some(buffer);
  if (moved.status == Stream::Status::would_block) return std::nullopt;
  if (moved.status == Stream::Status::end) {
    end({.code = close_code::abnormal, .reason = {}, .by_peer = true}, Rest::over);
    return *end_;
  }
  group_->counters_.reads.add();
  group_->counters_.octets_in.add(moved.octets);
  heard_at_ = group_->now();
  const std::span<char> octets = std::span(buffer).first(moved.octets);
  std::size_t used = 0;
  auto found = take_from(octets, used);
  if (!end_ && used < octets.size()) pending_.assign(octets.data() + used, octets.size() - used);
  return found;
}

// Goes through `octets` up to the first thing that the reader must see; `used` tells how far.
std::optional<Result<Message, End>> Connection::take_from(std::span<char> octets, std::size_t& used) {
  while (used < octets.size()) {
    const Parsed parsed = parser_.next(octets.subspan(used));
    used += parsed.consumed;
    switch (parsed.kind) {
      case Parsed::Kind::need_more:
        break;
      case Parsed::Kind::text:
      case Parsed::Kind::binary:
        message_begun_at_ = TimePoint::max();
        return counted(parsed);
      case Parsed::Kind::ping:
      case Parsed::Kind::pong:
        take_control(parsed);
        break;
      case Parsed::Kind::close:
        // RFC 6455 section 5.5.1: answer with the same code. What is queued already still goes out first.
        queue_close(parsed.code, {});
        end({.code = parsed.code, .reason = std::string(parsed.payload), .by_peer = true},
            Rest::answer_close);
        break;
      case Parsed::Kind::error:
        fail(parsed.code, parsed.payload);
        break;
    }
    if (end_) return *end_;
  }
  if (!parser_.mid_message()) {
    message_begun_at_ = TimePoint::max();
  } else if (message_begun_at_ == TimePoint::max()) {
    message_begun_at_ = heard_at_;
  }
  return std::nullopt;
}

std::optional<Result<Message, End>> Connection::counted(const Parsed& parsed) {
  group_->counters_.messages_in.add();
  const ConnectionLimits& limits = group_->limits();
  const double over = messages_.take(limits.messages, heard_at_);
  if (over > limits.messages_over_rate_max) {
    fail(close_code::too_many_messages, "too many messages");
    return *end_;
  }
  const Opcode opcode = parsed.kind == Parsed::Kind::text ? Opcode::text : Opcode::binary;
  return Message{.opcode = opcode, .payload = parsed.payload, .over_rate = over > 0};
}

void Connection::take_control(const Parsed& control) {
  if (controls_.take(group_->limits().controls, heard_at_) > 0) {
    return fail(close_code::too_many_messages, "too many pings");
  }
  if (control.kind != Parsed::Kind::ping) return;
  // Each is answered while the peer reads. RFC 6455 section 5.5.3: the newest alone needs it, so pongs do not
  // pile up for a peer that does not.
  if (outbox_.unbegun(Opcode::pong) >= pongs_waiting_max) outbox_.drop_unbegun(Opcode::pong);
  queue(Opcode::pong, std::make_shared<const std::string>(control.payload));
}

// --- out ---

bool Connection::send(std::shared_ptr<const std::string> payload, Opcode opcode) {
  if (end_) return false;
  const std::size_t limit = group_->limits().outbox_octets_max;
  // Much may be queued within one turn of the loop though the peer reads well: ask the kernel before judging
  // it.
  if (outbox_.octets() + payload->size() > limit && !blocked_) flush();
  if (end_) return false;
  if (outbox_.octets() + payload->size() > limit) {
    fail_too_slow();
    return false;
  }
  group_->counters_.messages_out.add();
  queue(opcode, std::move(payload));
  return true;
}

bool Connection::send_droppable(std::shared_ptr<const std::string> payload, Opcode opcode) {
  if (outbox_.octets() > group_->limits().outbox_octets_max / 2) {
    group_->counters_.dropped.add();
    return false;
  }
  return send(std::move(payload), opcode);
}

void Connection::queue(Opcode opcode, std::shared_ptr<const std::string> payload) {
  outbox_.push(opcode, std::move(payload));
  if (!Marked::is_linked() && !blocked_) group_->mark_for_flush(*this);
}

// Writes all that is queued, with one system call unless it is very much. Called at the end of a turn of the
// loop.
void Connection::flush() {
  if (rest_ == Rest::over || blocked_) return;
  while (!outbox_.empty()) {
    std::array<iovec, pieces_per_write> pieces;
    const std::size_t count = outbox_.gather(pieces);
    const Stream::Moved moved = stream_->write_some(std::span(pieces).first(count));
    if (moved.status == Stream::Status::would_block) {
      wait_writable();
      break;
    }
    if (moved.status == Stream::Status::end) {
      end({.code = close_code::abnormal, .reason = {}, .by_peer = true}, Rest::over);
      cut();
      return;
    }
    group_->counters_.writes.add();
    group_->counters_.octets_out.add(moved.octets);
    outbox_.consume(moved.octets);
    if (stalled_) progress_at_ = group_->now();
  }
  if (outbox_.empty()) stalled_ = false;
  outbox_shrank();
}

void Connection::wait_writable() {
  blocked_ = true;
  if (!stalled_) progress_at_ = group_->now();
  stalled_ = true;
  stream_->when_writable([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->blocked_ = false;
    self->flush();
  });
}

void Connection::outbox_shrank() {
  if (room_ && outbox_.octets() <= group_->limits().outbox_octets_max / 4) room_->cancel();
  if (end_ && outbox_.empty()) close_is_written();
}

asio::awaitable<bool> Connection::room() {
  const auto self = shared_from_this();
  while (!end_ && outbox_.octets() > group_->limits().outbox_octets_max / 4) {
    if (!room_) room_ = std::make_unique<asio::steady_timer>(group_->needs_.io, TimePoint::max());
    co_await room_->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  room_.reset();
  co_return !end_;
}

// --- ending ---

void Connection::close(std::uint16_t code, std::string_view reason) {
  if (end_) return;
  queue_close(code, reason);
  end({.code = code, .reason = std::string(reason), .by_peer = false}, Rest::await_close);
}

void Connection::fail(std::uint16_t code, std::string_view reason) {
  if (end_) return;
  queue_close(code, reason);
  end({.code = code, .reason = std::string(reason), .by_peer = false}, Rest::discard_input);
}

// The peer will have to resume anyway, so what it did not read is given up, but for a frame that is half
// written.
void Connection::fail_too_slow() {
  outbox_.drop_unbegun();
  fail(close_code::too_slow, "too slow");
}

void Connection::queue_close(std::uint16_t code, std::string_view reason) {
  const bool empty = code == close_code::no_code;
  queue(Opcode::close, std::make_shared<const std::string>(empty ? "" : encode_close_payload(code, reason)));
}

// From here on the owner sees the end. What remains of the closing handshake happens without it.
void Connection::end(End how, Rest rest) {
  if (end_) return;
  end_ = std::move(how);
  group_->counters_.count_close(end_->code);
  rest_ = rest;
  deadline_ = group_->now() + group_->limits().close_timeout;
  if (room_) room_->cancel();
  if (rest == Rest::over) return cut();
  stream_->cancel();  // read() wakes and finds the end
  linger();
}

void Connection::close_is_written() {
  if (rest_ == Rest::await_close) look_for_close_in_pending();
  if (rest_ == Rest::answer_close) return cut();
  // RFC 6455 section 7.1.7: after our Close nothing more is sent. Our end of the stream is shut and the rest
  // read away, since closing a socket with unread input would reset it and might take our Close from the
  // peer.
  if (rest_ == Rest::discard_input) stream_->shutdown_send();
}

// Keeps the connection alive, without its owner, until TCP is cut: by the handshake's end, the peer, or the
// sweep.
void Connection::linger() {
  stream_->when_readable([self = shared_from_this()] { self->linger_some(); });
}

void Connection::linger_some() {
  if (rest_ == Rest::over) return;
  std::vector<char>& buffer = group_->read_buffer_;
  const Stream::Moved moved = stream_->read_some(buffer);
  if (moved.status == Stream::Status::end) return cut();
  if (moved.status == Stream::Status::ok && rest_ == Rest::await_close) {
    look_for_close_in_pending();
    if (rest_ == Rest::await_close) look_for_close(std::span(buffer).first(moved.octets));
  }
  if (rest_ != Rest::over) linger();
}

// While we wait for the peer's Close, its messages do not matter any more.
void Connection::look_for_close(std::span<char> octets) {
  while (!octets.empty()) {
    const Parsed parsed = parser_.next(octets);
    octets = octets.subspan(parsed.consumed);
    if (parsed.kind == Parsed::Kind::error) return cut();
    if (parsed.kind != Parsed::Kind::close) continue;
    rest_ = Rest::answer_close;
    if (outbox_.empty()) cut();
    return;
  }
}

// The Close may have come already, behind messages that nobody reads any more.
void Connection::look_for_close_in_pending() {
  std::string unread;
  unread.swap(pending_);
  look_for_close(std::span(unread).subspan(std::exchange(pending_used_, 0)));
}

void Connection::cut() {
  rest_ = Rest::over;
  stream_->close();
}

// --- time ---

void Connection::schedule_ping(TimePoint now) {
  const ConnectionLimits& limits = group_->limits();
  const auto jitter = static_cast<std::uint64_t>(limits.ping_jitter.count()) + 1;
  ping_at_ = now + limits.ping_interval - std::chrono::milliseconds(group_->random() % jitter);
}

// Called every sweep_interval.
void Connection::sweep(TimePoint now) {
  const ConnectionLimits& limits = group_->limits();
  if (end_) {
    if (now >= deadline_ && rest_ != Rest::over) cut();
    return;
  }
  if (!reading_) heard_at_ = now;  // what we do not read we cannot blame the peer for
  if (now - heard_at_ > limits.silence_max) return fail(close_code::no_heartbeat, "no heartbeat");
  if (stalled_ && now - progress_at_ > limits.outbox_stall_max) return fail_too_slow();
  if (message_begun_at_ != TimePoint::max() && now - message_begun_at_ > limits.message_time_max) {
    return fail(close_code::policy, "message took too long");
  }
  if (now >= deadline_) return close(deadline_code_, deadline_reason_);
  if (now < ping_at_) return;
  schedule_ping(now);
  if (outbox_.empty()) queue(Opcode::ping, nullptr);
}

void Connection::clear_deadline() noexcept {
  if (!end_) deadline_ = TimePoint::max();
}

void Connection::set_deadline(TimePoint at, std::uint16_t code, const char* reason) {
  if (end_) return;  // the deadline is that of the closing handshake now
  deadline_ = at;
  deadline_code_ = code;
  deadline_reason_ = reason;
}

}  // namespace switchboard::net
