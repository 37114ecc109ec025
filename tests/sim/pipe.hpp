// One direction of a connection: octets leave, and arrive later in the same order, unless the connection is
// cut.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "tests/sim/random.hpp"
#include "tests/sim/timeline.hpp"

namespace switchboard::sim {

struct Latency {
  Micros least = 50;
  Micros most = 500;
};

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  // `deliver` gets what arrives, `ended` the end, once. Both are called by the timeline, never from inside a
  // call here.
  Pipe(Timeline& timeline, Random random, Latency latency, std::function<void(std::string)> deliver,
       std::function<void()> ended)
      : timeline_(timeline),
        random_(random),
        latency_(latency),
        deliver_(std::move(deliver)),
        ended_(std::move(ended)) {}

  void send(std::string octets) {
    if (ending_ || octets.empty()) return;
    octets_ += octets.size();
    leave(std::move(octets));
  }
  // Nothing more is sent; what is under way arrives, then the end.
  void end() {
    if (std::exchange(ending_, true)) return;
    leave({});
  }
  // The connection breaks: of what is under way only the first octets arrive, any number of them, then the
  // end.
  void cut() {
    if (cut_) return;
    cut_ = ending_ = true;
    std::string left;
    for (const auto& flight : flights_) left += flight.octets;
    left.resize(random_.chance(0.5) ? left.size() : random_.below(left.size() + 1));
    octets_ = left.size();
    flights_.clear();
    ++generation_;
    held_ = false;
    if (!left.empty()) leave(std::move(left));
    leave({});
  }
  // While held, nothing arrives and nothing is lost: packets go nowhere, and are sent again when they can
  // pass.
  void hold(bool held) {
    if (held_ == held || cut_) return;
    held_ = held;
    if (held) return;
    ++generation_;
    auto waiting = std::exchange(flights_, {});
    last_arrival_ = now();
    for (auto& flight : waiting) leave(std::move(flight.octets));
  }
  // Whoever was to get it is gone.
  void forget() {
    deliver_ = nullptr;
    ended_ = nullptr;
  }

  std::size_t in_flight() const { return octets_; }
  bool ending() const { return ending_; }

 private:
  struct Flight {
    std::string octets;  // empty: the end
  };

  void leave(std::string octets) {
    flights_.push_back({std::move(octets)});
    if (held_) return;
    last_arrival_ = std::max(last_arrival_, now() + random_.between(latency_.least, latency_.most));
    timeline_.at(last_arrival_, [weak = weak_from_this(), generation = generation_] {
      if (const auto self = weak.lock()) self->arrive(generation);
    });
  }

  void arrive(std::uint64_t generation) {
    if (generation != generation_ || held_ || flights_.empty()) return;
    const auto self = shared_from_this();
    auto flight = std::move(flights_.front());
    flights_.pop_front();
    octets_ -= flight.octets.size();
    if (!flight.octets.empty()) {
      timeline_.note(flight.octets);
      if (const auto deliver = deliver_) deliver(std::move(flight.octets));
    } else if (const auto ended = std::exchange(ended_, nullptr)) {
      ended();
    }
  }

  Timeline& timeline_;
  Random random_;
  const Latency latency_;
  std::function<void(std::string)> deliver_;
  std::function<void()> ended_;
  std::deque<Flight> flights_;
  std::size_t octets_ = 0;
  Micros last_arrival_ = 0;
  std::uint64_t generation_ = 0;  // arrivals that were planned before a cut or a release are void
  bool ending_ = false;
  bool cut_ = false;
  bool held_ = false;
};

}  // namespace switchboard::sim
