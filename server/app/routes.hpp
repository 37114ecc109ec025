// What a gateway answers over plain HTTP beside the pages: health, readiness, metrics and the REST interface.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/metrics.hpp"
#include "server/net/http.hpp"

namespace switchboard::store {
class RedisStore;
}
namespace switchboard::conversation {
class ShopDirectory;
}

namespace switchboard::app {

class Login;

// Of one worker; all outlive its HTTP server.
struct RouteParts {
  store::RedisStore& store;
  conversation::ShopDirectory& shops;
  Metrics& metrics;
  Login& login;
  std::function<bool()> draining;
};

std::vector<net::HttpOptions::Route> routes(const RouteParts& parts);

// What /readyz and the log say of a gateway whose clock is `ahead_s` seconds ahead of that of Redis; empty
// within the skew with which tokens are judged. /metrics always has the seconds, under this name.
std::string clock_warning(std::int64_t ahead_s);
inline constexpr std::string_view clock_gauge = "switchboard_clock_ahead_of_redis_seconds";

// A page may connect if it comes from this host, or from an origin that some shop of this gateway allows; a
// client that is no browser sends none. That the origin belongs to the very shop is checked when she names it
// (sign_in).
bool origin_allowed(std::string_view origin, const net::HttpRequest& request,
                    const conversation::ShopDirectory& shops);

}  // namespace switchboard::app
