// The append path alone: one store on one connection to a private Redis, a closed loop of appends over many
// conversations. Prints appends/s, latency, and what an append costs Redis and us in CPU.
//
//   store_bench [in flight = 256] [seconds = 5] [appendfsync = always]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "server/store/redis_server.hpp"
#include "server/store/redis_store.hpp"

namespace {

using namespace switchboard;
using Clock = std::chrono::steady_clock;

constexpr int conversations = 200;
constexpr std::uint32_t entries_max = 4'900;  // of a conversation; then it takes nothing more
constexpr std::size_t body_octets = 200;

// Time on CPU of all threads of a process, in microseconds (/proc/<pid>/task/*/schedstat).
double cpu_us(int pid) {
  double sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    double ns = 0;
    std::ifstream(task.path() / "schedstat") >> ns;
    sum += ns / 1000;
  }
  return sum;
}

struct Loop {
  store::RedisStore& store;
  Clock::time_point until;
  std::vector<std::uint32_t> numbers = std::vector<std::uint32_t>(conversations, 0);
  std::vector<double> latencies_us;
  std::string body = std::string(body_octets, 'x');
  int under_way = 0;
  int refused = 0;

  // A slot belongs to one conversation, so that its numbers stay in order.
  void send(int slot) {
    const int conversation = slot % conversations;
    std::uint32_t& number = numbers[static_cast<std::size_t>(conversation)];
    if (Clock::now() >= until || number >= entries_max) return;
    const std::string id = "c" + std::to_string(conversation), person = "v" + std::to_string(conversation);
    const std::string client_id = "0123456789abcdef-" + std::to_string(++number);
    store::Append a;
    a.shop = "bench", a.conversation = id, a.person = person, a.sender = "device-1";
    a.number = number, a.client_id = client_id, a.body = body;
    ++under_way;
    store.append(a, [this, slot, sent = Clock::now()](store::Answer<store::Appended> answer) {
      --under_way;
      refused += answer ? 0 : 1;
      latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent).count());
      send(slot);
    });
  }
};

store::Task<void> prepare(store::RedisStore& store, bool& done) {
  store::Store::ShopSettings settings;
  settings.shop = "bench", settings.text = "t", settings.new_key = "k";
  if (!co_await store.apply_shop(settings)) std::exit(1);
  for (int i = 0; i < conversations; ++i) {
    const std::string id = "c" + std::to_string(i), visitor = "v" + std::to_string(i);
    store::Open open;
    open.shop = "bench", open.conversation = id, open.visitor = visitor;
    if (!co_await store.open(open)) std::exit(1);
  }
  done = true;
}

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

int main(int argc, char** argv) {
  const int in_flight = argc > 1 ? std::atoi(argv[1]) : 256;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;
  if (in_flight < 1 || in_flight > 4000 || seconds < 1) return 2;

  std::string dir = "/tmp/sb-bench-XXXXXX";
  if (!::mkdtemp(dir.data())) return 1;
  const auto report = [](store::Severity, const std::string&) {};
  int code = 1;
  {
    store::RedisServerOptions options;
    options.data = dir;
    if (argc > 3) options.appendfsync = argv[3];
    options.rewrite_wait = std::chrono::milliseconds(0);
    store::RedisServer redis(options, report);
    if (const auto started = redis.start(); !started) {
      std::fprintf(stderr, "%s\n", started.error().c_str());
    } else if (redis.wait_ready(std::chrono::seconds(60))) {
      boost::asio::io_context io(1);
      store::RedisOptions to;
      to.url = redis.url();
      store::RedisStore store(
          io.get_executor(), to, [] { return 0.5; }, report);
      store.start();
      while (!store.ready()) io.run_one();
      bool prepared = false;
      boost::asio::co_spawn(io, prepare(store, prepared), [](std::exception_ptr) {});
      while (!prepared) io.run_one();

      const double redis_before = cpu_us(redis.status().pid), own_before = cpu_us(::getpid());
      const auto begin = Clock::now();
      Loop loop{store, begin + std::chrono::seconds(seconds)};
      for (int slot = 0; slot < in_flight; ++slot) loop.send(slot);
      while (loop.under_way > 0) io.run_one();
      const double took = std::chrono::duration<double>(Clock::now() - begin).count();
      const auto count = static_cast<double>(loop.latencies_us.size());
      std::printf(
          "%d in flight: %.0f appends/s, ack p50 %.0f us, p99 %.0f us, Redis %.1f us CPU, we %.1f us CPU, %d "
          "refused\n",
          in_flight, count / took, quantile(loop.latencies_us, 0.5), quantile(loop.latencies_us, 0.99),
          (cpu_us(redis.status().pid) - redis_before) / count, (cpu_us(::getpid()) - own_before) / count,
          loop.refused);
      code = loop.refused == 0 && count > 0 ? 0 : 1;
      store.stop();
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(dir, ignored);
  return code;
}
