// A gateway: the product's own worker with all that it makes, driven step by step. Killing it is destroying
// it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/config.hpp"
#include "tests/sim/redis_line.hpp"
#include "tests/sim/stream.hpp"

namespace switchboard::sim {

class Node {
 public:
  Node(Timeline&, Redis&, std::string name, Random random, const Config& config);
  ~Node();

  void start();
  void kill();                      // kill -9: no good-byes; connections break
  void pause() { paused_ = true; }  // SIGSTOP
  void resume() { paused_ = false, touched_ = true; }
  void drain(std::int64_t window_ms);                 // SIGTERM; it ends by itself
  void partition(bool from_redis);                    // from Redis, not from clients
  void set_clock(Micros off) { wall_offset_ = off; }  // of its machine: the time of day
  bool running() const { return process_ != nullptr; }
  bool paused() const { return paused_; }

  // Runs what is ready. False if there was nothing.
  bool step();
  // When it wants to be looked at next.
  Micros due() const;

  // A client's connection; nullptr if it is refused.
  std::shared_ptr<Wire> accept(std::string subprotocol, Latency latency, Wire::Ears ears);
  // The value of a counter or gauge of this process, summed over its labels; 0 if it has none of that name.
  double metric(std::string_view name) const;

  const std::string& name() const { return name_; }

 private:
  struct Process;
  void launch(std::uint64_t attempt);

  Timeline& timeline_;
  Redis& redis_;
  const std::string name_;
  Random random_;
  const Config config_;
  std::unique_ptr<Process> process_;
  std::vector<std::weak_ptr<SimStream::State>> streams_;
  std::uint64_t launches_ = 0;
  Micros wall_offset_ = 0;
  bool starting_ = false;
  bool paused_ = false;
  bool touched_ = false;
};

}  // namespace switchboard::sim
