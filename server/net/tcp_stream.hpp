// A Stream over plain TCP.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "server/net/stream.hpp"

namespace switchboard::net {

class TcpStream final : public Stream {
 public:
  explicit TcpStream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  Moved read_some(std::span<char> into) noexcept override;
  Moved write_some(std::span<const iovec> pieces) noexcept override;
  boost::asio::awaitable<Woken> wait_readable() override;
  void when_readable(std::function<void()> then) override;
  void when_writable(std::function<void()> then) override;
  void cancel() noexcept override;
  void shutdown_send() noexcept override;
  void close() noexcept override;

 private:
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace switchboard::net
