#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "server/store/redis_options.hpp"

namespace switchboard::store {

namespace {

constexpr std::size_t socket_path_octets_max = 107;  // sockaddr_un.sun_path without its closing zero
constexpr unsigned databases_max = 1024;

bool take_number(std::string_view digits, unsigned max, unsigned& out) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return error == std::errc() && end == digits.data() + digits.size() && out <= max;
}

Result<RedisUrl, std::string> unix_url(std::string path) {
  if (path.empty() || path.front() != '/') return std::string("a unix URL is unix:///absolute/path");
  if (path.size() > socket_path_octets_max) return std::string("the socket path is longer than 107 octets");
  RedisUrl url;
  url.path = std::move(path);
  return url;
}

}  // namespace

std::string RedisUrl::shown() const {
  if (!path.empty()) return "unix://" + path;
  const bool v6 = host.find(':') != std::string::npos;
  std::string text = "redis://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  if (database != 0) text += "/" + std::to_string(database);
  return text;
}

Result<RedisUrl, std::string> parse_redis_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return std::string("not a URL; redis://[user:password@]host[:port][/db] or unix:///path");
  const auto& view = *parsed;
  if (view.scheme() == "unix") return unix_url(view.path());
  if (view.scheme() != "redis") return std::string("the scheme must be redis:// or unix://");
  RedisUrl url;
  url.host = view.host_address();
  if (url.host.empty()) return std::string("the host is missing");
  unsigned port = url.port;
  if (view.has_port() && !(take_number(std::string(view.port()), 65535, port) && port != 0))
    return std::string("the port must be 1..65535");
  url.port = static_cast<std::uint16_t>(port);
  url.user = view.user();
  url.password = view.password();
  if (url.password.empty() && !url.user.empty()) return std::string("a user needs a password");
  const std::string path = view.path();
  if (path.size() > 1 && !take_number(path.substr(1), databases_max - 1, url.database))
    return std::string("the part behind the host is the number of the database, 0..1023");
  return url;
}

}  // namespace switchboard::store
