#include "server/net/http.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <optional>
#include <set>

#include "server/net/http_stream.hpp"
#include "server/net/tcp_stream.hpp"
#include "server/net/tls_stream.hpp"

namespace switchboard::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// How long and how much is read away from a client that is refused in the middle of its request, so that the
// reset of a socket with unread input does not take the answer from it.
constexpr std::chrono::seconds discard_time{2};
constexpr std::size_t discard_octets_max = 256 * 1024;

// Pages run their own scripts and styles alone. Inline style stays allowed (libraries set it), inline script
// does not.
constexpr std::string_view content_security_policy =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";

HttpResponse plain(unsigned status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(text) + "\n";
  return response;
}

// The path and query of a target that may be a whole URI (RFC 9112 section 3.2.2, RFC 6455 section 4.2.1
// point 1).
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t authority_end = target.find_first_of("/?", scheme.size());
    if (authority_end == std::string_view::npos) return "/";
    return target.substr(authority_end);
  }
  return target;
}

HttpRequest taken_apart(http::request<http::string_body>& from, const std::string& remote_address,
                        bool secure) {
  HttpRequest request;
  request.secure = secure;
  request.method = std::string(from.method_string());
  const std::string_view target = origin_form({from.target().data(), from.target().size()});
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  if (question < target.size()) request.query = target.substr(question + 1);
  for (const auto& field : from) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(from.body());
  request.remote_address = remote_address;
  return request;
}

// Who may show a page in a frame: everybody the widget's, nobody the console's, ourselves the others.
void allow_framing(const std::string& path, std::string& policy, HttpResponse& response) {
  if (path.starts_with("/widget/")) return;
  if (path.starts_with("/console")) {
    policy += "; frame-ancestors 'none'";
    response.headers.emplace_back("X-Frame-Options", "DENY");
    return;
  }
  policy += "; frame-ancestors 'self'";
}

// Header lines of a file; the body is sent from where it lies.
HttpResponse file_response(const std::string& path, const StaticFile& file) {
  HttpResponse response;
  response.content_type = file.content_type;
  response.headers = {{"ETag", file.etag}, {"Cache-Control", file.cache_control}};
  if (file.page) {
    std::string policy(content_security_policy);
    allow_framing(path, policy, response);
    response.headers.emplace_back("Content-Security-Policy", std::move(policy));
  }
  // The loader and what it brings are used by pages of other sites.
  if (path == "/widget.js" || path.starts_with("/widget/")) {
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  }
  return response;
}

// RFC 9110 section 13.1.2: a list of tags, or a star; weak comparison.
bool names_etag(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

std::optional<HttpResponse> refusal_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return plain(431, "request header too large");
  }
  if (error == http::error::body_limit) return plain(413, "request body too large");
  // Anything else that the parser dislikes: not HTTP, a bad header, a body of unclear length.
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return plain(400, "bad request");
  }
  return std::nullopt;  // the client is gone or too slow
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  // One socket, as long as it speaks HTTP.
  struct Line {
    Line(std::shared_ptr<State> state, std::unique_ptr<Stream> transport, std::string from,
         Admission::Ticket place)
        : server(std::move(state)),
          stream(server->io, std::move(transport)),
          ticket(std::move(place)),
          remote_address(std::move(from)) {
      server->lines.insert(this);
    }
    ~Line() { server->lines.erase(this); }

    asio::awaitable<bool> serve_request();
    asio::awaitable<void> upgrade(HttpRequest request, std::string target, bool http_1_1);
    asio::awaitable<bool> respond(HttpResponse response, std::string_view body, bool head, bool keep_alive);
    asio::awaitable<bool> respond(HttpResponse response, bool head, bool keep_alive);
    asio::awaitable<void> discard_input();

    std::shared_ptr<State> server;
    HttpStream stream;
    Admission::Ticket ticket;
    std::string remote_address;
    beast::flat_buffer buffer;
    bool idle = false;
  };

  State(asio::io_context& context, Metrics& metrics, HttpOptions with)
      : io(context),
        options(std::move(with)),
        requests(metrics.counter("switchboard_http_requests_total", "HTTP requests, upgrades included")),
        upgrades(metrics.counter("switchboard_upgrades_total", "WebSocket upgrades", R"(result="done")")),
        upgrades_refused(
            metrics.counter("switchboard_upgrades_total", "WebSocket upgrades", R"(result="refused")")) {
    std::stable_sort(options.routes.begin(), options.routes.end(),
                     [](const auto& a, const auto& b) { return a.path.size() > b.path.size(); });
  }

  std::unique_ptr<Stream> transport_over(tcp::socket socket);
  const HttpHandler* handler_for(std::string_view path) const;
  std::optional<HttpResponse> refuse_upgrade(const HttpRequest& request) const;

  asio::io_context& io;
  HttpOptions options;
  Counter &requests, &upgrades, &upgrades_refused;
  std::set<Line*> lines;
  bool stopping = false;
};

