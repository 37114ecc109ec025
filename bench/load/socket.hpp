// One WebSocket from the client's side on a plain TCP socket, made to be had by the ten thousand on one
// thread: one read buffer for all, one gathered write per turn of the loop, callbacks instead of a coroutine
// frame each.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "server/net/frame.hpp"

namespace switchboard::load {

using tcp = boost::asio::ip::tcp;

// Where a gateway listens.
struct Target {
  tcp::endpoint endpoint;
  std::string host;  // of the Host header, with port
  std::string path = "/v1/ws";
};

// "ws://HOST:PORT[/PATH]" with a numeric or resolvable host. Empty optional-like: `error` says why and host
// is empty.
Target parse_target(const std::string& url, std::string& error);

// What all sockets of a thread share. Outlives them.
struct Wire {
  explicit Wire(boost::asio::io_context& context, std::uint64_t seed)
      : io(context), random(seed), buffer(64 * 1024) {}
  boost::asio::io_context& io;
  std::mt19937_64 random;
  std::vector<char> buffer;
};

// Everything on the io_context's one thread.
class Socket final : public std::enable_shared_from_this<Socket> {
 public:
  class Handler {
   public:
    virtual void on_open() = 0;
    // The payload is valid during the call.
    virtual void on_message(std::string_view payload) = 0;
    // Exactly once, unless cut() came first; then nothing more is called. 1006: TCP ended or the upgrade was
    // refused.
    virtual void on_end(std::uint16_t code, std::string_view reason) = 0;

   protected:
    ~Handler() = default;
  };

  // Begins to connect. `handler` must live until on_end or cut().
  static std::shared_ptr<Socket> connect(Wire&, const Target&, std::string_view subprotocol,
                                         Handler& handler);

  // One binary message; written at the end of this turn.
  void send(std::string_view payload);
  // The closing handshake; on_end follows.
  void close(std::uint16_t code);
  // Ends TCP at once with a reset, leaving no TIME_WAIT behind; the handler is not called any more.
  void cut();

  bool open() const { return state_ == State::open; }

 private:
  enum class State { connecting, upgrading, open, closing, over };

  Socket(Wire&, Handler&);
  void begin(const Target&, std::string_view subprotocol);
  void wait_readable();
  void readable();
  void take(std::span<char> octets);
  std::size_t take_response(std::span<char> octets);
  void queue(net::Opcode, std::string_view payload);
  void flush();
  void end(std::uint16_t code, std::string_view reason);

  Wire& wire_;
  Handler* handler_;
  tcp::socket socket_;
  State state_ = State::connecting;
  net::FrameParser parser_;
  std::string response_;  // of the upgrade, until it is complete
  std::string out_;
  bool flush_posted_ = false;
  bool waiting_writable_ = false;
};

}  // namespace switchboard::load
