#include "server/net/listener.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/net/poller.hpp"

namespace switchboard::net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

template <int level, int name>
using Flag = asio::detail::socket_option::boolean<level, name>;
template <int level, int name>
using Number = asio::detail::socket_option::integer<level, name>;

// How long a refused client has to read why.
constexpr std::chrono::seconds refusal_time{2};

std::string failure(const tcp::endpoint& endpoint, const error_code& error) {
  const std::string where = endpoint.address().to_string() + " port " + std::to_string(endpoint.port());
  if (error == asio::error::address_in_use) return where + " is in use by another process";
  if (error == asio::error::access_denied) return where + " may not be bound by this user";
  return "cannot listen on " + where + ": " + error.message();
}

// The descriptors or buffers of the machine are used up, now.
bool is_exhausted(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory || error == boost::system::errc::too_many_files_open_in_system;
}

}  // namespace

Result<Done, std::string> probe_port(const tcp::endpoint& endpoint) {
  asio::io_context io;
  tcp::acceptor probe(io);
  error_code error;
  if (probe.open(endpoint.protocol(), error)) return failure(endpoint, error);
  probe.set_option(asio::socket_base::reuse_address(true), error);  // a port in TIME_WAIT is free
  if (probe.bind(endpoint, error)) return failure(endpoint, error);
  if (probe.listen(1, error)) return failure(endpoint, error);
  return Done{};
}

Result<tcp::endpoint, std::string> reserve_port(tcp::acceptor& socket, const tcp::endpoint& endpoint) {
  if (const auto free = probe_port(endpoint); !free) return free.error();
  error_code error;
  if (socket.open(endpoint.protocol(), error)) return failure(endpoint, error);
  if (socket.set_option(asio::socket_base::reuse_address(true), error)) return failure(endpoint, error);
  if (socket.set_option(Flag<SOL_SOCKET, SO_REUSEPORT>(true), error)) return failure(endpoint, error);
  if (socket.bind(endpoint, error)) return failure(endpoint, error);
  const auto bound = socket.local_endpoint(error);
  if (error) return failure(endpoint, error);
  return bound;
}

struct Listener::State {
  State(asio::io_context& context, std::shared_ptr<Admission> asked, Metrics& metrics,
        const ListenerOptions& with)
      : io(context),
        acceptor(context),
        admission(std::move(asked)),
        options(with),
        accepted(metrics.counter("switchboard_accepted_total", "Sockets accepted")),
        refused(metrics.counter("switchboard_refused_total", "Sockets refused at the door")),
        exhausted(metrics.counter("switchboard_accept_exhausted_total",
                                  "Pauses for want of descriptors or memory")) {}

  error_code open();
  asio::awaitable<void> refuse(tcp::socket socket, AdmissionRefusal why);

  asio::io_context& io;
  tcp::acceptor acceptor;
  tcp::endpoint endpoint;
  std::shared_ptr<Admission> admission;
  ListenerOptions options;
  Counter &accepted, &refused, &exhausted;
  OnSocket on_socket;
  std::size_t refusals_lingering = 0;
};

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Listener::~Listener() = default;

Result<std::shared_ptr<Listener>, std::string> Listener::open(asio::io_context& io,
                                                              const tcp::endpoint& endpoint,
                                                              std::shared_ptr<Admission> admission,
                                                              Metrics& metrics,
                                                              const ListenerOptions& options) {
  auto state = std::make_unique<State>(io, std::move(admission), metrics, options);
  state->endpoint = endpoint;
  if (const error_code error = state->open()) return failure(endpoint, error);
  return std::shared_ptr<Listener>(new Listener(std::move(state)));
}

