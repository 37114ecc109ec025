// HTTP/1.1 on an accepted socket: the WebSocket upgrade, handlers, and static files for all the rest.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/metrics.hpp"
#include "server/net/admission.hpp"
#include "server/net/http_message.hpp"
#include "server/net/static_files.hpp"
#include "server/net/tls_context.hpp"
#include "server/net/upgrade.hpp"

namespace switchboard::net {

struct HttpLimits {
  std::size_t header_octets_max = 8 * 1024;  // request line and headers; over it: 431
  std::size_t body_octets_max = 64 * 1024;   // over it: 413
  std::chrono::milliseconds request_deadline{
      10'000};  // for a whole request to come in, idle time before it included
  std::chrono::milliseconds response_deadline{30'000};  // for a response to be taken by the client
};

// What a worker's HTTP server is given. Callbacks run on the worker's thread.
struct HttpOptions {
  HttpLimits limits;
  std::shared_ptr<const TlsContext> tls;  // unset: plain TCP (for loopback, or behind a proxy that ends TLS)
  std::shared_ptr<const StaticFiles> files = std::make_shared<const StaticFiles>();  // shared by all workers

  std::string websocket_path = "/v1/ws";
  // Offered ones are matched in this order. A client that offers none of them is refused (400).
  std::vector<std::string> subprotocols = {"switchboard.v1.pb", "switchboard.v1.json"};
  // Whether a page of this origin may connect; empty: the client sent no Origin. False: 403. Unset: everybody
  // may.
  std::function<bool(std::string_view origin, const HttpRequest& request)> origin_allowed;
  // Whether new WebSockets are taken now; false (draining, overloaded): 503 + Retry-After. Unset: always.
  std::function<bool()> accepting;
  // Gets each upgraded socket; must not block. Unset: upgrades are answered 503.
  std::function<void(Upgraded)> on_websocket;

  // By path, the longest match first: "/healthz" is that path alone, "/api/" (with the slash) everything
  // below it. The handler sees every method. Paths without a route are static files, GET and HEAD.
  struct Route {
    std::string path;
    HttpHandler handler;
  };
  std::vector<Route> routes;
};

// One per worker. Its connections keep what they need of it, so it may be let go at any time.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, Metrics& metrics, HttpOptions options);
  ~HttpServer();

  // Serves this socket until it is closed, or upgraded and handed to on_websocket; worker's thread.
  void serve(boost::asio::ip::tcp::socket socket, Admission::Ticket ticket);

  // Answers what is being answered, then closes; idle keep-alive connections are closed at once.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace switchboard::net
