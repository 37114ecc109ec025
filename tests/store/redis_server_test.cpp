// The embedded child: what happens when we die, when it dies, when two want the same directory.
#include "server/store/redis_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "server/store/redis_child.hpp"
#include "server/store/redis_store.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

namespace switchboard::store {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::PrivateRedis;
using test::TempDir;

namespace {

// A process lives as long as it is there and no zombie (who collects an orphan's rest is not our affair).
bool lives(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return false;
  const auto end = line.rfind(')');
  return end != std::string::npos && line.at(end + 2) != 'Z';
}

bool ends(int pid, seconds limit = seconds(20)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (lives(pid) && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(milliseconds(5));
  return !lives(pid);
}

RedisServerOptions on(const fs::path& data) {
  RedisServerOptions options;
  options.data = data;
  options.memory_octets_max = 64 << 20;
  return options;
}

// redis_holder in a process of its own, with its output.
struct Holder {
  explicit Holder(const fs::path& data) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl(STORE_TEST_HOLDER, STORE_TEST_HOLDER, data.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    out = ::fdopen(ends[0], "r");
    if (std::fscanf(out, "ready %d\n", &redis) != 1) throw std::runtime_error("the holder did not start");
  }
  ~Holder() {
    kill_9();
    std::fclose(out);
  }
  // Reads acknowledgements up to the given number.
  void wait_for(unsigned number) {
    while (acknowledged < number && std::fscanf(out, "%u\n", &acknowledged) == 1) {
    }
  }
  // Kills it and reads what it still had said.
  void kill_9() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
    unsigned number = 0;
    while (std::fscanf(out, "%u\n", &number) == 1) acknowledged = number;
  }
  pid_t pid = 0;
  int redis = 0;
  unsigned acknowledged = 0;
  FILE* out = nullptr;
};

// The numbers of conversation "c" of shop "s", as they are in the log.
std::vector<std::uint32_t> stored_numbers(RedisServer& server) {
  boost::asio::io_context io;
  RedisOptions options;
  options.url = server.url();
  RedisStore store(io.get_executor(), options, test::test_random(1), test::quiet());
  store.start();
  test::run_until(io, [&] { return store.ready(); });
  std::vector<std::uint32_t> numbers;
  while (true) {
    const auto page = test::run(io, store.read("s", "c", static_cast<std::uint32_t>(numbers.size()), 200));
    if (!page || page->empty()) return numbers;
    for (const auto& entry : *page) numbers.push_back(entry.seq == numbers.size() + 1 ? entry.number : 0);
  }
}

void expect_all_acknowledged_once(const std::vector<std::uint32_t>& numbers, std::uint32_t acknowledged) {
  EXPECT_GE(numbers.size(), acknowledged);
  for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i + 1);
}

}  // namespace

TEST(RedisServer, M1_killing_the_gateway_takes_Redis_along_and_loses_nothing_acknowledged) {
  TempDir dir;
  unsigned acknowledged = 0;
  {
    Holder holder(dir / "data");
    holder.wait_for(500);
    ASSERT_TRUE(lives(holder.redis));
    holder.kill_9();
    acknowledged = holder.acknowledged;
    EXPECT_TRUE(ends(holder.redis)) << "an orphan is left";
  }
  EXPECT_GE(acknowledged, 500u);
  RedisServer again(on(dir / "data"), test::quiet());
  ASSERT_TRUE(again.start());
  ASSERT_TRUE(again.wait_ready(seconds(60)));
  expect_all_acknowledged_once(stored_numbers(again), acknowledged);
}

TEST(RedisServer, refuses_a_directory_on_which_an_orphan_still_lives_and_starts_when_it_is_gone) {
  TempDir dir;
  Holder holder(dir / "data");
  holder.wait_for(50);
  // Too busy to end with its parent. (Stopped would not do: the kernel continues a group that becomes
  // orphaned.)
  ask_socket((dir.path() / "data" / "r.sock").string(), "EVAL 'while true do end' 0", milliseconds(50));
  holder.kill_9();
  ASSERT_TRUE(lives(holder.redis));
  {
    RedisServerOptions hasty = on(dir / "data");
    hasty.lock_wait = milliseconds(50);
    RedisServer early(hasty, test::quiet());
    const auto started = early.start();
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().find("in use"), std::string::npos);
  }
  EXPECT_TRUE(lives(holder.redis));
  ::kill(holder.redis, SIGKILL);
  RedisServer next(on(dir / "data"), test::quiet());  // waits for the lock
  ASSERT_TRUE(next.start());
  EXPECT_FALSE(lives(holder.redis));
  ASSERT_TRUE(next.wait_ready(seconds(60)));
  expect_all_acknowledged_once(stored_numbers(next), holder.acknowledged);
}

TEST(RedisServer, refuses_a_directory_that_another_gateway_uses) {
  PrivateRedis first;
  RedisServerOptions hasty = on(first.data());
  hasty.lock_wait = milliseconds(50);
  RedisServer second(hasty, test::quiet());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().find(first.data().string()), std::string::npos);
  EXPECT_EQ(first.server().status().state, RedisServer::State::ready);
}

TEST(RedisServer, says_clearly_what_it_lacks) {
  TempDir dir;
  RedisServerOptions missing = on(dir / "data");
  missing.binary = "no-such-redis-server";
  EXPECT_NE(RedisServer(missing, test::quiet()).start().error().find("no-such-redis-server"),
            std::string::npos);
  const auto deep = dir.path() / std::string(60, 'a') / std::string(60, 'b');
  EXPECT_NE(RedisServer(on(deep), test::quiet()).start().error().find("107"), std::string::npos);
  std::ofstream(dir / "file") << "x";
  EXPECT_FALSE(RedisServer(on(dir.path() / "file" / "data"), test::quiet()).start());
}

