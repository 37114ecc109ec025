// The door of one worker: an acceptor with SO_REUSEPORT, so that each worker has its own on the same port and
// the kernel spreads the sockets over them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "server/base/metrics.hpp"
#include "server/base/result.hpp"
#include "server/net/admission.hpp"

namespace switchboard::net {

struct ListenerOptions {
  int backlog = 4096;  // sockets that the kernel holds for us (capped by somaxconn)
  std::chrono::milliseconds exhausted_pause{100};  // wait after EMFILE, ENFILE, ENOBUFS, ENOMEM
  std::chrono::milliseconds tcp_user_timeout{
      20'000};                                // unacknowledged octets for that long: the peer is gone
  int kernel_unsent_octets_max = 128 * 1024;  // TCP_NOTSENT_LOWAT: backlog that the kernel takes from us
  std::chrono::seconds retry_after{5};        // told to a client that is refused with 503 (or 429)
  std::size_t refusals_lingering_max = 64;  // refused sockets that get time to read their 503; others are cut
                                            // (0 where TLS is spoken: no plain word may be said there)
};

// Whether nobody listens on `endpoint` yet: an ordinary bind, without SO_REUSEPORT, which another process's
// listener (even one that shares its port) makes fail. Port 0 is always free. Returns a sentence for the
// operator.
[[nodiscard]] Result<Done, std::string> probe_port(const boost::asio::ip::tcp::endpoint& endpoint);

// Holds a port for the listeners of several processes: bound with SO_REUSEPORT, never listening, so that
// nobody connects here and the port stays ours while none of them lives. Probes first, as probe_port() does.
// Returns the real port; `socket` must be kept.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint, std::string> reserve_port(
    boost::asio::ip::tcp::acceptor& socket, const boost::asio::ip::tcp::endpoint& endpoint);

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // An accepted socket, on this worker, admitted. Runs on the worker's thread; must not block.
  using OnSocket = std::function<void(boost::asio::ip::tcp::socket, Admission::Ticket)>;

  // Binds and listens; with port 0 the kernel chooses one, see endpoint(). The io_context must outlive the
  // listener. Nothing is accepted before start(). On failure: a sentence for the operator.
  [[nodiscard]] static Result<std::shared_ptr<Listener>, std::string> open(
      boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& endpoint,
      std::shared_ptr<Admission> admission, Metrics& metrics, const ListenerOptions& options = {});
  ~Listener();

  // Where it listens, with the real port. Any thread.
  boost::asio::ip::tcp::endpoint endpoint() const;

  // Accepts until stop(). Call once, on the worker's thread (or before its io_context runs).
  void start(OnSocket on_socket);

  // Closes the door; sockets already handed over live on. Worker's thread.
  void stop();

 private:
  struct State;
  explicit Listener(std::unique_ptr<State> state);
  static boost::asio::awaitable<void> accept_until_stopped(std::shared_ptr<Listener> self);
  bool take(boost::asio::ip::tcp::socket socket);

  std::unique_ptr<State> state_;
};

}  // namespace switchboard::net
