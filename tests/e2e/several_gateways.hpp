// Worlds of several gateways on one Redis.
#pragma once

#include "tests/e2e/world.hpp"
#include "tests/support/private_redis.hpp"

namespace switchboard::e2e {

// A base that is made before the gateways and outlives them.
struct SharedRedis {
  std::string redis_url() const { return redis_of_all.options().url.shown(); }

  test::PrivateRedis redis_of_all;
};

// World::gateway and one more.
class TwoGateways : private SharedRedis, public World {
 protected:
  explicit TwoGateways(const std::vector<std::string>& arguments = {})
      : World({.shop_file = corner_shop(), .arguments = arguments, .redis_url = redis_url()}),
        second(roomy({.shop_file = corner_shop(), .arguments = arguments, .redis_url = redis_url()})) {
    second.start();
  }
  ~TwoGateways() override { clients.clear(); }

  Gateway second;
};

}  // namespace switchboard::e2e
