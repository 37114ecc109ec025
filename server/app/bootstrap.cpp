#include "server/app/bootstrap.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "server/app/log.hpp"
#include "server/app/node.hpp"
#include "server/cli/apply.hpp"
#include "server/shop/demo.hpp"
#include "server/shop/shop.hpp"
#include "server/shop/token.hpp"
#include "server/store/redis_store.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
using store::Task;
using Outcome = Result<Bootstrapped, std::string>;

namespace {

const std::string no_answer = "Redis did not answer while the shop was applied";

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

Task<Outcome> apply(store::Store& store, std::string text, std::string file) {
  const auto shop = shop::parse_shop(text);
  if (!shop) co_return to_text(shop.error(), file);
  auto applied = co_await cli::apply_shop(store, *shop, std::move(text));
  if (!applied) co_return no_answer;
  co_return Bootstrapped{shop->id, std::move(applied->new_passwords)};
}

// Returns when Redis answers and is fit for us; the error says why not.
Task<Result<Done, std::string>> wait_for_redis(store::RedisStore& store, const Config& config) {
  if (co_await store.wait_ready(std::chrono::seconds(config.redis.start_timeout_s))) co_return Done{};
  const auto& refusal = store.durability().refusal;
  if (!refusal.empty()) co_return refusal;
  co_return "Redis cannot be reached";
}

Task<Outcome> bring_up(store::RedisStore& store, const Config& config) {
  if (!config.server.shop_file.empty()) {
    auto text = read_file(config.server.shop_file);
    if (!text) co_return config.server.shop_file + ": cannot be read";
    co_return co_await apply(store, std::move(*text), config.server.shop_file);
  }
  const auto shops = co_await store.shops();
  if (!shops) co_return no_answer;
  if (!shops->empty()) co_return Bootstrapped{};
  co_return co_await apply(store, std::string(shop::demo_shop_text()), "demo.toml");
}

// Runs `work` on a store and an executor of its own.
template <class Value>
Result<Value, std::string> with_store(
    const Config& config, const store::RedisOptions& redis,
    const std::function<Task<Result<Value, std::string>>(store::RedisStore&)>& work) {
  asio::io_context io;
  std::mt19937_64 random(std::random_device{}());
  auto options = redis;
  options.name = "switchboard-bootstrap";
  store::RedisStore store(
      io.get_executor(), options, [&] { return std::uniform_real_distribution<>(0, 1)(random); },
      log_report());
  store.start();
  std::optional<Result<Value, std::string>> outcome;
  const auto run = [&]() -> Task<void> {
    const auto ready = co_await wait_for_redis(store, config);
    if (ready)
      outcome.emplace(co_await work(store));
    else
      outcome.emplace(ready.error());
    store.stop();
    io.stop();
  };
  asio::co_spawn(io, run, [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  return std::move(*outcome);
}

}  // namespace

Outcome bootstrap(const Config& config, const store::RedisOptions& redis) {
  return with_store<Bootstrapped>(config, redis,
                                  [&](store::RedisStore& store) { return bring_up(store, config); });
}

Result<Incarnation, std::string> start_node(const std::string& node, const Config& config,
                                            const store::RedisOptions& redis) {
  using Started = Result<Incarnation, std::string>;
  const auto random = shop::make_visitor_id();
  return with_store<Incarnation>(config, redis, [&](store::RedisStore& store) -> Task<Started> {
    const auto start = co_await store.node_start(node, random);
    if (!start) co_return "Redis did not answer while the gateway started";
    co_return Incarnation{incarnation_of(node, *start, random)};
  });
}

}  // namespace switchboard::app
