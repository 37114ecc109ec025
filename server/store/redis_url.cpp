#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "server/store/redis_options.hpp"

namespace switchboard::store {

namespace {

constexpr std::size_t socket_path_octets_max = 107;  // sockaddr_un.sun_path without its closing zero

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
  if (view.has_port()) {
    if (view.port_number() == 0) return std::string("the port must be 1..65535");
    url.port = view.port_number();
  }
  url.user = view.user();
  url.password = view.password();
  if (url.password.empty() && !url.user.empty()) return std::string("a user needs a password");
  const std::string path = view.path();
  if (path.size() > 1) {
    const char* end = path.data() + path.size();
    const auto [stop, error] = std::from_chars(path.data() + 1, end, url.database);
    if (error != std::errc() || stop != end || url.database > 1023)
      return std::string("the part behind the host is the number of the database, 0..1023");
  }
  return url;
}

}  // namespace switchboard::store
