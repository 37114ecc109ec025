// The line between client and gateway does what it is told to, octet for octet.
#include "bench/chaos/line_proxy.hpp"

#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "tests/support/run.hpp"

namespace switchboard::chaos {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

// A client, a proxy and what it leads to, on one thread that the test turns by hand.
class LineProxyTest : public testing::Test {
 protected:
  LineProxyTest() : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), proxy(io, 1) {
    proxy.lead_to(acceptor.local_endpoint());
  }

  void connect() {
    client = tcp::socket(io);
    gateway = tcp::socket(io);
    bool accepted = false;
    acceptor.async_accept(gateway, [&](auto) { accepted = true; });
    client.connect({asio::ip::address_v4::loopback(), proxy.port()});
    test::run_until(io, [&] { return accepted; });
  }
  // All that has come and, if nothing more will, the end.
  std::string come(tcp::socket& at, bool& over) {
    at.non_blocking(true);
    std::string all;
    char octets[4096];
    boost::system::error_code error;
    while (true) {
      const auto got = at.read_some(asio::buffer(octets), error);
      if (error) break;
      all.append(octets, got);
    }
    over = error != asio::error::would_block;
    return all;
  }
  std::string read_until(tcp::socket& at, std::size_t octets, bool& over) {
    std::string all;
    over = false;
    test::run_until(io, [&] {
      all += come(at, over);
      return over || all.size() >= octets;
    });
    return all;
  }

  asio::io_context io;
  tcp::acceptor acceptor;
  LineProxy proxy;
  tcp::socket client{io}, gateway{io};
  bool ended = false;
};

TEST_F(LineProxyTest, hands_on_what_comes_both_ways) {
  connect();
  asio::write(client, asio::buffer(std::string("up")));
  asio::write(gateway, asio::buffer(std::string("down")));
  EXPECT_EQ(read_until(gateway, 2, ended), "up");
  EXPECT_EQ(read_until(client, 4, ended), "down");
  EXPECT_FALSE(ended);
}

TEST_F(LineProxyTest, cuts_each_new_line_one_octet_later_than_the_one_before) {
  LineTrouble trouble;
  trouble.cut_after[static_cast<int>(Way::up)] = 3;
  proxy.trouble(trouble);
  for (std::size_t n = 3; n < 6; ++n) {
    connect();
    asio::write(client, asio::buffer(std::string("abcdefgh")));
    std::string got;
    test::run_until(io, [&] {
      got += come(gateway, ended);
      return ended;
    });
    // A reset may overtake what was sent before it, but nothing beyond the cut ever comes.
    EXPECT_LE(got.size(), n);
    EXPECT_EQ(got, std::string("abcdefgh").substr(0, got.size()));
  }
  EXPECT_EQ(proxy.counts().cut_at_octet[static_cast<int>(Way::up)], 3u);
}

TEST_F(LineProxyTest, is_silent_one_way_and_goes_on_where_it_was_when_healed) {
  connect();
  proxy.trouble({.silent = {false, true}});
  asio::write(gateway, asio::buffer(std::string("down")));
  asio::write(client, asio::buffer(std::string("up")));
  EXPECT_EQ(read_until(gateway, 2, ended), "up");
  test::run_for(io, 50ms);
  EXPECT_EQ(come(client, ended), "");
  EXPECT_FALSE(ended) << "a silent line stays open";
  proxy.heal();
  EXPECT_EQ(read_until(client, 4, ended), "down");
}

TEST_F(LineProxyTest, keeps_the_order_however_long_each_piece_takes) {
  proxy.trouble({.delay = 1ms, .jitter = 20ms});
  connect();
  std::string said;
  for (int i = 0; i < 40; ++i) {
    const auto piece = std::to_string(i) + ",";
    said += piece;
    asio::write(client, asio::buffer(piece));
    test::run_for(io, 1ms);
  }
  EXPECT_EQ(read_until(gateway, said.size(), ended), said);
}

TEST_F(LineProxyTest, a_gateway_that_is_not_there_is_a_line_that_breaks) {
  acceptor.close();
  client.connect({asio::ip::address_v4::loopback(), proxy.port()});
  test::run_until(io, [&] {
    come(client, ended);
    return ended;
  });
}

}  // namespace
}  // namespace switchboard::chaos