TEST(RedisServer, is_started_again_when_it_dies_alone) {
  PrivateRedis redis;
  const int first = redis.pid();
  redis.kill_9();
  redis.wait_ready();
  EXPECT_NE(redis.pid(), first);
  EXPECT_EQ(redis.server().status().restarts, 1u);
}

TEST(RedisServer, stops_when_told_and_gives_the_directory_back) {
  TempDir dir;
  int pid = 0;
  {
    RedisServer server(on(dir / "data"), test::quiet());
    const auto started = server.start();
    ASSERT_TRUE(started) << (started ? "" : started.error());
    ASSERT_TRUE(server.wait_ready(seconds(60)));
    pid = server.status().pid;
    EXPECT_EQ(::getpgid(pid), pid);  // a Ctrl-C at our terminal does not reach it
    server.stop();
    EXPECT_FALSE(lives(pid));
    EXPECT_EQ(server.status().state, RedisServer::State::stopped);
  }
  struct stat info {};
  ASSERT_EQ(::stat((dir / "data").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  RedisServer next(on(dir / "data"), test::quiet());
  EXPECT_TRUE(next.start());
  EXPECT_TRUE(next.wait_ready(seconds(60)));
}

TEST(RedisServer, insists_when_Redis_does_not_end) {
  TempDir dir;
  RedisServerOptions options = on(dir / "data");
  options.stop_timeout = milliseconds(200);
  RedisServer server(options, test::quiet());
  const auto started = server.start();
  ASSERT_TRUE(started) << (started ? "" : started.error());
  ASSERT_TRUE(server.wait_ready(seconds(60)));
  const int pid = server.status().pid;
  ::kill(pid, SIGSTOP);
  server.stop();
  EXPECT_FALSE(lives(pid));
}

TEST(RedisServer, inherits_the_lock_and_no_socket_of_ours) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);  // as Asio makes them: without CLOEXEC
  PrivateRedis redis;
  const auto ours = fs::read_symlink("/proc/self/fd/" + std::to_string(pair[0]));
  bool lock = false;
  for (const auto& file : fs::directory_iterator("/proc/" + std::to_string(redis.pid()) + "/fd")) {
    std::error_code gone;
    const auto target = fs::read_symlink(file.path(), gone);
    EXPECT_NE(target, ours);
    lock = lock || target == redis.data() / "lock";
  }
  EXPECT_TRUE(lock);
  ::close(pair[0]);
  ::close(pair[1]);
}

// Fault rows 12 and 13.
class DamagedAof : public ::testing::Test {
 protected:
  DamagedAof() {
    Holder holder(dir / "data");
    holder.wait_for(200);
    holder.kill_9();
    ends(holder.redis);
    for (const auto& file : fs::directory_iterator(dir.path() / "data" / "appendonlydir"))
      if (file.path().string().ends_with(".incr.aof")) aof = file.path();
  }
  TempDir dir;
  fs::path aof;
};

// Where a length stands, or the name of a command: Redis gives up in other words.
class DamagedInTheMiddle : public DamagedAof, public ::testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(At, DamagedInTheMiddle, ::testing::Values("\r\n*", "MULTI"),
                         [](const auto& test) { return test.index == 0 ? "a_length" : "a_name"; });

TEST_P(DamagedInTheMiddle, is_named_and_left_as_it_is) {
  const auto size = fs::file_size(aof);
  {
    std::fstream file(aof, std::ios::in | std::ios::out | std::ios::binary);
    const std::string octets(std::istreambuf_iterator<char>(file), {});
    const auto at = octets.find(GetParam(), size / 2);
    ASSERT_NE(at, std::string::npos);
    file.clear();
    file.seekp(static_cast<std::streamoff>(at));
    file << "!!!";
  }
  std::string said;
  std::mutex mutex;
  RedisServerOptions options = on(dir / "data");
  options.damaged_retry = milliseconds(50);
  RedisServer server(options, [&](Severity, const std::string& text) {
    const std::lock_guard guard(mutex);
    said = text;
  });
  const auto started = server.start();
  ASSERT_TRUE(started) << (started ? "" : started.error());
  const auto until = std::chrono::steady_clock::now() + seconds(60);
  while (server.status().restarts < 2 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_GE(server.status().restarts, 2u);  // keeps trying: the operator may repair it
  server.stop();
  EXPECT_NE(said.find("damaged"), std::string::npos) << said;
  EXPECT_NE(said.find("redis-check-aof"), std::string::npos);
  EXPECT_EQ(fs::file_size(aof), size);
}

TEST_F(DamagedAof, cut_at_the_end_loads_whole_functions_only) {
  for (const int octets : {1, 90}) {
    fs::resize_file(aof, fs::file_size(aof) - static_cast<std::uintmax_t>(octets));
    RedisServer server(on(dir / "data"), test::quiet());
    const auto started = server.start();
    ASSERT_TRUE(started) << (started ? "" : started.error());
    ASSERT_TRUE(server.wait_ready(seconds(60)));
    const auto numbers = stored_numbers(server);
    EXPECT_GE(numbers.size(), 150u);
    expect_all_acknowledged_once(numbers, 0);
  }
}

}  // namespace switchboard::store
