#include "server/app/routes.hpp"

#include <boost/json.hpp>
#include <cstdlib>

#include "server/app/login.hpp"
#include "server/app/openapi.hpp"
#include "server/conversation/shop_directory.hpp"
#include "server/net/upgrade.hpp"
#include "server/shop/token.hpp"
#include "server/store/redis_store.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
namespace json = boost::json;
using net::HttpRequest;
using net::HttpResponse;

namespace {

// How many shops' desks lead here; another gateway may lead the others.
std::int64_t desks_leading(const RouteParts& parts) {
  return parts.metrics.gauge("switchboard_desks_leading", "Shops whose desk leads here").value();
}

// How often this gateway noticed that Redis had lost acknowledged messages, since it started.
std::uint64_t lost_tails(const RouteParts& parts) {
  return parts.metrics.counter("switchboard_lost_tails_total", "").value();
}

std::string_view redis_presence(const store::RedisStore& store) {
  switch (store.presence()) {
    case store::RedisMasters::Presence::all:
      return "ok";
    case store::RedisMasters::Presence::partly:  // of a cluster: the shops of some masters
      return "partly";
    case store::RedisMasters::Presence::away:
      break;
  }
  return "away";
}

// Ready: Redis answers, its functions are loaded, and this gateway is not about to leave. A Redis that does
// not keep M1 leaves it ready, but says so.
HttpResponse readiness(const RouteParts& parts) {
  const auto& durability = parts.store.durability();
  const bool draining = parts.draining();
  const bool ready = parts.store.ready() && !draining;
  json::array warnings;
  for (const auto& warning : durability.warnings) warnings.emplace_back(warning);
  if (const auto warning = clock_warning(parts.metrics.gauge(clock_gauge, "").value()); !warning.empty())
    warnings.emplace_back(warning);
  const json::object body{{"ready", ready},
                          {"draining", draining},
                          {"redis", redis_presence(parts.store)},
                          {"redis_version", durability.version},
                          {"desks_leading", desks_leading(parts)},
                          {"lost_tails", lost_tails(parts)},
                          {"durable", durability.promises_kept},
                          {"warnings", std::move(warnings)}};
  return {
      ready ? 200u : 503u, "application/json", json::serialize(body) + "\n", {{"Cache-Control", "no-store"}}};
}

// A handler of something that can only be read, and is at hand.
template <class Answer>
net::HttpHandler read_only(Answer answer) {
  return [answer](HttpRequest request) -> asio::awaitable<HttpResponse> {
    if (request.method != "GET" && request.method != "HEAD")
      co_return HttpResponse{
          405, "text/plain; charset=utf-8", "only GET and HEAD\n", {{"Allow", "GET, HEAD"}}};
    co_return answer();
  };
}

asio::awaitable<HttpResponse> no_such_resource(HttpRequest) {
  co_return HttpResponse{404, "application/json", "{\"error\":\"no such resource\"}\n", {}};
}

}  // namespace

std::string clock_warning(std::int64_t ahead_s) {
  if (std::abs(ahead_s) <= shop::token_skew_s) return {};
  return "the clock of this gateway is " + std::to_string(std::abs(ahead_s)) + " s " +
         (ahead_s > 0 ? "ahead of" : "behind") +
         " that of Redis: until both are synchronised, tokens are good if they are by either";
}

std::vector<net::HttpOptions::Route> routes(const RouteParts& parts) {
  return {
      {"/healthz", read_only([] {
         return HttpResponse{200, "text/plain; charset=utf-8", "ok\n", {}};
       })},
      {"/readyz", read_only([parts] { return readiness(parts); })},
      {"/metrics", read_only([parts] {
         return HttpResponse{200, "text/plain; version=0.0.4", parts.metrics.render(), {}};
       })},
      {"/api/v1/openapi.yaml", read_only([] {
         return HttpResponse{200, "application/yaml", std::string(openapi_text()), {}};
       })},
      {"/api/v1/login",
       [parts](HttpRequest request) {
         return parts.login.answer(std::move(request), parts.store, parts.shops);
       }},
      {"/api/", no_such_resource},
  };
}

bool origin_allowed(std::string_view origin, const HttpRequest& request,
                    const conversation::ShopDirectory& shops) {
  return origin.empty() || net::is_own_origin(origin, request.header("Host"), request.secure) ||
         shops.any_allows(origin);
}

}  // namespace switchboard::app
