// Requests and answers as plain values, so that nobody outside net/ sees the HTTP library.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchboard::net {

struct HttpRequest {
  std::string method;  // as sent: GET, POST ...
  std::string path;    // of the target, percent-decoding not applied, without the query
  std::string query;   // behind the '?', not decoded
  std::vector<std::pair<std::string, std::string>> headers;  // as sent, in order
  std::string body;
  std::string remote_address;  // without the port
  bool secure = false;         // came over TLS that ends in this process

  // Value of the first header of this name (any case), empty if there is none.
  std::string_view header(std::string_view name) const noexcept;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";  // empty: no Content-Type
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside those that the server sets by itself
};

// Answers one request, on the worker's thread. An exception becomes 500 and a log line is the thrower's
// business.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

}  // namespace switchboard::net
