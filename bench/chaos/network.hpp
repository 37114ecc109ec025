// A gateway in a network namespace of its own, on lines that lose packets: what a proxy cannot do is keep the
// kernel from acknowledging octets that nobody will ever read, and connections from being made. Needs
// CAP_NET_ADMIN, and `ip` and `tc` of iproute2. Nothing has a name: what was made is gone with the last
// process in it, however that ended.
#pragma once

#include <boost/asio/ip/address_v4.hpp>
#include <memory>
#include <string>
#include <vector>

namespace switchboard::chaos {

// Moves the calling thread, with all threads and processes that it makes from now on, into a network that
// holds nothing but a loopback. For the main thread, before there are others; the second call says what the
// first one did. Why it cannot be, or packets cannot be dropped there; empty: done.
const std::string& enter_own_network();

enum class Side : std::uint8_t { clients, redis };

struct PacketTrouble {
  bool to_gateway_lost = false, from_gateway_lost = false;
  double lost_share = 0;    // of the packets, both ways; drawn by the kernel
  unsigned kbit_per_s = 0;  // both ways; 0: as many as it can
};

// One gateway's: a line to its clients and one to Redis, which end in the network of the thread that makes
// it.
class Network {
 public:
  // `number`: 0 to 250, no two of the same. Null: `error` says why.
  static std::unique_ptr<Network> make(int number, std::string& error);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  int descriptor() const { return descriptor_; }        // of the namespace, for load::Process
  boost::asio::ip::address_v4 address(Side) const;      // the gateway's
  boost::asio::ip::address_v4 our_address(Side) const;  // ours, which the gateway reaches
  // From now on, for connections that are there and those that come. False: tc refused.
  bool trouble(Side, PacketTrouble);

 private:
  Network(int number, int descriptor) : number_(number), descriptor_(descriptor) {}
  bool inside(const std::vector<std::string>& command) const;  // in the gateway's namespace
  bool lay(Side);
  std::string our_end(Side) const;

  const int number_;
  const int descriptor_;
};

}  // namespace switchboard::chaos