HttpServer::HttpServer(asio::io_context& io, Metrics& metrics, HttpOptions options)
    : state_(std::make_shared<State>(io, metrics, std::move(options))) {}

HttpServer::~HttpServer() = default;

std::unique_ptr<Stream> HttpServer::State::transport_over(tcp::socket socket) {
  std::unique_ptr<Stream> stream = std::make_unique<TcpStream>(std::move(socket));
  if (!options.tls) return stream;
  return std::make_unique<TlsStream>(io, std::move(stream), options.tls->current());
}

void HttpServer::serve(tcp::socket socket, Admission::Ticket ticket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;
  auto line = std::make_unique<State::Line>(state_, state_->transport_over(std::move(socket)),
                                            remote.address().to_string(), std::move(ticket));
  asio::co_spawn(
      state_->io,
      [](std::unique_ptr<State::Line> owned) -> asio::awaitable<void> {
        while (co_await owned->serve_request()) {
        }
      }(std::move(line)),
      [](std::exception_ptr) {});  // one connection never ends the worker
}

void HttpServer::stop() {
  state_->stopping = true;
  for (State::Line* line : state_->lines) {
    if (line->idle) line->stream.stop();
  }
}

const HttpHandler* HttpServer::State::handler_for(std::string_view path) const {
  for (const HttpOptions::Route& route : options.routes) {
    if (route.path.ends_with('/') ? path.starts_with(route.path) : path == route.path) return &route.handler;
  }
  return nullptr;
}

// One request and its answer. False: the connection is over, or is no longer ours.
asio::awaitable<bool> HttpServer::State::Line::serve_request() {
  const HttpOptions& options = server->options;
  http::request_parser<http::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(options.limits.header_octets_max));
  parser.body_limit(options.limits.body_octets_max);
  if (server->stopping) co_return false;
  // One deadline for the whole request: octets that trickle in do not extend it.
  stream.expires_after(options.limits.request_deadline);
  idle = buffer.size() == 0;
  auto [error, octets] = co_await http::async_read_header(stream, buffer, parser, as_result);
  idle = false;
  const std::string target(origin_form({parser.get().target().data(), parser.get().target().size()}));
  if (!error && target.substr(0, target.find('?')) == options.websocket_path) {
    server->requests.add();
    const bool http_1_1 = parser.get().version() >= 11;
    co_await upgrade(taken_apart(parser.get(), remote_address, options.tls != nullptr), target, http_1_1);
    co_return false;
  }
  if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    std::tie(error, octets) = co_await asio::async_write(stream, asio::buffer(go_on), as_result);
  }
  if (!error) std::tie(error, octets) = co_await http::async_read(stream, buffer, parser, as_result);
  if (error) {
    if (auto refusal = refusal_of(error)) {
      co_await respond(std::move(*refusal), false, false);
      co_await discard_input();
    }
    co_return false;
  }
  server->requests.add();
  const bool head = parser.get().method() == http::verb::head;
  const bool keep_alive = parser.get().keep_alive();
  const HttpRequest request = taken_apart(parser.get(), remote_address, options.tls != nullptr);
  if (const HttpHandler* handler = server->handler_for(request.path)) {
    HttpResponse response;
    try {
      response = co_await (*handler)(request);
    } catch (...) {
      response = plain(500, "internal error");
    }
    co_return co_await respond(std::move(response), head, keep_alive);
  }
  if (!head && parser.get().method() != http::verb::get) {
    HttpResponse refusal = plain(405, "only GET and HEAD");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    co_return co_await respond(std::move(refusal), head, keep_alive);
  }
  const StaticFile* file = options.files->find(request.path);
  if (file == nullptr) {
    HttpResponse answer = plain(404, "not found");
    if (options.files->is_directory(request.path)) {
      answer.status = 308;
      answer.headers.emplace_back("Location", request.path + "/");
    }
    co_return co_await respond(std::move(answer), head, keep_alive);
  }
  HttpResponse response = file_response(request.path, *file);
  if (names_etag(request.header("If-None-Match"), file->etag)) {
    response.status = 304;
    co_return co_await respond(std::move(response), {}, head, keep_alive);
  }
  co_return co_await respond(std::move(response), file->body, head, keep_alive);
}

