// The WebSocket opening handshake (RFC 6455 section 4.2), and what it leaves behind: the beginning of a
// WebSocket.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/result.hpp"
#include "server/net/admission.hpp"
#include "server/net/http_message.hpp"
#include "server/net/stream.hpp"

namespace switchboard::net {

// A socket whose opening handshake is done (101 is written). Whoever gets it makes a Connection of it
// (Connection::open), or drops it, which closes the socket.
struct Upgraded {
  std::unique_ptr<Stream> stream;
  std::string early_octets;  // what the client sent right behind its request
  std::string subprotocol;   // the one that was agreed on
  std::string
      foreign_origin;  // of the Origin header; empty if there was none, or if the page is of this host
  std::string target;  // path and query, as sent
  std::string user_agent;
  std::string remote_address;  // without the port
  Admission::Ticket ticket;    // the socket's place; kept as long as the socket
};

// Checks a request for an upgrade: method, version, Host, Connection, Upgrade, Sec-WebSocket-Version,
// Sec-WebSocket-Key, no body, one Origin at most (RFC 6455 section 4.2.1), and chooses the first that the
// client offers, for it names what it prefers first, of those in `subprotocols`. The Origin is its caller's
// to judge. Returns the subprotocol, or the answer that refuses: 400, 405 or 426.
[[nodiscard]] Result<std::string, HttpResponse> check_upgrade(const HttpRequest& request, bool http_1_1,
                                                              std::span<const std::string> subprotocols);

// The 101 answer to a checked request, as it goes on the wire. No extension is ever agreed to.
[[nodiscard]] std::string switching_protocols(const HttpRequest& request, std::string_view subprotocol);

// Whether a page of `origin` (scheme "://" host, as in the Origin header) comes from the host that it
// connects to. `secure`: it came over TLS of ours, so the page must have, too; without, a proxy may have
// ended TLS.
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host, bool secure) noexcept;

// Sec-WebSocket-Accept for this Sec-WebSocket-Key (RFC 6455 section 4.2.2 step 5.4).
[[nodiscard]] std::string websocket_accept(std::string_view key);

// Whether `key` is the base64 of 16 octets (RFC 6455 section 4.2.1 point 5).
[[nodiscard]] bool is_websocket_key(std::string_view key) noexcept;

}  // namespace switchboard::net
