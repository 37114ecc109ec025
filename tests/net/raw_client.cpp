#include "tests/net/raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace switchboard::net::testing {
namespace {

constexpr int patience_ms = 20'000;

}  // namespace

std::uint16_t RawFrame::close_code() const {
  if (payload.size() < 2) return 1005;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

RawClient::RawClient(std::uint16_t port, int receive_buffer, const char* source)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), tls_(nullptr, SSL_free) {
  if (receive_buffer != 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (source != nullptr) {
    ::inet_pton(AF_INET, source, &address.sin_addr);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::start_tls(std::string_view alpn, int version_max) {
  const timeval patience{patience_ms / 1'000, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // the server is to refuse what is old, not we
  SSL_CTX_set_max_proto_version(context.get(), version_max);
  tls_.reset(SSL_new(context.get()));
  SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                      static_cast<unsigned>(alpn.size()));
  SSL_set_fd(tls_.get(), fd_);
  return SSL_connect(tls_.get()) == 1;
}

std::string RawClient::certificate_name() const {
  const std::unique_ptr<X509, void (*)(X509*)> shown(SSL_get1_peer_certificate(tls_.get()), X509_free);
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(), name.size());
  return name.data();
}

bool RawClient::ended_in_peace() const {
  return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string RawClient::upgrade_request(std::string_view extra) {
  return "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Protocol: switchboard.v1.json\r\n" +
         std::string(extra) + "\r\n";
}

bool RawClient::send(std::string_view octets) {
  if (tls_) return SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size())) > 0;
  while (!octets.empty()) {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, patience_ms) != 1) return false;
    const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::send_slowly(std::string_view octets) {
  for (const char octet : octets) {
    if (!send({&octet, 1})) return false;
    ::usleep(100);
  }
  return true;
}

// One more read. False at the end of the stream, or when nothing came in time (which fails the test).
bool RawClient::fill() {
  if (tls_) {
    std::array<char, 16384> record;
    const int count = SSL_read(tls_.get(), record.data(), record.size());
    if (count > 0) unread_.append(record.data(), static_cast<std::size_t>(count));
    return count > 0;
  }
  pollfd ready{fd_, POLLIN, 0};
  if (::poll(&ready, 1, patience_ms) != 1) {
    ADD_FAILURE() << "nothing came";
    return false;
  }
  std::array<char, 65536> buffer;
  const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string RawClient::read_head() {
  std::size_t end;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::exchange(unread_, {});
  }
  std::string head = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  return head;
}

std::string RawClient::read(std::size_t octets) {
  while (unread_.size() < octets && fill()) {
  }
  std::string result = unread_.substr(0, octets);
  unread_.erase(0, result.size());
  return result;
}

std::optional<std::string> RawClient::read_to_end() {
  while (fill()) {
  }
  if (::testing::Test::HasFailure()) return std::nullopt;
  return std::exchange(unread_, {});
}

std::optional<RawFrame> RawClient::read_frame() {
  const std::string start = read(2);
  if (start.size() < 2) return std::nullopt;
  RawFrame frame;
  frame.first = static_cast<unsigned char>(start[0]);
  EXPECT_EQ(frame.first & 0x70, 0) << "a reserved bit is set";
  const auto second = static_cast<unsigned char>(start[1]);
  EXPECT_LT(second, 128) << "a server's frame is masked";
  std::uint64_t size = second & 127;
  if (size >= 126) {
    const std::uint64_t least = size == 126 ? 126 : 65'536;
    const std::string length = read(size == 126 ? 2 : 8);
    size = 0;
    for (const char octet : length) size = size << 8 | static_cast<unsigned char>(octet);
    EXPECT_GE(size, least) << "a length is not in its shortest form";
  }
  frame.payload = read(size);
  if (frame.payload.size() < size) return std::nullopt;
  return frame;
}

void RawClient::upgrade(std::string_view behind) {
  ASSERT_TRUE(send(upgrade_request() + std::string(behind)));
  const std::string head = read_head();
  ASSERT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  ASSERT_NE(head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos) << head;
}

bool RawClient::at_end() {
  return !fill() && unread_.empty() && !::testing::Test::HasFailure();
}

void RawClient::shutdown_send() {
  ::shutdown(fd_, SHUT_WR);
}

void RawClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd_);
  fd_ = -1;
}

}  // namespace switchboard::net::testing
