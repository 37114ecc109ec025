#include "server/store/redis_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <vector>

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
  void flush();
  void flush_soon();

  asio::generic::stream_protocol::socket socket_;
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
  co_return std::string();
}

asio::awaitable<std::string> SocketConnection::read(std::function<void(Reply)> on_reply) {
  const auto self = shared_from_this();
  std::vector<char> buffer(read_octets);
  error_code error;
  while (!closed_) {
    const std::size_t got = co_await socket_.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
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
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (error) return self->close("connection lost: " + error.message());
                      self->writing_.clear();
                      if (self->writing_.capacity() > write_octets_kept) self->writing_.shrink_to_fit();
                      self->flush();
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

std::shared_ptr<RedisConnection> make_connection(const RedisOptions& options,
                                                 const asio::any_io_executor& executor) {
  if (options.connection) return options.connection(executor);
  return std::make_shared<SocketConnection>(executor);
}

unsigned add_log_in(const RedisUrl& url, std::string& octets) {
  Command auth("AUTH");
  if (!url.user.empty()) auth.arg(url.user);
  octets += auth.arg(url.password).octets();
  return 1;
}

unsigned greet(const RedisOptions& options, std::string& octets) {
  unsigned replies = 2;
  if (!options.url.password.empty()) replies += add_log_in(options.url, octets);
  if (options.url.database != 0) {
    octets += Command("SELECT").arg(std::uint32_t{options.url.database}).octets();
    ++replies;
  }
  octets += Command("CLIENT").arg("SETNAME").arg(options.name).octets();
  if (options.must_be_master || options.url.kind == RedisUrl::Kind::sentinel) {
    octets += Command("ROLE").octets();
    ++replies;
  }
  octets += Command("PING").octets();
  return replies;
}

std::string refusal_of_greeting(ReplyView reply) {
  if (reply.is_error()) return std::string(reply.text());
  // Only ROLE is answered with an array.
  if (reply.is_array() && reply[0].text() != "master")
    return "it is no master, but: " + std::string(reply[0].text());
  return {};
}

}  // namespace switchboard::store
