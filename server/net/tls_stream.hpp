// A Stream that speaks TLS over another Stream, as the server's side. The handshake happens inside the first
// reads; until it is done nothing can be written.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "server/net/stream.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace switchboard::net {

class TlsStream final : public Stream {
 public:
  // `below` carries the records; `context` as of TlsContext::current().
  TlsStream(boost::asio::io_context& io, std::unique_ptr<Stream> below,
            const std::shared_ptr<ssl_ctx_st>& context);
  ~TlsStream() override;

  Moved read_some(std::span<char> into) noexcept override;
  // What is taken is encrypted at once and waits here for the kernel, at most records_per_write records of
  // it.
  Moved write_some(std::span<const iovec> pieces) noexcept override;
  bool may_be_readable() const noexcept override { return more_ || below_->may_be_readable(); }
  boost::asio::awaitable<void> wait_readable() override;
  void when_readable(std::function<void()> then) override;
  void when_writable(std::function<void()> then) override;
  void cancel() noexcept override;
  void shutdown_send() noexcept override;
  void close() noexcept override;

 private:
  struct Below;  // the functions by which OpenSSL reads and writes records
  friend struct Below;

  bool encrypt(std::span<const iovec> pieces, std::size_t& taken) noexcept;
  void say_good_bye() noexcept;
  void flush() noexcept;
  void below_writable();

  boost::asio::io_context& io_;
  std::unique_ptr<Stream> below_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
  std::string records_;                                     // encrypted, not yet taken by `below_`
  std::size_t records_begin_ = 0;                           // of what is left of them
  std::function<void()> writer_;                            // who waits in when_writable
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // outlived by what we wait for below
  bool more_ = false;                                       // the last read ended because its buffer was full
  bool waiting_ = false;                                    // below_ will call below_writable
  bool failed_ = false;                                     // reading and writing are useless
  bool shut_ = false;        // shutdown_send was called: below is shut behind the last record
  bool below_shut_ = false;  // and that has happened
};

}  // namespace switchboard::net
