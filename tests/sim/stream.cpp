#include "tests/sim/stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

namespace switchboard::sim {

namespace asio = boost::asio;

// ---------------------------------------------------------------- the client's end

void Wire::set_reading(bool now_reading) {
  reading = now_reading;
  if (!reading || unread.empty()) return;
  const auto self = shared_from_this();
  const auto octets = std::exchange(unread, {});
  if (ears.octets) ears.octets(octets);
  if (on_taken) on_taken();
}

Connected connect_ends(Timeline& timeline, Random& random, Latency latency,
                       const asio::any_io_executor& executor, std::function<void()> touched,
                       Wire::Ears ears) {
  const auto wire = std::make_shared<Wire>();
  const auto state = std::make_shared<SimStream::State>(executor, std::move(touched));
  wire->ears = std::move(ears);
  state->wire = wire;
  // The wire holds both pipes and the gateway's end the wire; the pipes know their ends weakly.
  wire->to_server = std::make_shared<Pipe>(
      timeline, random.branch(), latency,
      [weak = std::weak_ptr(state)](std::string octets) {
        if (const auto to = weak.lock()) to->arrived(std::move(octets));
      },
      [weak = std::weak_ptr(state)] {
        if (const auto to = weak.lock()) to->ended();
      });
  wire->to_client = std::make_shared<Pipe>(
      timeline, random.branch(), latency,
      [weak = std::weak_ptr(wire)](std::string octets) {
        const auto to = weak.lock();
        if (!to) return;
        if (!to->reading) {
          to->unread += octets;
          return;
        }
        if (to->ears.octets) to->ears.octets(std::move(octets));
        if (to->on_taken) to->on_taken();
      },
      [weak = std::weak_ptr(wire)] {
        if (const auto to = weak.lock(); to && to->ears.ended) to->ears.ended();
      });
  wire->on_taken = [weak = std::weak_ptr(state)] {
    if (const auto to = weak.lock()) to->has_room();
  };
  return {wire, state};
}

// ---------------------------------------------------------------- the gateway's end

void SimStream::State::arrived(std::string octets) {
  if (closed || abandoned) return;
  in += octets;
  wake_reader();
}

void SimStream::State::ended() {
  peer_ended = true;
  wake_reader();
  wake_writer();
}

void SimStream::State::has_room() {
  if (writer) wake_writer();
}

void SimStream::State::abandon() {
  abandoned = true;
  if (!std::exchange(closed, true)) wire->to_server->forget(), wire->to_client->end();
  // They may hold the last reference to the connection, which comes back here when it goes.
  const auto let_go = std::pair(std::exchange(reader, nullptr), std::exchange(writer, nullptr));
}

void SimStream::State::wake_reader() {
  if (abandoned) return;
  asio::post(executor, [self = shared_from_this()] {
    self->woken.cancel();
    if (const auto then = std::exchange(self->reader, nullptr)) then();
  });
  touched();
}

void SimStream::State::wake_writer() {
  if (abandoned) return;
  asio::post(executor, [self = shared_from_this()] {
    if (const auto then = std::exchange(self->writer, nullptr)) then();
  });
  touched();
}

SimStream::SimStream(std::shared_ptr<State> state) : state_(std::move(state)) {}

SimStream::~SimStream() {
  close();
  const auto let_go =
      std::pair(std::exchange(state_->reader, nullptr), std::exchange(state_->writer, nullptr));
}

net::Stream::Moved SimStream::read_some(std::span<char> into) noexcept {
  if (state_->closed) return {Status::end};
  if (state_->in.empty()) return {state_->peer_ended ? Status::end : Status::would_block};
  const auto count = std::min(into.size(), state_->in.size());
  std::memcpy(into.data(), state_->in.data(), count);
  state_->in.erase(0, count);
  return {Status::ok, count};
}

net::Stream::Moved SimStream::write_some(std::span<const iovec> pieces) noexcept {
  if (state_->closed || state_->wire->to_client->ending()) return {Status::end};
  const auto used = state_->wire->to_client->in_flight() + state_->wire->unread.size();
  auto room = used < window_octets ? window_octets - used : 0;
  if (room == 0) return {Status::would_block};
  std::string octets;
  for (const auto& piece : pieces) {
    const auto count = std::min(room, piece.iov_len);
    octets.append(static_cast<const char*>(piece.iov_base), count);
    room -= count;
    if (count < piece.iov_len) break;
  }
  const auto moved = octets.size();
  if (moved == 0) return {Status::would_block};
  state_->wire->to_client->send(std::move(octets));
  return {Status::ok, moved};
}

bool SimStream::may_be_readable() const noexcept {
  return !state_->in.empty() || state_->peer_ended || state_->closed;
}

asio::awaitable<void> SimStream::wait_readable() {
  const auto state = state_;
  if (may_be_readable()) co_return;
  boost::system::error_code ignored;
  co_await state->woken.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void SimStream::when_readable(std::function<void()> then) {
  state_->reader = std::move(then);
  if (may_be_readable()) state_->wake_reader();
}

void SimStream::when_writable(std::function<void()> then) {
  state_->writer = std::move(then);
  const auto used = state_->wire->to_client->in_flight() + state_->wire->unread.size();
  if (used < window_octets || state_->peer_ended) state_->wake_writer();
}

void SimStream::cancel() noexcept {
  state_->wake_reader();
  state_->wake_writer();
}

void SimStream::shutdown_send() noexcept {
  state_->wire->to_client->end();
}

void SimStream::close() noexcept {
  if (std::exchange(state_->closed, true)) return;
  state_->wire->to_client->end();
  state_->wake_reader();
  state_->wake_writer();
}

}  // namespace switchboard::sim
