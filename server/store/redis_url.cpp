#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <iterator>
#include <utility>

#include "server/store/redis_options.hpp"

namespace switchboard::store {

namespace {

constexpr std::size_t socket_path_octets_max = 107;  // sockaddr_un.sun_path without its closing zero
constexpr unsigned databases_max = 1024;
constexpr std::size_t seeds_max = 64;
constexpr std::string_view tls_scheme = "rediss";
constexpr std::size_t master_name_octets_max = 128;
constexpr std::string_view forms =
    "redis://[user:password@]host[:port][/db], unix:///path, redis+sentinel://host[:port],.../master or "
    "redis+cluster://host[:port],...; rediss for TLS";
constexpr std::string_view single_rest = "://", sentinel_rest = "+sentinel://", cluster_rest = "+cluster://";

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

Result<RedisUrl, std::string> tcp_url(std::string_view text, std::uint16_t default_port) {
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return "not a URL; " + std::string(forms);
  const auto& view = *parsed;
  if (view.has_query() || view.has_fragment()) return "nothing follows it; " + std::string(forms);
  if (view.scheme() == "unix") return unix_url(view.path());
  if (view.scheme() != "redis") return "the scheme is none of ours; " + std::string(forms);
  RedisUrl url;
  url.host = view.host_address();
  if (url.host.empty()) return std::string("the host is missing");
  unsigned port = default_port;
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

// "host[:port],host[:port]/rest": several hosts are no URL, so it is read host by host; each with the
// credentials.
Result<RedisUrl, std::string> url_of_many(std::string_view text, RedisUrl::Kind kind) {
  const bool sentinel = kind == RedisUrl::Kind::sentinel;
  const auto slash = std::min(text.find('/'), text.size());
  std::string_view hosts = text.substr(0, slash), rest = text.substr(std::min(slash + 1, text.size()));
  const auto at = hosts.rfind('@');
  const std::string credentials(at == hosts.npos ? std::string_view() : hosts.substr(0, at + 1));
  if (at != hosts.npos) hosts.remove_prefix(at + 1);
  RedisUrl url;
  for (bool more = true; more;) {
    const auto comma = hosts.find(',');
    more = comma != hosts.npos;
    const auto one =
        tcp_url("redis://" + credentials + std::string(hosts.substr(0, comma)), sentinel ? 26379 : 6379);
    if (!one) return one.error();
    url.user = one->user, url.password = one->password;
    url.seeds.push_back({one->host, one->port});
    if (more) hosts.remove_prefix(comma + 1);
  }
  if (url.seeds.size() > seeds_max) return std::string("at most 64 hosts are named");
  url.kind = kind;
  if (!sentinel) {
    if (!rest.empty()) return std::string("a cluster has no database but 0: nothing may follow the hosts");
    return url;
  }
  const auto second = std::min(rest.find('/'), rest.size());
  url.master = rest.substr(0, second);
  if (url.master.empty() || url.master.size() > master_name_octets_max)
    return std::string("the name of the master is missing: redis+sentinel://host[:port],.../master");
  if (second + 1 < rest.size() && !take_number(rest.substr(second + 1), databases_max - 1, url.database))
    return std::string("the part behind the master's name is the number of the database, 0..1023");
  return url;
}

Result<RedisUrl, std::string> plain_url(std::string_view text) {
  constexpr std::string_view scheme = "redis";
  const auto rest = text.starts_with(scheme) ? text.substr(scheme.size()) : std::string_view();
  if (rest.starts_with(sentinel_rest))
    return url_of_many(rest.substr(sentinel_rest.size()), RedisUrl::Kind::sentinel);
  if (rest.starts_with(cluster_rest))
    return url_of_many(rest.substr(cluster_rest.size()), RedisUrl::Kind::cluster);
  return tcp_url(text, 6379);
}

Result<RedisTls, std::string> tls_of_query(std::string_view text) {
  RedisTls tls;
  const std::pair<std::string_view, std::string*> words[] = {
      {"ca", &tls.ca}, {"certificate", &tls.certificate}, {"key", &tls.key}, {"name", &tls.name}};
  const auto parsed = boost::urls::parse_query(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return std::string("what follows the ? is no query");
  for (const auto& one : *parsed) {
    const std::string key = one.key.decode();
    const auto found = std::ranges::find(words, key, &std::pair<std::string_view, std::string*>::first);
    if (found == std::end(words) || one.value.empty())
      return std::string("behind the ? stand ca=, certificate=, key= or name=");
    *found->second = one.value.decode();
  }
  if (tls.certificate.empty() != tls.key.empty()) return std::string("certificate= and key= go together");
  return tls;
}

}  // namespace

std::string RedisAddress::shown() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

RedisUrl RedisUrl::at(const RedisAddress& address) const {
  RedisUrl one = *this;
  one.kind = Kind::single;
  one.path.clear();
  one.host = address.host;
  one.port = address.port;
  return one;
}

std::string RedisUrl::shown() const {
  if (!path.empty()) return "unix://" + path;
  std::string text = tls ? "rediss" : "redis";
  if (kind == Kind::single) {
    text += single_rest;
    text += RedisAddress{host, port}.shown();
  } else {
    text += kind == Kind::sentinel ? sentinel_rest : cluster_rest;
    for (const auto& seed : seeds) text += (&seed == seeds.data() ? "" : ",") + seed.shown();
    if (kind == Kind::sentinel) text += "/" + master;
  }
  if (database != 0) text += "/" + std::to_string(database);
  return text;
}

Result<RedisUrl, std::string> parse_redis_url(std::string_view text) {
  if (!text.starts_with(tls_scheme)) return plain_url(text);
  const auto question = std::min(text.find('?'), text.size());
  auto url = plain_url("redis" + std::string(text.substr(tls_scheme.size(), question - tls_scheme.size())));
  if (!url) return url;
  const auto tls = tls_of_query(text.substr(std::min(question + 1, text.size())));
  if (!tls) return tls.error();
  url->tls = *tls;
  return url;
}

}  // namespace switchboard::store
