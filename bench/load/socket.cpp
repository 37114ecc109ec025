#include "bench/load/socket.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <charconv>

namespace switchboard::load {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t response_octets_max = 8 * 1024;
// Servers may page out a long log in one frame; the client's own limit is generous.
constexpr net::FrameLimits limits{16 * 1024 * 1024, 1024};

std::array<unsigned char, 4> mask_from(std::mt19937_64& random) {
  const auto bits = random();
  return {static_cast<unsigned char>(bits), static_cast<unsigned char>(bits >> 8),
          static_cast<unsigned char>(bits >> 16), static_cast<unsigned char>(bits >> 24)};
}

}  // namespace

Target parse_target(const std::string& url, std::string& error) {
  Target target;
  constexpr std::string_view scheme = "ws://";
  if (!url.starts_with(scheme)) {
    error = "the url must begin with ws://";
    return target;
  }
  const auto rest = url.substr(scheme.size());
  const auto slash = rest.find('/');
  const auto host = rest.substr(0, slash);
  if (slash != std::string::npos && rest.size() > slash + 1) target.path = rest.substr(slash);
  const auto colon = host.rfind(':');
  const std::string name = host.substr(0, colon),
                    port = colon == std::string::npos ? "80" : host.substr(colon + 1);
  asio::io_context io;
  error_code code;
  const auto found = tcp::resolver(io).resolve(tcp::v4(), name, port, code);
  if (code || found.empty()) {
    error = "cannot resolve " + host;
    return target;
  }
  target.endpoint = found.begin()->endpoint();
  target.host = host;
  return target;
}

Socket::Socket(Wire& wire, Handler& handler)
    : wire_(wire), handler_(&handler), socket_(wire.io), parser_(net::Role::client, limits) {}

std::shared_ptr<Socket> Socket::connect(Wire& wire, const Target& target, std::string_view subprotocol,
                                        Handler& handler) {
  std::shared_ptr<Socket> socket(new Socket(wire, handler));
  socket->begin(target, subprotocol);
  return socket;
}

void Socket::begin(const Target& target, std::string_view subprotocol) {
  // Any 16 octets will do as the key: the nonce guards against caches, of which there are none here.
  out_ = "GET " + target.path + " HTTP/1.1\r\nHost: " + target.host +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: c3dpdGNoYm9hcmRiZW5jaA==\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " +
         std::string(subprotocol) + "\r\n\r\n";
  socket_.async_connect(target.endpoint, [self = shared_from_this()](error_code error) {
    if (self->state_ == State::over) return;
    if (error) return self->end(net::close_code::abnormal, error.message());
    error_code ignored;
    self->socket_.set_option(tcp::no_delay(true), ignored);
    self->socket_.non_blocking(true, ignored);
    self->state_ = State::upgrading;
    self->flush();
    self->wait_readable();
  });
}

void Socket::send(std::string_view payload) {
  if (state_ == State::open) queue(net::Opcode::binary, payload);
}

void Socket::queue(net::Opcode opcode, std::string_view payload) {
  net::append_client_frame(out_, opcode, payload, mask_from(wire_.random));
  if (flush_posted_ || waiting_writable_) return;
  flush_posted_ = true;
  asio::post(wire_.io, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

void Socket::flush() {
  if (state_ == State::over || waiting_writable_ || out_.empty()) return;
  error_code error;
  const auto written = socket_.write_some(asio::buffer(out_), error);
  if (error && error != asio::error::would_block) return end(net::close_code::abnormal, error.message());
  out_.erase(0, written);
  if (out_.empty()) {
    out_ = std::string();  // an idle socket holds no buffer
    return;
  }
  waiting_writable_ = true;
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code) {
    self->waiting_writable_ = false;
    self->flush();
  });
}

void Socket::wait_readable() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (self->state_ == State::over) return;
    if (error) return self->end(net::close_code::abnormal, error.message());
    self->readable();
  });
}

void Socket::readable() {
  error_code error;
  const auto n = socket_.read_some(asio::buffer(wire_.buffer), error);
  if (error == asio::error::would_block) return wait_readable();
  if (error) return end(net::close_code::abnormal, error.message());
  take({wire_.buffer.data(), n});
  if (state_ != State::over) wait_readable();
}

// The rest of `octets` after the response's end; 0 consumed means all of it was taken.
std::size_t Socket::take_response(std::span<char> octets) {
  const auto before = response_.size();
  response_.append(octets.data(), octets.size());
  const auto end_of_head = response_.find("\r\n\r\n");
  if (end_of_head == std::string::npos) {
    if (response_.size() > response_octets_max)
      end(net::close_code::abnormal, "the answer to the upgrade is too long");
    return octets.size();
  }
  if (!response_.starts_with("HTTP/1.1 101 ")) {
    end(net::close_code::abnormal, response_.substr(0, response_.find('\r')));
    return octets.size();
  }
  const auto used = end_of_head + 4 - before;
  response_ = std::string();
  state_ = State::open;
  handler_->on_open();
  return used;
}

void Socket::take(std::span<char> octets) {
  if (state_ == State::upgrading) {
    octets = octets.subspan(take_response(octets));
  }
  while (!octets.empty() && (state_ == State::open || state_ == State::closing)) {
    const auto found = parser_.next(octets);
    octets = octets.subspan(found.consumed);
    using Kind = net::Parsed::Kind;
    switch (found.kind) {
      case Kind::need_more:
        break;
      case Kind::text:
      case Kind::binary:
        if (handler_) handler_->on_message(found.payload);
        break;
      case Kind::ping:
        queue(net::Opcode::pong, found.payload);
        break;
      case Kind::pong:
        break;
      case Kind::close:
        if (state_ == State::open)
          queue(net::Opcode::close,
                net::encode_close_payload(
                    found.code == net::close_code::no_code ? net::close_code::normal : found.code, ""));
        flush();
        return end(found.code, found.payload);
      case Kind::error:
        return end(found.code, found.payload);
    }
  }
}

void Socket::close(std::uint16_t code) {
  if (state_ == State::open) {
    state_ = State::closing;
    queue(net::Opcode::close, net::encode_close_payload(code, ""));
  } else if (state_ != State::closing) {
    end(net::close_code::abnormal, "closed before it was open");
  }
}

void Socket::cut() {
  handler_ = nullptr;
  if (state_ == State::over) return;
  state_ = State::over;
  error_code ignored;
  socket_.set_option(tcp::socket::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Socket::end(std::uint16_t code, std::string_view reason) {
  if (state_ == State::over) return;
  state_ = State::over;
  error_code ignored;
  socket_.close(ignored);
  if (auto* handler = std::exchange(handler_, nullptr)) handler->on_end(code, reason);
}

}  // namespace switchboard::load
