// What a chaos run plays on: a Redis and gateways of our own, real processes, with a proxy in front of each
// gateway and one between each gateway and Redis, and everything that can be done to them.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/chaos/bad_system.hpp"
#include "bench/chaos/line_proxy.hpp"
#include "bench/chaos/network.hpp"
#include "bench/chaos/redis_proxy.hpp"
#include "bench/load/process.hpp"
#include "bench/load/socket.hpp"

namespace switchboard::shop {
struct Shop;
}

namespace switchboard::chaos {

struct StageOptions {
  std::string binary;    // `switchboard`
  std::string bad_disk;  // the library that spoils Redis's disk
  int gateways = 3;
  bool namespaces = false;  // each gateway in a network namespace of its own; enter_own_network() comes first
  bool short_waits = true;  // everything that waits waits shorter than by default
  std::vector<std::string> arguments;  // more flags for serve
  const BadSystem* bad = nullptr;
  std::uint64_t seed = 1;
};

// Processes may be started and ended by one thread at a time, which must then live as long as they (a child
// dies with the thread that made it).
class Stage {
 public:
  // Null: `error` says why. Its folder is then kept.
  static std::unique_ptr<Stage> start(const StageOptions&, const std::vector<shop::Shop>&,
                                      std::string& error);
  ~Stage();

  const std::filesystem::path& folder() const { return folder_; }
  std::string redis_socket() const { return folder_ / "redis.sock"; }
  std::string key_of(const std::string& shop) const;
  int gateways() const { return static_cast<int>(nodes_.size()); }
  // Through the proxy; the same whatever becomes of the gateway.
  load::Target target(int gateway) const;

  // --- what can be done to them
  void kill_gateway(int gateway);
  // SIGTERM, and its exit code; 128 + signal if it had to be killed.
  int drain_gateway(int gateway);
  void pause_gateway(int gateway);
  void resume_gateway(int gateway);
  // Does not wait: without Redis a gateway may take as long as Redis does, or end and want to be started
  // again. False: it cannot be started at all.
  bool start_gateway(int gateway);
  bool gateway_runs(int gateway);
  bool gateway_was_ready(int gateway);  // since it was started last
  void kill_redis();
  void pause_redis();
  void resume_redis();
  bool start_redis();
  // Takes so many octets off the end of the log of a Redis that is down, and tells whom it concerns
  // (when_cut). False: it could not be done.
  bool cut_log(std::size_t octets);
  // Called by cut_log, on its thread, while Redis cannot be reached: the number of the last event that each
  // shop has still.
  using LastEvents = std::map<std::string, std::uint32_t>;
  void when_cut(std::function<void(const LastEvents&)> tell) { when_cut_ = std::move(tell); }
  void slow_fsync(std::chrono::microseconds);
  // No room on the disk; Redis ends itself at the next write.
  void fill_disk(bool full);
  // No room in Redis; nothing is evicted.
  void fill_memory(bool full);
  // The gateway gets no further descriptor, or as many as before.
  void take_descriptors(int gateway, bool taken);
  // Ends the connections over which Redis publishes, as it does with a slow subscriber.
  void kill_subscribers();
  // Runs on the proxies' thread; returns when it is done.
  void with_line(int gateway, const std::function<void(LineProxy&)>&);
  void with_redis_link(int gateway, const std::function<void(RedisProxy&)>&);
  // Packets on the gateway's line to its clients (that is, to its proxy), or to Redis. Only with namespaces.
  bool trouble_packets(int gateway, Side, PacketTrouble);

  // What /metrics of the gateway says, asked past its clients' line; nullopt: it does not answer in time.
  std::optional<std::string> metrics(int gateway) const;

  // What the gateways that lived so far have counted of books that disagreed, of all of them together: read
  // when one is ended on purpose and, of the living, by stop().
  struct Books {
    std::uint64_t repairs = 0;      // switchboard_reconciler_repairs_total
    std::uint64_t differences = 0;  // switchboard_desk_differences_total
    std::uint64_t read = 0;         // times that a gateway's counters could be read
  };
  const Books& books() const { return books_; }

  // Ends everything in order. What did not end as it should; empty: all did.
  std::string stop();

 private:
  struct Node {
    std::optional<load::Process> process;
    std::unique_ptr<LineProxy> line;
    std::unique_ptr<RedisProxy> link;
    std::unique_ptr<Network> network;  // with namespaces
    std::string redis_url;             // of the link
    std::uint16_t port = 0;            // of the line's proxy
    std::uint16_t own_port = 0;        // of the gateway, kept over restarts
    bool ready = false;
  };

  explicit Stage(const StageOptions&);
  std::string set_up(const std::vector<shop::Shop>&);
  std::string replace_functions();
  bool set_up_lines(int gateway, std::string& error);
  boost::asio::ip::tcp::endpoint own(int gateway, Side) const;
  bool wait_ready(int gateway, std::chrono::milliseconds within);
  bool run_redis(const std::string& socket);
  bool redis_answers(const std::string& socket, std::chrono::milliseconds within);
  void look_at_books(int gateway);
  void spoil_disk(std::size_t place, std::uint32_t value);
  void on_wire(const std::function<void()>&);
  std::string path(const std::string& name) const { return folder_ / name; }

  const StageOptions options_;
  std::filesystem::path folder_;
  std::optional<load::Process> redis_;
  Books books_;
  std::function<void(const LastEvents&)> when_cut_;
  std::vector<Node> nodes_;
  std::vector<std::pair<std::string, std::string>> keys_;
  boost::asio::io_context wire_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> wire_work_;
  std::thread wire_thread_;
};

}  // namespace switchboard::chaos
