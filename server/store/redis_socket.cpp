#include "server/store/redis_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <vector>

#include "server/store/redis_tls.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t read_octets = 64u << 10;
constexpr std::size_t write_octets_kept = 1u << 20;  // a larger buffer is given back after the burst
constexpr int tcp_user_timeout_ms = 20'000;          // unacknowledged data this old ends the connection

void tune(asio::generic::stream_protocol::socket& socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  socket.set_option(UserTimeout(tcp_user_timeout_ms), ignored);
}

class SocketConnection final : public RedisConnection, public std::enable_shared_from_this<SocketConnection> {
 public:
  explicit SocketConnection(const asio::any_io_executor& executor) : socket_(executor) {}

  asio::awaitable<std::string> connect(const RedisUrl&) override;
  asio::awaitable<std::string> read(std::function<void(Reply)> on_reply) override;
  void write(std::string_view octets) override;
  void close(std::string reason) override;
  bool closed() const noexcept override { return closed_; }

 private:
  using Socket = asio::generic::stream_protocol::socket;

  // Calls `work` with what octets pass through.
  template <class Work>
  auto with_stream(Work work) {
    return tls_ ? work(*tls_) : work(socket_);
  }
  asio::awaitable<std::string> shake_hands(const RedisUrl&);
  void flush();
  void flush_soon();

  Socket socket_;
  std::shared_ptr<asio::ssl::context> tls_context_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  ReplyReader reader_;
  std::string out_;      // not yet given to the socket
  std::string writing_;  // with the socket now
  std::string reason_;
  bool flush_posted_ = false;
  bool closed_ = false;
};

asio::awaitable<std::string> SocketConnection::connect(const RedisUrl& url) {
  const auto self = shared_from_this();
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::vector<asio::generic::stream_protocol::endpoint> endpoints;
  if (!url.path.empty()) {
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(url.path));
  } else {
    asio::ip::tcp::resolver resolver(socket_.get_executor());
    const auto found = co_await resolver.async_resolve(url.host, std::to_string(url.port), token);
    if (error) co_return "cannot resolve " + url.host + ": " + error.message();
    for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
  }
  for (const auto& endpoint : endpoints) {
    if (closed_) break;
    error_code ignored;
    socket_.close(ignored);
    co_await socket_.async_connect(endpoint, token);
    if (!error) break;
  }
  if (closed_) co_return reason_;
  if (error) co_return error.message();
  if (url.path.empty()) tune(socket_);
  if (url.tls) co_return co_await shake_hands(url);
  co_return std::string();
}

asio::awaitable<std::string> SocketConnection::shake_hands(const RedisUrl& url) {
  auto context = make_tls_context(*url.tls);
  if (!context) co_return context.error();
  tls_context_ = *context;
  tls_.emplace(socket_, *tls_context_);
  const std::string name = url.tls->name.empty() ? url.host : url.tls->name;
  error_code error;
  asio::ip::make_address(name, error);
  const bool is_address = !error;  // an address is no server name (RFC 6066 section 3)
  if (!is_address) SSL_set_tlsext_host_name(tls_->native_handle(), name.c_str());
  tls_->set_verify_callback(asio::ssl::host_name_verification(name), error);
  co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, error));
  if (closed_) co_return reason_ + ", in the TLS handshake";
  if (!error) co_return std::string();
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (verdict == X509_V_OK) co_return "TLS: " + error.message();
  co_return "TLS: its certificate is not believed, or not for " + name + ": " +
      X509_verify_cert_error_string(verdict);
}

asio::awaitable<std::string> SocketConnection::read(std::function<void(Reply)> on_reply) {
  const auto self = shared_from_this();
  std::vector<char> buffer(read_octets);
  error_code error;
  while (!closed_) {
    const std::size_t got = co_await with_stream([&](auto& stream) {
      return stream.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    });
    if (error) {
      close("connection lost: " + error.message());
      break;
    }
    if (!reader_.feed(std::string_view(buffer.data(), got))) close("what came is no RESP");
    Reply reply;
    while (!closed_ && reader_.next(reply)) on_reply(std::move(reply));
    if (reader_.broken()) close("what came is no RESP");
  }
  co_return reason_;
}

void SocketConnection::write(std::string_view octets) {
  if (closed_) return;
  out_ += octets;
  flush_soon();
}

void SocketConnection::flush_soon() {
  if (flush_posted_ || !writing_.empty()) return;
  flush_posted_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

void SocketConnection::flush() {
  if (closed_ || out_.empty() || !writing_.empty()) return;
  std::swap(out_, writing_);
  with_stream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(writing_),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (error) return self->close("connection lost: " + error.message());
                        self->writing_.clear();
                        if (self->writing_.capacity() > write_octets_kept) self->writing_.shrink_to_fit();
                        self->flush();
                      });
  });
}

void SocketConnection::close(std::string reason) {
  if (closed_) return;
  closed_ = true;
  reason_ = std::move(reason);
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace

std::shared_ptr<RedisConnection> make_socket(const asio::any_io_executor& executor) {
  return std::make_shared<SocketConnection>(executor);
}

}  // namespace switchboard::store
