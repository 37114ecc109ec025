// The door: ports, limits, refusals, and what happens when descriptors run out.
#include "server/net/listener.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "tests/net/echo_server.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"

namespace switchboard::net::testing {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

TEST(Listener, TwoWorkersShareAPortAndAStrangerIsAClearError) {
  asio::io_context first_io, second_io;
  Metrics metrics;
  const auto admission = Admission::make({});
  const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  EXPECT_TRUE(probe_port(any));
  const auto first = Listener::open(first_io, any, admission, metrics);
  ASSERT_TRUE(first);
  const tcp::endpoint endpoint = first.value()->endpoint();
  EXPECT_NE(endpoint.port(), 0);
  EXPECT_TRUE(Listener::open(second_io, endpoint, admission, metrics));
  const auto probed = probe_port(endpoint);
  ASSERT_FALSE(probed);
  EXPECT_NE(probed.error().find("in use"), std::string::npos) << probed.error();
}

TEST(Listener, S2_TooManyFromOneAddressIs503WithRetryAfterAndOthersComeIn) {
  EchoOptions options;
  options.admission.connections_per_address_max = 2;
  EchoServer server(std::move(options));
  RawClient first(server.port()), second(server.port());
  first.upgrade();
  second.upgrade();
  RawClient third(server.port());
  third.send(RawClient::upgrade_request());
  const std::string head = third.read_head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
  EXPECT_NE(head.find("Retry-After: 5\r\n"), std::string::npos);
  EXPECT_TRUE(third.at_end());
  RawClient elsewhere(server.port(), 0, "127.0.0.9");
  elsewhere.upgrade();
}

TEST(Listener, S2_OneThatComesTooFastIs429) {
  EchoOptions options;
  options.admission.accepts_per_address = {.per_s = 0.001, .burst = 1};
  EchoServer server(std::move(options));
  RawClient first(server.port());
  first.upgrade();
  RawClient second(server.port());
  EXPECT_TRUE(second.read_head().starts_with("HTTP/1.1 429 "));
}

TEST(Listener, AStoppedDoorTakesNobodyAndKeepsThoseInside) {
  EchoServer server;
  RawClient inside(server.port());
  inside.upgrade();
  server.run([&] { server.listener().stop(); });
  inside.send(client_frame(Opcode::text, "still served"));
  EXPECT_EQ(inside.read_frame()->payload, "still served");
}

TEST(Listener, S2_WithoutDescriptorsItWaitsInsteadOfSpinningAndGoesOnAfterwards) {
  EchoServer server;
  RawClient inside(server.port());
  inside.upgrade();
  RawClient waiting(server.port());
  waiting.upgrade();

  // Uses up every descriptor but one, which a client's own end takes.
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  std::vector<int> used;
  for (int fd = ::dup(0); fd >= 0 && used.size() < 64; fd = ::dup(0)) used.push_back(fd);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(used.back()) + 1;
  setrlimit(RLIMIT_NOFILE, &low);
  ::close(used.back());
  used.pop_back();
  RawClient late(server.port());
  Counter& exhausted = server.metrics().counter("switchboard_accept_exhausted_total", "");
  for (int i = 0; i < 1'000 && exhausted.value() == 0; ++i) ::usleep(10'000);
  EXPECT_GT(exhausted.value(), 0u);
  EXPECT_LT(exhausted.value(), 1'000u);
  inside.send(client_frame(Opcode::text, "meanwhile"));
  EXPECT_EQ(inside.read_frame()->payload, "meanwhile");
  for (const int fd : used) ::close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  late.upgrade();
}

TEST(Listener, S2_WhatOneSocketThrowsShutsTheDoorForNobodyElse) {
  asio::io_context io;
  Metrics metrics;
  const auto door = Listener::open(io, {asio::ip::address_v4::loopback(), 0}, Admission::make({}), metrics);
  ASSERT_TRUE(door);
  int came = 0;
  door.value()->start([&](tcp::socket, Admission::Ticket) {
    if (++came == 1) throw std::system_error(EMFILE, std::generic_category(), "no descriptor for the first");
    door.value()->stop();
  });
  RawClient first(door.value()->endpoint().port()), second(door.value()->endpoint().port());
  io.run_for(std::chrono::seconds(10));
  EXPECT_EQ(came, 2);
  EXPECT_EQ(metrics.counter("switchboard_accept_exhausted_total", "").value(), 1u);
}

}  // namespace
}  // namespace switchboard::net::testing
