// A client that sends exactly the octets it is told to and reads frames by hand: it shares no code with the
// server, so that it can judge it. Everything blocks, for 20 s at most.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;

namespace switchboard::net::testing {

struct RawFrame {
  unsigned char first = 0;  // FIN, RSV, opcode
  std::string payload;

  unsigned opcode() const { return first & 0x0F; }
  // Of a Close: its code, 1005 if it carries none.
  std::uint16_t close_code() const;
};

class RawClient {
 public:
  // Connects to loopback. receive_buffer: SO_RCVBUF, 0 for the default. source: an address of 127/8 to come
  // from.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0, const char* source = nullptr);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // From here on everything is sent and read over TLS, as the client. False: the handshake failed. `alpn` in
  // the wire form of RFC 7301, empty for none; versions as in OpenSSL's TLS1_2_VERSION, 0 for any.
  bool start_tls(std::string_view alpn = {}, int version_max = 0);
  // The common name of the certificate that was shown.
  std::string certificate_name() const;
  // Whether the peer said good-bye (close_notify) before it ended the stream.
  bool ended_in_peace() const;

  // An upgrade request that the server must take, with these extra header lines.
  static std::string upgrade_request(std::string_view extra = {});

  // False when the peer has closed or reset.
  bool send(std::string_view octets);

  // Sends `octets` one by one.
  bool send_slowly(std::string_view octets);

  // The head of a response, up to and with the empty line; what came behind it stays for the next read.
  std::string read_head();

  // Exactly so many octets, fewer at the end of the stream.
  std::string read(std::size_t octets);

  // All up to the end of the stream; nullopt if it does not end in time.
  std::optional<std::string> read_to_end();

  // The next frame; nullopt at the end of the stream. Fails the test if it is masked or not in its shortest
  // form.
  std::optional<RawFrame> read_frame();

  // Upgrades and fails the test if that is refused.
  void upgrade(std::string_view behind = {});

  // Whether the peer has ended the stream (by FIN or RST) with nothing more to read, within the time limit.
  bool at_end();

  void shutdown_send();
  void reset();  // closes with RST

 private:
  bool fill();

  int fd_ = -1;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
  std::string unread_;
};

}  // namespace switchboard::net::testing
