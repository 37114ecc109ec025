// N1, N2: several gateways side by side under one parent, on one port, over one Redis that the parent owns.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

constexpr int processes = 3;

// The first of `count` ports in a row that nobody has at the moment; below those that the kernel gives to who
// asks for any, and not those of a test that runs beside this one.
std::uint16_t ports_in_a_row(int count) {
  boost::asio::io_context io;
  using boost::asio::ip::tcp;
  constexpr int apart = 8, ranges = 1'400;
  for (int range = ::getpid();; range += 101) {
    const int first = 21'000 + range % ranges * apart;
    bool free = true;
    for (int i = 0; i < count && free; ++i) {
      tcp::acceptor probe(io);
      probe.open(tcp::v4());
      boost::system::error_code taken;
      probe.bind({boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(first + i)}, taken);
      free = !taken;
    }
    if (free) return static_cast<std::uint16_t>(first);
  }
}

bool lives(pid_t pid) {
  return std::filesystem::exists("/proc/" + std::to_string(pid) + "/exe");
}

class Processes : public World {
 protected:
  explicit Processes(std::uint16_t own = ports_in_a_row(processes))
      : World({.shop_file = corner_shop(),
               .arguments = {"--processes=" + std::to_string(processes), "--drain.window_ms=500",
                             "--server.process_ports_from=" + std::to_string(own)},
               .threads = 1}),
        own_ports(own) {}

  // The port of one process alone; 1, 2, 3.
  std::uint16_t port_of(int process) const { return static_cast<std::uint16_t>(own_ports + process - 1); }
  pid_t pid_of(int process) const {
    for (const auto pid : load::children_named(gateway.pid(), "switchboard")) {
      std::string words;
      std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/cmdline"), words);
      std::ranges::replace(words, '\0', ' ');
      if (words.find("--process " + std::to_string(process) + " ") != std::string::npos) return pid;
    }
    return 0;
  }
  bool serves(int process) const {
    try {
      return test::http(port_of(process), "GET", "/readyz").status == 200;
    } catch (const std::exception&) {
      return false;
    }
  }
  void come_back_to(TestClient& client, int process) {
    client.connect({.port = port_of(process), .encoding = Encoding::protobuf});
    client.hello();
  }
  std::vector<pid_t> family() const {
    auto all = load::children_named(gateway.pid(), "switchboard");
    all.push_back(gateway.redis_pid());
    return all;
  }

  const std::uint16_t own_ports;
};

TEST_F(Processes, N1_AllServeOnOnePortOverOneRedisAndSayWhichTheyAre) {
  EXPECT_EQ(load::children_named(gateway.pid(), "switchboard").size(), 3u);
  for (int process = 1; process <= processes; ++process) {
    const auto metrics = test::http(port_of(process), "GET", "/metrics").body;
    EXPECT_NE(metrics.find("switchboard_process{node=\"gateway-" + std::to_string(process) + "."),
              std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("\"} " + std::to_string(process) + "\n"), std::string::npos);
  }
  // Whoever comes by the common port meets everybody else.
  auto& ann = agent("ann");
  for (const char* name : {"Vera", "Olga"}) talk(visitor(name), ann);
  check_books();
}

TEST_F(Processes, N1_AFallenOneIsStartedAgainAndTheOthersGoOn) {
  auto& ann = agent("ann");
  come_back_to(ann, 1);
  auto& vera = visitor();
  come_back_to(vera, 2);
  const auto now = talk(vera, ann);
  for (int round = 0; round < 2; ++round) {
    const auto victim = pid_of(2);
    ASSERT_GT(victim, 0);
    ::kill(victim, SIGKILL);
    vera.wait_closed();
    EXPECT_FALSE(ann.ended()) << "the others do not notice";
    come_back_to(vera, 3);
    vera.say(now.id, "still here");
    ann.text(now.id, "still here");
    ASSERT_TRUE(wait_for([&] { return pid_of(2) != 0 && pid_of(2) != victim && serves(2); }))
        << "it is started again";
    vera.cut();
    come_back_to(vera, 2);
  }
  EXPECT_NE(gateway.log().find("process 2 was ended by signal 9; started again in 200 ms"), std::string::npos)
      << "the pause doubles";
  check_books();
}

TEST_F(Processes, N2_SigtermDrainsAllAndExitsWithZero) {
  auto& ann = agent("ann");
  come_back_to(ann, 1);
  auto& vera = visitor();
  come_back_to(vera, 3);
  const auto everybody = family();
  gateway.terminate();
  EXPECT_LE(ann.next<Reconnect>().after_ms, 500u);
  EXPECT_LE(vera.next<Reconnect>().after_ms, 500u);
  EXPECT_EQ(ann.wait_closed(), 1012);
  EXPECT_EQ(vera.wait_closed(), 1012);
  EXPECT_EQ(gateway.wait_for_end(15s), 0);
  for (const auto pid : everybody) EXPECT_FALSE(lives(pid)) << pid;
}

TEST_F(Processes, N2_TheSecondSigtermEndsAllAtOnce) {
  auto& vera = visitor();
  come_back_to(vera, 1);
  const auto everybody = family();
  const auto second = pid_of(2);
  ASSERT_GT(second, 0);
  ::kill(second, SIGSTOP);  // this one would hold up a drain
  gateway.terminate();
  vera.next<Reconnect>();
  gateway.terminate();
  EXPECT_EQ(gateway.wait_for_end(3s), 0);
  for (const auto pid : everybody) EXPECT_TRUE(wait_for([&] { return !lives(pid); })) << pid;
}

TEST_F(Processes, N1_NothingIsLeftRunningWhenTheParentIsKilledAndNothingAcknowledgedIsLost) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  const auto ack = vera.say(now.id, "the last words");
  const auto everybody = family();
  ASSERT_EQ(everybody.size(), 4u);
  gateway.kill_9();
  for (const auto pid : everybody) EXPECT_TRUE(wait_for([&] { return !lives(pid); })) << pid;
  vera.wait_closed();
  ann.wait_closed();
  gateway.start();
  come_back(ann);
  come_back(vera);
  EXPECT_EQ(stored_log(now.id).at(ack.seq - 1).client_id, ack.client_id);
  ann.text(now.id, "the last words");
}

TEST_F(Processes, N1_OneThatCannotStartIsTheEndOfTheStart) {
  // Its own port is taken by the family that runs already.
  test::Gateway second(
      roomy({.shop_file = corner_shop(),
             .arguments = {"--processes=2", "--server.process_ports_from=" + std::to_string(own_ports)},
             .threads = 1}));
  EXPECT_ANY_THROW(second.start());
  EXPECT_EQ(second.wait_for_end(15s), 1);
}

}  // namespace
}  // namespace switchboard::e2e
