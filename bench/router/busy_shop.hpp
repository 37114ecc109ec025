// A shop at work, as the router sees it: so many agents, classes and waiting, kept at that. Every event is
// timed on its own. The load of router_bench and of `switchboard-bench router`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "bench/load/histogram.hpp"
#include "router/router.hpp"

namespace switchboard::bench {

struct ShopSize {
  int agents = 6;
  int skills = 2;
  int personas = 4;
  int waiting = 10;

  // skills x wishes (any, and each persona preferred or strict) x tiers
  int classes() const { return skills * (1 + 2 * personas) * 3; }
};

// Nanoseconds; the reading of the clock is in them.
struct Meter {
  load::Histogram all;  // events
  std::array<load::Histogram, std::variant_size_v<router::Event>> by_kind;
  load::Histogram lines;  // a decision with its record as the line that a desk writes

  void record(const router::Event& event, std::int64_t ns) {
    all.record(ns);
    by_kind[event.index()].record(ns);
  }
};

// Agents have an own skill, a backup and a persona, and five places each. Of the visitors about half wish a
// persona, a quarter know an agent, an eighth have a tier. Not synchronised.
class BusyShop {
 public:
  static constexpr int kPlaces = 5;
  static constexpr router::Millis kHandling = 300'000;

  explicit BusyShop(const ShopSize& size);

  // What a moment of a shop is made of: the time passes that the shop's places need for one chat, deadlines
  // fire, a chat ends, a visitor comes; now and then one gives up, an offer is refused, a chat is parked and
  // woken. `meter` may be null.
  void turn(Meter* meter);

  // --- worst cases: each returns nanoseconds of the slowest single event. The shop goes on from there.
  std::int64_t shifts_end(int agents);      // at one instant, each with an offer that nobody has answered
  std::int64_t lines_lost(int agents);      // and every chat of theirs comes back
  std::int64_t agents_come_on(int agents);  // the same ones again
  std::int64_t policy_changes();
  // So many visitors within a second.
  void crowd_arrives(int visitors);
  // Nothing happens for so long, then one Tick for all that has come due.
  std::int64_t sleeps(router::Millis length);
  // This shop told to a new router, as after a restart; of all events together.
  std::int64_t rebuild();

  std::uint64_t events() const { return router_.events_handled(); }
  router::Counts counts() const { return router_.counts(); }
  // Empty if the router's counters equal a recount.
  std::string self_check() const { return router_.self_check(); }

 private:
  struct Chat {
    router::ConversationId conversation;
    router::AgentId agent;
  };

  std::int64_t take(const router::Event& event, Meter* meter);
  std::int64_t pass_time(router::Millis by, Meter* meter);
  router::AgentConfigured agent_of(int agent, std::optional<router::Millis> shift_end) const;
  void arrive(Meter* meter);
  void answer(Meter* meter);
  void end_chat(Meter* meter);
  void odd_moment(Meter* meter);
  std::uint64_t dice(std::uint64_t sides) { return random_() % sides; }

  const ShopSize size_;
  router::Policy policy_;
  router::Router router_;
  std::mt19937_64 random_{1};
  router::Millis now_ = 1'000'000;
  std::uint64_t next_ = 1;
  std::vector<Chat> active_;
  std::vector<Chat> offered_;
};

}  // namespace switchboard::bench