// Accepted sockets inherit these options from the listening one, which saves system calls for each of them.
error_code Listener::State::open() {
  error_code error;
  asio::use_service<Poller>(
      io);  // its descriptor, while there are some: the first client may come when there are none
  if (acceptor.open(endpoint.protocol(), error)) return error;
  if (acceptor.set_option(asio::socket_base::reuse_address(true), error)) return error;
  if (acceptor.set_option(Flag<SOL_SOCKET, SO_REUSEPORT>(true), error)) return error;
  if (acceptor.set_option(tcp::no_delay(true), error)) return error;
  const auto user_timeout_ms = static_cast<int>(options.tcp_user_timeout.count());
  if (acceptor.set_option(Number<IPPROTO_TCP, TCP_USER_TIMEOUT>(user_timeout_ms), error)) return error;
  if (acceptor.set_option(Number<IPPROTO_TCP, TCP_NOTSENT_LOWAT>(options.kernel_unsent_octets_max), error)) {
    return error;
  }
  if (acceptor.bind(endpoint, error)) return error;
  if (acceptor.listen(options.backlog, error)) return error;
  endpoint = acceptor.local_endpoint(error);
  return error;
}

tcp::endpoint Listener::endpoint() const {
  return state_->endpoint;
}

void Listener::start(OnSocket on_socket) {
  state_->on_socket = std::move(on_socket);
  asio::co_spawn(state_->io, accept_until_stopped(shared_from_this()), asio::detached);
}

void Listener::stop() {
  error_code ignored;
  state_->acceptor.close(ignored);
}

asio::awaitable<void> Listener::accept_until_stopped(std::shared_ptr<Listener> self) {
  State& state = *self->state_;
  asio::steady_timer pause(state.io);
  while (state.acceptor.is_open()) {
    auto [error, socket] = co_await state.acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    bool exhausted = is_exhausted(error);
    if (!error) exhausted = !self->take(std::move(socket));
    if (exhausted) {
      // Trying again at once would fail again, as fast as the loop can turn.
      state.exhausted.add();
      pause.expires_after(state.options.exhausted_pause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

// False: there was not enough of something for this one; it is dropped. Whatever one socket throws ends that
// socket alone: nobody would hear of it, and nobody else would be let in any more.
bool Listener::take(tcp::socket socket) try {
  State& state = *state_;
  error_code gone;
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  if (gone) return true;
  auto ticket = state.admission->admit(remote.address(), std::chrono::steady_clock::now());
  if (ticket) {
    state.accepted.add();
    state.on_socket(std::move(socket), std::move(*ticket));
    return true;
  }
  state.refused.add();
  if (state.refusals_lingering >= state.options.refusals_lingering_max) return true;
  asio::co_spawn(
      state.io,
      [](std::shared_ptr<Listener> keep, tcp::socket refused, AdmissionRefusal why) -> asio::awaitable<void> {
        co_await keep->state_->refuse(std::move(refused), why);
      }(shared_from_this(), std::move(socket), ticket.error()),
      asio::detached);
  return true;
} catch (const std::exception&) {
  return false;
}

// Says why without reading the request, and reads it away for a moment: a reset would take the answer from
// the client.
asio::awaitable<void> Listener::State::refuse(tcp::socket accepted_socket, AdmissionRefusal why) {
  const auto socket = std::make_shared<tcp::socket>(std::move(accepted_socket));
  ++refusals_lingering;
  const bool own_fault = why == AdmissionRefusal::too_fast_from_address;
  const std::string answer =
      std::string(own_fault ? "HTTP/1.1 429 Too Many Requests" : "HTTP/1.1 503 Service Unavailable") +
      "\r\nRetry-After: " + std::to_string(options.retry_after.count()) +
      "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  error_code error;
  socket->non_blocking(true, error);
  socket->write_some(asio::buffer(answer), error);
  socket->shutdown(tcp::socket::shutdown_send, error);
  asio::steady_timer limit(io, refusal_time);
  limit.async_wait([weak = std::weak_ptr(socket)](error_code cancelled) {
    error_code ignored;
    if (const auto late = weak.lock(); late && !cancelled) late->close(ignored);
  });
  std::array<char, 1024> unread;
  for (error = {}; !error;) {
    std::tie(error, std::ignore) =
        co_await socket->async_read_some(asio::buffer(unread), asio::as_tuple(asio::use_awaitable));
  }
  --refusals_lingering;
}

}  // namespace switchboard::net
