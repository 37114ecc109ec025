#include "server/cli/store_session.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <iostream>
#include <random>

namespace switchboard::cli {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto ready_within = 5s;
constexpr auto leave_within = 2s;

}  // namespace

void add_store_options(CLI::App& command, StoreTarget& target) {
  command
      .add_option("--data", target.data_dir, "Data directory of a gateway that runs with a Redis of its own")
      ->capture_default_str();
  command.add_option("--redis", target.redis_url,
                     "Redis of the gateways, in the form that `switchboard serve` takes");
}

Result<store::RedisOptions, std::string> redis_options(const StoreTarget& target) {
  store::RedisOptions options;
  options.name = "switchboard-cli";
  if (!target.redis_url.empty()) {
    auto url = store::parse_redis_url(target.redis_url);
    if (!url) return "--redis: " + url.error();
    if (const auto why = store::refusal_of_files(*url); !why.empty()) return "--redis: " + why;
    options.url = std::move(*url);
    return options;
  }
  std::error_code error;
  const auto socket = std::filesystem::absolute(target.data_dir, error) / "r.sock";
  if (error || !std::filesystem::exists(socket, error)) {
    return "no gateway runs on the data directory " + target.data_dir + " (no " + socket.string() +
           "): start `switchboard serve --data " + target.data_dir + "` first, or name a Redis with --redis";
  }
  options.url.path = socket.string();
  return options;
}

int with_store(const StoreTarget& target, const std::function<store::Task<int>(store::RedisStore&)>& work) {
  const auto options = redis_options(target);
  if (!options) {
    std::cerr << options.error() << '\n';
    return 1;
  }
  asio::io_context io(1);
  std::mt19937_64 generator(std::random_device{}());
  std::string last_words;
  store::RedisStore store(
      io.get_executor(), *options, [&generator] { return std::uniform_real_distribution<>(0, 1)(generator); },
      [&last_words](store::Severity severity, const std::string& text) {
        if (severity != store::Severity::info) last_words = text;
      });
  store.start();
  int exit_code = 1;
  const auto visit = [&]() -> asio::awaitable<void> {
    if (co_await store.wait_ready(ready_within)) {
      exit_code = co_await work(store);
    } else {
      const std::string& refusal = store.durability().refusal;
      std::cerr << "Redis at " << options->url.shown() << " cannot be used"
                << (refusal.empty() ? last_words.empty() ? "" : ": " + last_words : ": " + refusal) << '\n';
    }
  };
  bool visited = false;
  std::exception_ptr failure;
  asio::co_spawn(io, visit, [&](std::exception_ptr thrown) {
    visited = true;
    failure = thrown;
  });
  while (!visited) io.run_one();
  store.stop();
  io.run_for(leave_within);  // what was under way is answered before the store goes
  if (failure) std::rethrow_exception(failure);
  return exit_code;
}

std::string sentence(store::Refusal refusal) {
  switch (refusal) {
    case store::Refusal::unavailable:
      return "Redis did not answer; the same command may be given again";
    case store::Refusal::busy:
      return "Redis is busy or out of memory; nothing was changed";
    case store::Refusal::not_found:
      return "there is no such shop";
    case store::Refusal::invalid:
      return "the store cannot take this: something is out of its bounds";
    default:
      return "the store refused";
  }
}

}  // namespace switchboard::cli
