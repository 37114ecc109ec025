// A connection's behaviour towards slow, silent and greedy peers, and towards its owner. Times are shortened
// by limits; nothing is asserted on how long anything took.
#include "server/net/connection.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "tests/net/echo_server.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"

namespace switchboard::net::testing {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr unsigned close = 0x8, ping = 0x9;

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

// Reads frames up to the Close and tells its code; 1006 if there is none.
std::uint16_t close_of(RawClient& client) {
  while (const auto frame = client.read_frame()) {
    if (frame->opcode() == close) return frame->close_code();
  }
  return 1006;
}

EchoOptions quick() {
  EchoOptions options;
  options.connection.sweep_interval = 40ms;
  return options;
}

// Sends 1 KiB messages without end until the connection is over.
asio::awaitable<void> pour(std::shared_ptr<Connection> connection) {
  const auto message = shared(std::string(1'000, 'm'));
  while (connection->send(message, Opcode::binary)) co_await pause(0ms);
}

// --- M6: slow readers ---

TEST(Connection, M6_AReaderThatStopsIsClosedAtTheOutboxLimit) {
  EchoOptions options = quick();
  std::atomic<std::size_t> most = 0;
  options.session = [&](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    const auto message = shared(std::string(1'000, 'm'));
    while (connection->send(message, Opcode::binary)) {
      most = std::max(most.load(), connection->outbox_octets());
      co_await pause(0ms);
    }
  };
  EchoServer server(std::move(options));
  RawClient client(server.port(), 4096);
  client.upgrade();
  const auto end = server.next_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 4002);
  EXPECT_LE(most, ConnectionLimits{}.outbox_octets_max);
  EXPECT_EQ(close_of(client), 4002) << "and it learns why, when it reads again";
  EXPECT_TRUE(client.at_end());
}

TEST(Connection, M6_AReaderThatStopsIsClosedWhenNothingMovesForTooLong) {
  EchoOptions options = quick();
  options.connection.outbox_stall_max = 200ms;
  options.connection.outbox_octets_max = 64 * 1024 * 1024;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    for (int i = 0; i < 10'000; ++i) connection->send(shared(std::string(1'000, 'm')), Opcode::binary);
    while (co_await connection->read()) {
    }
  };
  EchoServer server(std::move(options));
  RawClient client(server.port(), 4096);
  client.upgrade();
  EXPECT_EQ(server.next_end()->code, 4002);
}

TEST(Connection, M6_ASlowReaderDelaysNobodyElse) {
  EchoOptions options = quick();
  std::atomic<int> opened = 0;
  options.session = [&](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    if (opened++ == 0) co_await pour(connection);
    co_await echo(connection);
  };
  options.connection.outbox_octets_max = 64 * 1024 * 1024;
  EchoServer server(std::move(options));
  RawClient slow(server.port(), 4096);
  slow.upgrade();
  RawClient other(server.port());
  other.upgrade();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(other.send(client_frame(Opcode::text, std::to_string(i))));
    ASSERT_EQ(other.read_frame()->payload, std::to_string(i));
  }
}

TEST(Connection, M6_MuchWithinOneTurnIsNotHeldAgainstAQuickReader) {
  EchoOptions options;
  options.listener.kernel_unsent_octets_max = 16 * 1024 * 1024;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    for (int i = 0; i < 1'000; ++i) connection->send(shared(std::string(1'000, 'm')), Opcode::binary);
    co_await echo(connection);
  };
  EchoServer server(std::move(options));
  RawClient client(server.port(), 4 * 1024 * 1024);
  client.upgrade();
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(client.read_frame()->payload.size(), 1'000u);
}

