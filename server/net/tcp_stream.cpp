#include "server/net/tcp_stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

namespace switchboard::net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

asio::io_context& io_context_of(tcp::socket& socket) {
  return static_cast<asio::io_context&>(asio::query(socket.get_executor(), asio::execution::context));
}

bool would_block(ssize_t result) noexcept {
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Stream::Moved moved(ssize_t result) noexcept {
  if (result > 0) return {Stream::Status::ok, static_cast<std::size_t>(result)};
  return {would_block(result) ? Stream::Status::would_block : Stream::Status::end};
}

}  // namespace

template <class Handler>
struct TcpStream::WaiterOf final : Waiter {
  explicit WaiterOf(Handler&& of) : handler(std::move(of)) {}
  void wake() override { std::move(handler)(); }

  Handler handler;
};

TcpStream::TcpStream(tcp::socket socket)
    : io_(io_context_of(socket)), poller_(&asio::use_service<Poller>(io_)), descriptor_(socket.release()) {
  try {
    poller_->add(descriptor_, *this);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TcpStream::~TcpStream() {
  close();
}

// MSG_DONTWAIT instead of a non-blocking descriptor: one call less for each new socket.

TcpStream::Moved TcpStream::read_some(std::span<char> into) noexcept {
  ssize_t result;
  do {
    result = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
  } while (result < 0 && errno == EINTR);
  // A read that did not fill its buffer has found the end of what was there: the next octet makes an edge
  // (epoll(7)).
  if (would_block(result) || (result > 0 && static_cast<std::size_t>(result) < into.size()))
    readable_ = false;
  return moved(result);
}

TcpStream::Moved TcpStream::write_some(std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  ssize_t result;
  do {
    result = ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  return moved(result);
}

asio::awaitable<void> TcpStream::wait_readable() {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [this]<class Handler>(Handler&& handler) {
        // Cancelled by whoever runs the coroutine (a race with a timer, say): as by cancel(), it then looks
        // around.
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
          slot.assign([this](asio::cancellation_type) { wake_later(std::move(reader_)); });
        }
        wait_for_reading(std::make_unique<WaiterOf<std::decay_t<Handler>>>(std::forward<Handler>(handler)));
      },
      asio::use_awaitable);
}

void TcpStream::when_readable(std::function<void()> then) {
  wait_for_reading(std::make_unique<WaiterOf<std::function<void()>>>(std::move(then)));
}

void TcpStream::wait_for_reading(std::unique_ptr<Waiter> waiter) {
  if (may_be_readable() || descriptor_ < 0) return wake_later(std::move(waiter));
  reader_ = std::move(waiter);
}

// To be called after write_some has said would_block: the kernel then owes an edge.
void TcpStream::when_writable(std::function<void()> then) {
  auto waiter = std::make_unique<WaiterOf<std::function<void()>>>(std::move(then));
  if (descriptor_ < 0) return wake_later(std::move(waiter));
  writer_ = std::move(waiter);
}

void TcpStream::ready(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hung_up_ = true;
  // Both are taken out first: who is woken may destroy this stream.
  const std::unique_ptr<Waiter> writer =
      (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 ? std::move(writer_) : nullptr;
  const std::unique_ptr<Waiter> reader = readable_ ? std::move(reader_) : nullptr;
  if (reader) reader->wake();
  if (writer) writer->wake();
}

// A waiter may own this stream, so what is destroyed last must not be a member.
void TcpStream::abandon() noexcept {
  poller_ = nullptr;
  const std::unique_ptr<Waiter> reader = std::move(reader_);
  const std::unique_ptr<Waiter> writer = std::move(writer_);
}

// Never from inside the call that causes it.
void TcpStream::wake_later(std::unique_ptr<Waiter> waiter) {
  if (waiter && poller_ != nullptr) asio::post(io_, [woken = std::move(waiter)] { woken->wake(); });
}

void TcpStream::cancel() noexcept {
  wake_later(std::move(reader_));
  wake_later(std::move(writer_));
}

void TcpStream::shutdown_send() noexcept {
  ::shutdown(descriptor_, SHUT_WR);
}

void TcpStream::close() noexcept {
  if (descriptor_ < 0) return;
  if (poller_ != nullptr) poller_->remove(descriptor_, *this);
  ::close(std::exchange(descriptor_, -1));
  cancel();
}

}  // namespace switchboard::net