// The answer that refuses an upgrade which is well-formed in itself, if any.
std::optional<HttpResponse> HttpServer::State::refuse_upgrade(const HttpRequest& request) const {
  if (options.origin_allowed && !options.origin_allowed(request.header("Origin"), request)) {
    return plain(403, "this origin may not connect");
  }
  if (stopping || !options.on_websocket || (options.accepting && !options.accepting())) {
    HttpResponse refusal = plain(503, "not taking connections now");
    refusal.headers.emplace_back("Retry-After", "5");
    return refusal;
  }
  return std::nullopt;
}

asio::awaitable<void> HttpServer::State::Line::upgrade(HttpRequest request, std::string target,
                                                       bool http_1_1) {
  auto subprotocol = check_upgrade(request, http_1_1, server->options.subprotocols);
  std::optional<HttpResponse> refusal;
  if (!subprotocol) {
    refusal = subprotocol.error();
  } else {
    refusal = server->refuse_upgrade(request);
  }
  if (refusal) {
    server->upgrades_refused.add();
    co_await respond(std::move(*refusal), request.method == "HEAD", false);
    co_await discard_input();
    co_return;
  }
  const std::string answer = switching_protocols(request, *subprotocol);
  const auto [error, octets] = co_await asio::async_write(stream, asio::buffer(answer), as_result);
  if (error) co_return;
  server->upgrades.add();
  Upgraded upgraded;
  upgraded.early_octets = beast::buffers_to_string(buffer.data());
  upgraded.subprotocol = std::move(*subprotocol);
  if (const auto origin = request.header("Origin");
      !is_own_origin(origin, request.header("Host"), request.secure))
    upgraded.foreign_origin = origin;
  upgraded.target = std::move(target);
  upgraded.user_agent = request.header("User-Agent");
  upgraded.remote_address = remote_address;
  upgraded.ticket = std::move(ticket);
  upgraded.stream = stream.release();
  server->options.on_websocket(std::move(upgraded));
}

asio::awaitable<bool> HttpServer::State::Line::respond(HttpResponse response, bool head, bool keep_alive) {
  const std::string body = std::move(response.body);
  co_return co_await respond(std::move(response), body, head, keep_alive);
}

// Writes an answer. True: the next request may come.
asio::awaitable<bool> HttpServer::State::Line::respond(HttpResponse response, std::string_view body,
                                                       bool head, bool keep_alive) {
  http::response<http::span_body<const char>> message;
  message.result(response.status);
  message.version(11);
  message.keep_alive(keep_alive && !server->stopping);
  if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
  message.set("X-Content-Type-Options", "nosniff");
  bool cacheable = false;
  for (const auto& [name, value] : response.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) continue;  // would begin a header of its own
    cacheable = cacheable || beast::iequals(name, "Cache-Control");
    if (beast::iequals(name, "Connection")) {
      message.set(name, value);
    } else {
      message.insert(name, value);
    }
  }
  if (!cacheable) message.set(http::field::cache_control, "no-store");
  message.body() = {body.data(), body.size()};
  if (response.status != 204 && response.status != 304) message.content_length(body.size());
  stream.expires_after(server->options.limits.response_deadline);
  http::response_serializer<http::span_body<const char>> serializer(message);
  error_code error;
  std::size_t octets = 0;
  if (head) {
    std::tie(error, octets) = co_await http::async_write_header(stream, serializer, as_result);
  } else {
    std::tie(error, octets) = co_await http::async_write(stream, serializer, as_result);
  }
  co_return !error && message.keep_alive();
}

asio::awaitable<void> HttpServer::State::Line::discard_input() {
  error_code error;
  stream.shutdown_send();
  stream.expires_after(discard_time);
  std::array<char, 4096> unread;
  std::size_t octets = 0;
  for (std::size_t left = discard_octets_max; !error && left > 0; left -= std::min(left, octets)) {
    std::tie(error, octets) = co_await stream.async_read_some(asio::buffer(unread), as_result);
  }
}

}  // namespace switchboard::net
