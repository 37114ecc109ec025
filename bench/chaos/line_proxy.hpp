// Between clients and one gateway, octet for octet: a line that is slow, silent in one way or both, or cut
// after a given number of octets. What is held back is not lost: it goes on when the line heals, as TCP would
// repeat it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <random>

namespace switchboard::chaos {

enum class Way : std::uint8_t { up, down };  // to the gateway, to the client

struct LineTrouble {
  bool silent[2] = {false, false};  // by Way: nothing goes that way
  std::chrono::milliseconds delay{0}, jitter{0};
  // Each new connection is cut with a reset when so many octets have gone that way; the next one is allowed
  // one more than the one before (`sweep`), so that a run of connections is cut at every place.
  std::optional<std::size_t> cut_after[2];
};

// Everything on the io_context's one thread.
class LineProxy {
 public:
  using tcp = boost::asio::ip::tcp;

  LineProxy(boost::asio::io_context&, std::uint64_t seed);  // listens on a free port of the loopback
  ~LineProxy();
  std::uint16_t port() const { return port_; }
  void lead_to(const tcp::endpoint& gateway) { target_ = gateway; }

  void trouble(LineTrouble);  // for the connections that are there and those that come
  void heal() { trouble({}); }
  void cut_all();  // with a reset

  struct Counts {
    std::uint64_t connections = 0;
    std::uint64_t cut_at_octet[2] = {0, 0};  // by cut_after
  };
  const Counts& counts() const { return counts_; }

 private:
  class Connection;
  void accept();

  boost::asio::io_context& io_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  tcp::endpoint target_;
  std::mt19937_64 random_;
  LineTrouble trouble_;
  std::list<std::weak_ptr<Connection>> connections_;
  Counts counts_;
};

}  // namespace switchboard::chaos
