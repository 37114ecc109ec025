// A Stream as the composed operations of Asio and Beast want it (an AsyncReadStream and AsyncWriteStream),
// with one deadline over everything that is waited for.
#pragma once

#include <array>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "server/net/stream.hpp"

namespace switchboard::net {

class HttpStream {
 public:
  using executor_type = boost::asio::io_context::executor_type;

  HttpStream(boost::asio::io_context& io, std::unique_ptr<Stream> stream)
      : timer_(io), executor_(io.get_executor()), stream_(std::move(stream)) {}

  executor_type get_executor() const noexcept { return executor_; }

  // What is waited for when `time` has passed ends with timed_out, and so does whatever is begun later.
  void expires_after(std::chrono::steady_clock::duration time) {
    timer_.expires_after(time);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
      // It may have been on its way here when the deadline was moved, or this was destroyed.
      if (cancelled || alive.expired() || timer_.expiry() > std::chrono::steady_clock::now()) return;
      end_with(boost::asio::error::timed_out);
    });
  }

  // What is waited for ends with operation_aborted, and so does whatever is begun later.
  void stop() { end_with(boost::asio::error::operation_aborted); }

  void shutdown_send() { stream_->shutdown_send(); }

  // The transport, for another protocol; nothing may be waited for. This is then good for nothing.
  std::unique_ptr<Stream> release() {
    timer_.cancel();
    return std::move(stream_);
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    const boost::asio::mutable_buffer into = *boost::asio::buffer_sequence_begin(buffers);
    return begin<Read>({into}, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    Write write;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers) && write.count < write.pieces.size(); ++at) {
      const boost::asio::const_buffer piece = *at;
      write.pieces[write.count++] = {const_cast<void*>(piece.data()), piece.size()};
    }
    return begin<Write>(write, std::forward<Token>(token));
  }

 private:
  struct Read {
    boost::asio::mutable_buffer into;

    Stream::Moved attempt(Stream& stream) const {
      return stream.read_some({static_cast<char*>(into.data()), into.size()});
    }
    void wait(Stream& stream, std::function<void()> then) const { stream.when_readable(std::move(then)); }
    static boost::system::error_code end() { return boost::asio::error::eof; }
  };
  struct Write {
    std::array<iovec, 16> pieces{};
    std::size_t count = 0;

    Stream::Moved attempt(Stream& stream) const { return stream.write_some(std::span(pieces).first(count)); }
    void wait(Stream& stream, std::function<void()> then) const { stream.when_writable(std::move(then)); }
    static boost::system::error_code end() { return boost::asio::error::broken_pipe; }
  };

  // An operation that could not be done at once. Shared by nobody: std::function wants copies that it never
  // makes.
  template <class What, class Handler>
  struct Waiting {
    What what;
    Handler handler;
  };

  template <class What, class Token>
  auto begin(What what, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this]<class Handler>(Handler&& handler, const What& wanted) {
          const Stream::Moved moved = error_ ? Stream::Moved{Stream::Status::end} : wanted.attempt(*stream_);
          if (moved.status == Stream::Status::would_block) {
            using Op = Waiting<What, std::decay_t<Handler>>;
            return wait(std::make_shared<Op>(Op{wanted, std::forward<Handler>(handler)}));
          }
          // Never from inside the call that begins it.
          boost::asio::post(executor_, boost::asio::append(std::forward<Handler>(handler),
                                                           result<What>(moved), moved.octets));
        },
        token, what);
  }

  template <class Op>
  void wait(std::shared_ptr<Op> op) {
    auto& what = op->what;
    what.wait(*stream_, [this, op = std::move(op)]() mutable { go_on(std::move(op)); });
  }

  template <class What, class Handler>
  void go_on(std::shared_ptr<Waiting<What, Handler>> op) {
    const Stream::Moved moved = error_ ? Stream::Moved{Stream::Status::end} : op->what.attempt(*stream_);
    if (moved.status == Stream::Status::would_block) return wait(std::move(op));
    auto handler = std::move(op->handler);
    op.reset();
    boost::asio::dispatch(executor_,
                          boost::asio::append(std::move(handler), result<What>(moved), moved.octets));
  }

  template <class What>
  boost::system::error_code result(const Stream::Moved& moved) const {
    if (moved.status == Stream::Status::ok) return {};
    return error_ ? error_ : What::end();
  }

  void end_with(boost::system::error_code error) {
    if (!stream_ || error_) return;
    error_ = error;
    stream_->cancel();
  }

  boost::asio::steady_timer timer_;
  executor_type executor_;
  std::unique_ptr<Stream> stream_;
  boost::system::error_code error_;  // of what was given up
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace switchboard::net