TEST(Connection, M6_DroppableFramesGoFirstWhenTheOutboxIsHalfFull) {
  EchoOptions options = quick();
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    const std::size_t limit = connection->limits().outbox_octets_max;
    // Fills the kernel first, then half of the outbox; the peer does not read.
    while (connection->outbox_octets() <= limit / 2) {
      connection->send(shared(std::string(1'000, 'm')), Opcode::binary);
      co_await pause(0ms);
    }
    const bool typing_taken = connection->send_droppable(shared("typing"), Opcode::text);
    const bool message_taken = connection->send(shared("message"), Opcode::text);
    connection->close(!typing_taken && message_taken ? 4000 : 4499, "");
  };
  EchoServer server(std::move(options));
  RawClient client(server.port(), 4096);
  client.upgrade();
  EXPECT_EQ(server.next_end()->code, 4000);
}

TEST(Connection, M6_ASenderOfMuchCanWaitForRoom) {
  EchoOptions options;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    for (int i = 0; i < 20'000 && co_await connection->room(); ++i) {
      connection->send(shared(std::string(1'000, 'h')), Opcode::binary);
    }
  };
  EchoServer server(std::move(options));
  RawClient client(server.port(), 4096);
  client.upgrade();
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(client.read_frame());
  EXPECT_EQ(close_of(client), 1000);
}

TEST(Connection, WaitingForRoomEndsWithTheConnection) {
  EchoOptions options = quick();
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    while (co_await connection->room()) connection->send(shared(std::string(1'000, 'h')), Opcode::binary);
  };
  EchoServer server(std::move(options));
  RawClient client(server.port(), 4096);
  client.upgrade();
  ::usleep(100'000);
  client.reset();
  EXPECT_EQ(server.next_end()->code, 1006);
}

// --- heartbeat ---

TEST(Connection, PingsComeByThemselvesAndAnAnsweringPeerStays) {
  EchoOptions options = quick();
  options.connection.ping_interval = 50ms;
  options.connection.ping_jitter = 10ms;
  options.connection.silence_max = 1s;
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  const auto until = steady_clock::now() + 2s;
  int pings = 0;
  while (steady_clock::now() < until) {
    const auto frame = client.read_frame();
    ASSERT_TRUE(frame);
    ASSERT_EQ(frame->opcode(), ping);
    ++pings;
    client.send(client_frame(Opcode::pong, frame->payload));
  }
  EXPECT_GT(pings, 3);
}

TEST(Connection, ASilentPeerIsClosed) {
  EchoOptions options = quick();
  options.connection.ping_interval = 50ms;
  options.connection.silence_max = 200ms;
  options.connection.close_timeout = 100ms;
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  EXPECT_EQ(close_of(client), 4001);
  EXPECT_EQ(server.next_end()->code, 4001);
  EXPECT_TRUE(client.at_end());
}

TEST(Connection, SilenceIsNotThePeersFaultWhileItsOwnerDoesNotRead) {
  EchoOptions options = quick();
  options.connection.silence_max = 150ms;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    co_await pause(600ms);
    const auto message = co_await connection->read();
    connection->close(message ? 4000 : 4499, "");
  };
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade(client_frame(Opcode::text, "early"));
  EXPECT_EQ(close_of(client), 4000);
}

TEST(Connection, S2_AMessageThatTricklesInForeverIsCut) {
  EchoOptions options = quick();
  options.connection.message_time_max = 200ms;
  options.connection.close_timeout = 100ms;
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  const std::string frame = client_frame(Opcode::text, std::string(10'000, 't'));
  for (std::size_t i = 0; i < frame.size() && client.send(frame.substr(i, 1)); ++i) ::usleep(10'000);
  EXPECT_EQ(server.next_end()->code, 1008);
}

TEST(Connection, ADeadlineSetByTheOwnerClosesAndOneTakenBackDoesNot) {
  EchoOptions options = quick();
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    connection->set_deadline(steady_clock::now() + 100ms, 4500, "no hello");
    if (const auto first = co_await connection->read()) {
      connection->clear_deadline();
      co_await echo(connection);
    }
  };
  EchoServer server(std::move(options));
  RawClient silent(server.port());
  silent.upgrade();
  EXPECT_EQ(close_of(silent), 4500);
  RawClient quick_one(server.port());
  quick_one.upgrade(client_frame(Opcode::text, "hello"));
  ::usleep(300'000);
  quick_one.send(client_frame(Opcode::text, "still here"));
  EXPECT_EQ(quick_one.read_frame()->payload, "still here");
}

// --- floods ---

TEST(Connection, S2_AMessageFloodIsAnsweredBusyThenClosed) {
  EchoOptions options;
  options.connection.messages = {.per_s = 1, .burst = 5};
  options.connection.messages_over_rate_max = 5;
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  for (int i = 0; i < 20; ++i) client.send(client_frame(Opcode::text, "served"));
  int served = 0, busy = 0;
  auto frame = client.read_frame();
  for (; frame && frame->opcode() != close; frame = client.read_frame())
    ++(frame->payload == "busy" ? busy : served);
  EXPECT_GE(served, 5);
  EXPECT_GE(busy, 4);
  EXPECT_LE(served + busy, 15);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->close_code(), 4003);
}

TEST(Connection, S2_PingAndPongFloodsAreCut) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong}) {
    EchoOptions options;
    options.connection.controls = ConnectionLimits{}.controls;
    EchoServer server(std::move(options));
    RawClient client(server.port());
    client.upgrade();
    std::string flood;
    for (int i = 0; i < 100'000; ++i) flood += client_frame(opcode, "");
    client.send(flood);
    EXPECT_EQ(close_of(client), 4003);
  }
}

// --- the owner's side ---

TEST(Connection, CloseEndsAPendingReadAndShakesHands) {
  EchoOptions options;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](std::shared_ptr<Connection> other) -> asio::awaitable<void> {
          co_await pause(20ms);
          other->send(shared("last"), Opcode::text);
          other->close(4004, "elsewhere");
          EXPECT_FALSE(other->send(shared("too late"), Opcode::text));
        }(connection),
        asio::detached);
    const auto end = co_await connection->read();
    EXPECT_FALSE(end);
    EXPECT_TRUE(connection->ended());
  };
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  EXPECT_EQ(client.read_frame()->payload, "last");
  const auto frame = client.read_frame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload, close_payload(4004, "elsewhere"));
  client.send(client_frame(Opcode::text, "crossing") + client_frame(Opcode::close, close_payload(4004)));
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(server.next_end()->code, 4004);
}

TEST(Connection, AReadMayLoseARaceAgainstATimerAndBeTriedAgain) {
  using namespace asio::experimental::awaitable_operators;
  EchoOptions options = quick();
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    const auto first = co_await (connection->read() || pause(20ms));
    connection->send(shared(first.index() == 1 ? "timer" : "message"), Opcode::text);
    co_await echo(connection);
  };
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  EXPECT_EQ(client.read_frame()->payload, "timer");
  client.send(client_frame(Opcode::text, "and on"));
  EXPECT_EQ(client.read_frame()->payload, "and on");
}

TEST(Connection, WhatComesWhileItsOwnerIsBusyIsReadAfterwards) {
  EchoOptions options = quick();
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    while (auto message = co_await connection->read()) {
      const std::string said(message->payload);
      co_await pause(5ms);
      connection->send(shared(said), Opcode::text);
    }
  };
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  for (int i = 0; i < 100; ++i) {
    client.send(client_frame(Opcode::text, std::to_string(i)));
    ::usleep(static_cast<useconds_t>(i * 100));
  }
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_frame()->payload, std::to_string(i));
  client.shutdown_send();
  EXPECT_EQ(server.next_end()->code, 1006);
}

