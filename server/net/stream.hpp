// What a connection needs of its transport. Everything is non-blocking and belongs to one worker thread.
// TcpStream (tcp_stream.hpp) is the plain one; a TLS stream is one more implementation and nothing above it
// changes.
#pragma once

#include <sys/uio.h>

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace switchboard::net {

class Stream {
 public:
  enum class Status : std::uint8_t {
    ok,           // `octets` > 0 were moved
    would_block,  // nothing could be moved now
    end,  // the peer has closed its side, or the transport failed; reading or writing again is useless
  };
  struct Moved {
    Status status;
    std::size_t octets = 0;
  };

  virtual ~Stream() = default;

  // Reads what is there, without waiting.
  virtual Moved read_some(std::span<char> into) noexcept = 0;

  // Writes as much of the gathered pieces as is taken, without waiting, in one system call.
  virtual Moved write_some(std::span<const iovec> pieces) noexcept = 0;

  // Whether read_some is worth trying without waiting first.
  virtual bool may_be_readable() const noexcept = 0;

  // Suspends until read_some may have something. May return without cause, and returns on cancel() and
  // close(): the caller looks at its own state again. One waiter at a time.
  virtual boost::asio::awaitable<void> wait_readable() = 0;

  // Calls back once, never from inside this call, when read_some (write_some) may move something, or at
  // cancel() or close(). The function keeps alive whatever it needs.
  virtual void when_readable(std::function<void()> then) = 0;
  virtual void when_writable(std::function<void()> then) = 0;

  virtual void cancel() noexcept = 0;         // wakes everyone who waits
  virtual void shutdown_send() noexcept = 0;  // no more is written; the peer sees the end
  virtual void close() noexcept = 0;          // gives the descriptor back; wakes everyone who waits
};

}  // namespace switchboard::net
