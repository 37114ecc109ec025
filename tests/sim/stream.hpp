// Both ends of a simulated connection between a client and a gateway: a net::Stream for the gateway,
// callbacks for the client.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "server/net/stream.hpp"
#include "tests/sim/pipe.hpp"

namespace switchboard::sim {

// The client's end.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  struct Ears {
    std::function<void(std::string)> octets;
    std::function<void()> ended;
  };

  void send(std::string octets) {
    if (to_server) to_server->send(std::move(octets));
  }
  // The client goes without a word; what it sent still arrives.
  void hang_up() {
    if (to_server) to_server->end();
    if (to_client) to_client->forget();
  }
  // The line breaks under both.
  void cut() {
    to_server->cut();
    to_client->cut();
  }
  // Nothing passes in this direction, and nobody is told.
  void hold(bool up, bool down) {
    to_server->hold(up);
    to_client->hold(down);
  }
  // The client does not take what comes: the gateway's window fills.
  void set_reading(bool reading);

  std::shared_ptr<Pipe> to_server, to_client;
  Ears ears;
  bool reading = true;
  std::string unread;              // arrived and not taken
  std::function<void()> on_taken;  // the gateway's window has room again
};

// The gateway's end. What arrives is put in by the timeline; whoever waits in the gateway is woken in its own
// loop.
class SimStream final : public net::Stream {
 public:
  struct State;

  SimStream(std::shared_ptr<State> state);
  ~SimStream() override;

  Moved read_some(std::span<char> into) noexcept override;
  Moved write_some(std::span<const iovec> pieces) noexcept override;
  bool may_be_readable() const noexcept override;
  boost::asio::awaitable<void> wait_readable() override;
  void when_readable(std::function<void()> then) override;
  void when_writable(std::function<void()> then) override;
  void cancel() noexcept override;
  void shutdown_send() noexcept override;
  void close() noexcept override;

 private:
  std::shared_ptr<State> state_;
};

// Octets that the gateway may have under way to one client, as the buffers of two kernels allow.
inline constexpr std::size_t window_octets = 128 * 1024;

struct SimStream::State : std::enable_shared_from_this<SimStream::State> {
  State(const boost::asio::any_io_executor& on, std::function<void()> wake)
      : executor(on), woken(on, boost::asio::steady_timer::time_point::max()), touched(std::move(wake)) {}

  // From the timeline.
  void arrived(std::string octets);
  void ended();
  void has_room();
  // The gateway is gone: lets go of everyone who waits, without waking them.
  void abandon();

  void wake_reader();
  void wake_writer();

  boost::asio::any_io_executor executor;
  boost::asio::steady_timer woken;
  std::function<void()> touched;
  std::function<void()> reader, writer;
  std::shared_ptr<Wire> wire;
  std::string in;
  bool peer_ended = false;
  bool closed = false;
  bool abandoned = false;
};

// Makes both ends. `executor` is the gateway's.
struct Connected {
  std::shared_ptr<Wire> wire;
  std::shared_ptr<SimStream::State> state;
};
Connected connect_ends(Timeline&, Random&, Latency, const boost::asio::any_io_executor& executor,
                       std::function<void()> touched, Wire::Ears ears);

}  // namespace switchboard::sim
