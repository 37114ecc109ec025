// Row 14 of the fault matrix: the disk is full. A Redis that must fsync every write ends; nothing that it
// acknowledged is lost, and when there is room again all goes on by itself.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "server/store/redis_store.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

namespace switchboard::store {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// A file system of so many octets, where root allows it.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) : path_(dir_ / "disk") {
    fs::create_directory(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const fs::path& path() const { return path_; }

 private:
  test::TempDir dir_;
  fs::path path_;
  bool mounted_ = false;
};

class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!disk.mounted()) GTEST_SKIP() << "mounting needs root";
    std::ofstream(disk.path() / "ballast") << std::string(1u << 20, 'x');
    RedisServerOptions options;
    options.data = disk.path() / "redis";
    options.memory_octets_max = 256 << 20;
    options.rewrite_wait = milliseconds(0);
    options.restart_max = milliseconds(200);
    server = std::make_unique<RedisServer>(options, test::quiet());
    ASSERT_TRUE(server->start());
    ASSERT_TRUE(server->wait_ready(std::chrono::seconds(60)));
    RedisOptions to;
    to.url = server->url();
    to.backoff_max = milliseconds(100);
    store = std::make_unique<RedisStore>(io.get_executor(), to, test::test_random(1), test::quiet());
    store->start();
    test::run_until(io, [&] { return store->ready(); });
    Store::ShopSettings settings;
    settings.shop = "s", settings.text = "t", settings.new_key = "k";
    ASSERT_TRUE(test::run(io, store->apply_shop(settings)));
    Open open;
    open.shop = "s", open.conversation = "c", open.visitor = "v";
    ASSERT_TRUE(test::run(io, store->open(open)));
  }
  void TearDown() override {
    if (store) store->stop();
    if (server) server->stop();
  }

  Answer<Appended> say(std::uint32_t number) {
    const std::string id = "id-" + std::to_string(number), body(20'000, 'x');
    Append a;
    a.shop = "s", a.conversation = "c", a.person = "v", a.sender = "d", a.number = number;
    a.client_id = id, a.body = body;
    std::optional<Answer<Appended>> answer;
    store->append(a, [&](Answer<Appended> got) { answer = got; });
    test::run_until(io, [&] { return answer.has_value(); });
    return *answer;
  }

  SmallDisk disk{"4m"};
  boost::asio::io_context io;
  std::unique_ptr<RedisServer> server;
  std::unique_ptr<RedisStore> store;
};

TEST_F(FullDisk, N3_M1_refuses_loses_nothing_acknowledged_and_goes_on_when_there_is_room) {
  std::uint32_t taken = 0;
  for (auto answer = say(1); answer; answer = say(taken + 1)) {
    EXPECT_EQ(answer->seq, ++taken);
    ASSERT_LT(taken, 1000u) << "the disk does not fill";
  }
  EXPECT_GT(taken, 20u);
  for (int i = 0; i < 5; ++i) {
    const auto refused = say(taken + 1);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error() == Refusal::unavailable || refused.error() == Refusal::busy);
    test::run_for(io, milliseconds(50));
  }
  fs::remove(disk.path() / "ballast");
  std::optional<Appended> back;
  test::run_until(io, [&] {
    if (const auto answer = say(taken + 1)) back = *answer;
    return back.has_value();
  });
  EXPECT_EQ(back->seq, taken + 1);
  for (std::uint32_t after = 0; after <= taken; ++after) {
    const auto one = test::run(io, store->read("s", "c", after, 1));
    ASSERT_TRUE(one && one->size() == 1u);
    EXPECT_EQ(one->front().client_id, "id-" + std::to_string(after + 1));
  }
}

}  // namespace
}  // namespace switchboard::store
