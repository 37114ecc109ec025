#include "server/net/tcp_stream.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace switchboard::net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

Stream::Moved moved(ssize_t result) noexcept {
  if (result > 0) return {Stream::Status::ok, static_cast<std::size_t>(result)};
  if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {Stream::Status::would_block};
  return {Stream::Status::end};
}

}  // namespace

// MSG_DONTWAIT instead of a non-blocking descriptor: one call less for each new socket.

Stream::Moved TcpStream::read_some(std::span<char> into) noexcept {
  ssize_t result;
  do {
    result = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  } while (result < 0 && errno == EINTR);
  return moved(result);
}

Stream::Moved TcpStream::write_some(std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  ssize_t result;
  do {
    result = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  return moved(result);
}

asio::awaitable<Stream::Woken> TcpStream::wait_readable() {
  return socket_.async_wait(tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
}

void TcpStream::when_readable(std::function<void()> then) {
  socket_.async_wait(tcp::socket::wait_read, [then = std::move(then)](boost::system::error_code) { then(); });
}

void TcpStream::when_writable(std::function<void()> then) {
  socket_.async_wait(tcp::socket::wait_write,
                     [then = std::move(then)](boost::system::error_code) { then(); });
}

void TcpStream::cancel() noexcept {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void TcpStream::shutdown_send() noexcept {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void TcpStream::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace switchboard::net