TEST(Connection, APeerThatNeverAnswersACloseIsCut) {
  EchoOptions options = quick();
  options.connection.close_timeout = 100ms;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    connection->close(1001, "");
    co_return;
  };
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  EXPECT_EQ(close_of(client), 1001);
  EXPECT_TRUE(client.at_end());
}

TEST(Connection, ACloseThatCameBehindUnreadMessagesIsFound) {
  EchoOptions options;
  options.connection.close_timeout = 1h;
  options.session = [](std::shared_ptr<Connection> connection) -> asio::awaitable<void> {
    co_await connection->read();
    connection->close(4000, "");
  };
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.upgrade();
  client.send(client_frame(Opcode::text, "1") + client_frame(Opcode::text, "2") +
              client_frame(Opcode::close, close_payload(1000)));
  EXPECT_EQ(close_of(client), 4000);
  EXPECT_TRUE(client.at_end());
}

TEST(Connection, AConnectionThatIsDroppedIsCutAndItsPlaceIsFree) {
  EchoServer server;
  for (int i = 0; i < 50; ++i) {
    RawClient client(server.port());
    client.upgrade(client_frame(Opcode::text, "x"));
    client.read_frame();
    i % 2 == 0 ? client.reset() : client.shutdown_send();
    server.next_end();
  }
  for (int i = 0; i < 500 && server.admission().count() != 0; ++i) ::usleep(10'000);
  EXPECT_EQ(server.admission().count(), 0u);
  server.run([&] { EXPECT_EQ(server.group().size(), 0u); });
}

TEST(Connection, AServerMayEndWithConnectionsInEveryState) {
  EchoServer server(quick());
  RawClient idle(server.port()), half(server.port()), closing(server.port()), upgrading(server.port());
  idle.upgrade();
  half.upgrade(client_frame(Opcode::text, "half", false));
  closing.upgrade(client_frame(Opcode::close, close_payload(1000)));
  upgrading.send("GET /v1/ws HT");
}

}  // namespace
}  // namespace switchboard::net::testing
