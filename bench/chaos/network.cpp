#include "bench/chaos/network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "bench/load/process.hpp"

namespace switchboard::chaos {

using boost::asio::ip::address_v4;

namespace {

// By whom a line goes in the gateway's namespace.
const char* name_of(Side side) {
  return side == Side::clients ? "clients" : "redis";
}

address_v4 address_on(Side side, int number, unsigned host) {
  return address_v4((10u << 24) | (side == Side::clients ? 1u << 16 : 2u << 16) |
                    static_cast<unsigned>(number) << 8 | host);
}

bool run(const std::vector<std::string>& command, std::optional<int> network = std::nullopt) {
  return load::output_of(command, network).has_value();
}

// Deletes what may not be there.
void clear(const std::vector<std::string>& command, std::optional<int> network = std::nullopt) {
  load::output_of(command, network, true);
}

// A classic BPF program for tc: of the IPv4 packets so many are dropped, so that neighbours are still found.
std::string drop(double share) {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  const auto below = static_cast<std::uint32_t>(std::llround(share * most));
  return "6,"
         "40 0 0 12,"          // the EtherType
         "21 0 3 2048,"        // not IPv4: pass
         "32 0 0 4294963256,"  // a random number (SKF_AD_OFF + SKF_AD_RANDOM)
         "37 1 0 " +
         std::to_string(below) +
         ","                  // above: pass
         "6 0 0 2,"           // TC_ACT_SHOT
         "6 0 0 4294967295";  // TC_ACT_UNSPEC
}

bool drop_on(const std::string& device, const char* hook, double share) {
  clear({"tc", "filter", "del", "dev", device, hook});
  return share <= 0 || run({"tc", "filter", "add", "dev", device, hook, "protocol", "all", "prio", "1", "bpf",
                            "da", "bytecode", drop(share)});
}

std::string enter() {
  if (unshare(CLONE_NEWNET) != 0) return std::string("no network namespace: ") + std::strerror(errno);
  if (!run({"ip", "link", "set", "lo", "up"})) return "no network namespace: `ip` (iproute2) cannot be run";
  if (!run({"tc", "qdisc", "add", "dev", "lo", "clsact"}) || !drop_on("lo", "ingress", 1) ||
      !drop_on("lo", "ingress", 0))
    return "no packets can be dropped: `tc` (iproute2) cannot be run, or this kernel has no clsact or "
           "cls_bpf";
  return {};
}

}  // namespace

const std::string& enter_own_network() {
  static const std::string why_not = enter();
  return why_not;
}

std::unique_ptr<Network> Network::make(int number, std::string& error) {
  int descriptor = -1;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) == 0) descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  }).join();
  if (descriptor < 0) {
    error = std::string("no network namespace: ") + std::strerror(errno);
    return nullptr;
  }
  std::unique_ptr<Network> network(new Network(number, descriptor));
  if (network->inside({"ip", "link", "set", "lo", "up"}) && network->lay(Side::clients) &&
      network->lay(Side::redis))
    return network;
  error = "a gateway's network could not be made";
  return nullptr;
}

Network::~Network() {
  close(descriptor_);
}

bool Network::inside(const std::vector<std::string>& command) const {
  return run(command, descriptor_);
}

std::string Network::our_end(Side side) const {
  return name_of(side) + std::to_string(number_);
}

bool Network::lay(Side side) {
  const auto ours = our_end(side), name = std::string(name_of(side));
  const auto there = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor_);
  return run({"ip", "link", "add", ours, "type", "veth", "peer", "name", name, "netns", there}) &&
         run({"ip", "addr", "add", our_address(side).to_string() + "/24", "dev", ours}) &&
         run({"ip", "link", "set", ours, "up"}) && run({"tc", "qdisc", "add", "dev", ours, "clsact"}) &&
         inside({"ip", "addr", "add", address(side).to_string() + "/24", "dev", name}) &&
         inside({"ip", "link", "set", name, "up"});
}

address_v4 Network::address(Side side) const {
  return address_on(side, number_, 2);
}

address_v4 Network::our_address(Side side) const {
  return address_on(side, number_, 1);
}

bool Network::trouble(Side side, PacketTrouble trouble) {
  const auto ours = our_end(side), name = std::string(name_of(side));
  const bool good = drop_on(ours, "egress", trouble.to_gateway_lost ? 1 : trouble.lost_share) &&
                    drop_on(ours, "ingress", trouble.from_gateway_lost ? 1 : trouble.lost_share);
  if (trouble.kbit_per_s == 0) {
    clear({"tc", "qdisc", "del", "dev", ours, "root"});
    clear({"tc", "qdisc", "del", "dev", name, "root"}, descriptor_);
    return good;
  }
  const auto narrow = [&](const std::string& device) {
    return std::vector<std::string>{"tc",    "qdisc", "replace",
                                    "dev",   device,  "root",
                                    "tbf",   "rate",  std::to_string(trouble.kbit_per_s) + "kbit",
                                    "burst", "4kb",   "latency",
                                    "400ms"};
  };
  return run(narrow(ours)) && inside(narrow(name)) && good;
}

}  // namespace switchboard::chaos
