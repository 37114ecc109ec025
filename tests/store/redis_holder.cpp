// A gateway to be killed: starts a private Redis on argv[1], says "ready <pid of Redis>", then appends for
// ever and says
// "<number>" for every acknowledged message. Used by redis_server_test.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "server/store/redis_server.hpp"
#include "server/store/redis_store.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

using namespace switchboard;

namespace {

// Keeps `window` appends under way.
struct Writer {
  store::RedisStore& store;
  std::uint32_t next = 1;
  void send() {
    const std::uint32_t number = next++;
    const std::string id = "id-" + std::to_string(number);
    store::Append a;
    a.shop = "s", a.conversation = "c", a.person = "v", a.sender = "d", a.number = number, a.client_id = id,
    a.body = id;
    store.append(a, [this, number](store::Answer<store::Appended> answer) {
      if (!answer) ::_exit(3);
      std::printf("%u\n", number);
      std::fflush(stdout);
      if (next < 4900) send();
    });
  }
};

}  // namespace

int main(int, char** argv) {
  store::RedisServerOptions options;
  options.data = argv[1];
  options.memory_octets_max = 64 << 20;
  store::RedisServer redis(options, test::quiet());
  if (const auto started = redis.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().c_str());
    return 1;
  }
  if (!redis.wait_ready(std::chrono::seconds(60))) return 1;
  boost::asio::io_context io;
  store::RedisOptions to;
  to.url = redis.url();
  store::RedisStore store(io.get_executor(), to, test::test_random(1), test::quiet());
  store.start();
  test::run_until(io, [&] { return store.ready(); });
  store::Store::ShopSettings settings;
  settings.shop = "s", settings.text = "t", settings.new_key = "k";
  store::Open o;
  o.shop = "s", o.conversation = "c", o.visitor = "v";
  if (!test::run(io, store.apply_shop(settings)) || !test::run(io, store.open(o))) return 1;
  std::printf("ready %d\n", redis.status().pid);
  std::fflush(stdout);
  Writer writer{store};
  for (int i = 0; i < 32; ++i) writer.send();
  io.restart();
  io.run();
}
