// A Stream over plain TCP.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "server/net/poller.hpp"
#include "server/net/stream.hpp"

namespace switchboard::net {

class TcpStream final : public Stream, private Poller::Source {
 public:
  // Takes the descriptor over. The socket's executor must be that of an io_context.
  explicit TcpStream(boost::asio::ip::tcp::socket socket);
  ~TcpStream() override;

  Moved read_some(std::span<char> into) noexcept override;
  Moved write_some(std::span<const iovec> pieces) noexcept override;
  bool may_be_readable() const noexcept override { return readable_ || hung_up_; }
  boost::asio::awaitable<void> wait_readable() override;
  void when_readable(std::function<void()> then) override;
  void when_writable(std::function<void()> then) override;
  void cancel() noexcept override;
  void shutdown_send() noexcept override;
  void close() noexcept override;

 private:
  // Someone who waits: a coroutine or a function.
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void wake() = 0;
  };
  template <class Handler>
  struct WaiterOf;

  void ready(std::uint32_t events) override;
  void abandon() noexcept override;
  void wait_for_reading(std::unique_ptr<Waiter> waiter);
  void wake_later(std::unique_ptr<Waiter> waiter);

  boost::asio::io_context& io_;
  Poller* poller_;  // null once the io_context is gone: then nothing is waited for any more
  std::unique_ptr<Waiter> reader_;
  std::unique_ptr<Waiter> writer_;
  int descriptor_;
  bool readable_ = false;  // an edge has come since the last read that found the end of what was there
  bool hung_up_ = false;   // the peer has closed its side: reading never blocks any more
};

}  // namespace switchboard::net
