// All WebSocket connections of one worker, and what they share: the read buffer, the flush at the end of a
// turn of the loop, the sweep that keeps their time.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "server/base/metrics.hpp"
#include "server/net/frame.hpp"
#include "server/net/token_bucket.hpp"

namespace switchboard::net {

class Connection;

// Per connection. Durations are judged by the sweep, hence up to one sweep_interval late.
struct ConnectionLimits {
  FrameLimits frame;
  std::size_t outbox_octets_max = 256 * 1024;  // queued, headers included; over it: 4002
  std::chrono::milliseconds outbox_stall_max{
      15'000};  // queued and no octet taken by the kernel for so long: 4002
  std::chrono::milliseconds ping_interval{20'000};
  std::chrono::milliseconds ping_jitter{5'000};   // each interval is shorter by a random part of this
  std::chrono::milliseconds silence_max{45'000};  // nothing heard: 4001
  std::chrono::milliseconds message_time_max{
      30'000};  // from a message's (or frame's) first octet to its last: 1008
  std::chrono::milliseconds close_timeout{5'000};   // for the closing handshake, then TCP is cut
  RateLimit messages{10, 30};                       // over it: Message::over_rate
  double messages_over_rate_max = 30;               // that far over it: 4003
  RateLimit controls{2, 20};                        // pings and pongs; over it: 4003
  std::chrono::milliseconds sweep_interval{1'000};  // how often each connection is looked at
};

// Its thread is the worker's. Connections hold it; it must be let go before the io_context is destroyed,
// which happens by itself when the io_context is declared first.
class ConnectionGroup : public std::enable_shared_from_this<ConnectionGroup> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Needs {
    boost::asio::io_context& io;            // runs on one thread
    Metrics& metrics;                       // outlives the group
    std::function<std::uint32_t()> random;  // uniform; called on the worker's thread
    std::function<TimePoint()> now = [] { return std::chrono::steady_clock::now(); };
  };

  static std::shared_ptr<ConnectionGroup> make(Needs needs, const ConnectionLimits& limits = {});
  ~ConnectionGroup();

  const ConnectionLimits& limits() const noexcept { return limits_; }

  // Connections alive on this worker, those that are closing included.
  std::size_t size() const noexcept { return size_; }

  // Closes all (RFC 6455 code, e.g. close_code::restarting); each owner's pending read() returns the end.
  void close_all(std::uint16_t code, std::string_view reason);

 private:
  friend class Connection;

  // A sweep looks at one slice after the other, so that neither sweeping nor pinging comes in bursts.
  static constexpr std::size_t slices = 8;
  static constexpr std::size_t read_buffer_octets = 64 * 1024;

  // Lists that a member leaves by itself when it is destroyed.
  struct MarkedTag;
  struct MemberTag;
  template <class Tag>
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::tag<Tag>,
                                                boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  struct Marked : Hook<MarkedTag> {};
  struct Member : Hook<MemberTag> {};
  using MarkedList = boost::intrusive::list<Marked, boost::intrusive::base_hook<Hook<MarkedTag>>,
                                            boost::intrusive::constant_time_size<false>>;
  using MemberList = boost::intrusive::list<Member, boost::intrusive::base_hook<Hook<MemberTag>>,
                                            boost::intrusive::constant_time_size<false>>;

  ConnectionGroup(Needs needs, const ConnectionLimits& limits);

  void join(Connection& connection);
  void leave() noexcept;
  void mark_for_flush(Connection& connection);
  void flush_marked();
  void wait_for_sweep();
  void sweep_next_slice();
  TimePoint now() const { return needs_.now(); }
  std::uint32_t random() { return needs_.random(); }

  // Counted over all connections and workers.
  struct Counters {
    explicit Counters(Metrics& metrics);
    Gauge& connections;
    Counter &messages_in, &octets_in, &messages_out, &octets_out, &reads, &writes, &dropped;
    Counter &closed_too_slow, &closed_no_heartbeat, &closed_too_many_messages, &closed_protocol,
        &closed_other;
    void count_close(std::uint16_t code) noexcept;
  };

  Needs needs_;
  ConnectionLimits limits_;
  Counters counters_;
  std::vector<char> read_buffer_;
  MarkedList marked_;
  std::array<MemberList, slices> members_;
  std::size_t next_slice_ = 0;  // for joining
  std::size_t sweep_slice_ = 0;
  std::size_t size_ = 0;
  bool flush_posted_ = false;
  bool sweeping_ = false;
};

}  // namespace switchboard::net
