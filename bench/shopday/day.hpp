// What everybody in a simulated day shares: the clock of the trace, the shop, the history that the checker
// will judge, and the tally that becomes the table.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/check/history.hpp"
#include "bench/check/recorder.hpp"
#include "bench/load/client.hpp"
#include "bench/load/gateway.hpp"
#include "bench/load/histogram.hpp"
#include "bench/shopday/schedule.hpp"
#include "bench/shopday/trace.hpp"

namespace switchboard::shopday {

using load::Clock;

struct DaySetting {
  std::string shop;
  double speed = 60;
  std::uint64_t seed = 1;
  double repeat_share = 0.05;       // of all sends, sent once more after their acknowledgement
  double visitor_line_loss = 0.10;  // of chats in which the visitor's line breaks once
  double agent_line_loss = 0.002;   // of an agent's utterances behind which his line breaks
  double agent_away = 0;            // of an agent's utterances behind which he is away, up to agent_away_max
  std::chrono::milliseconds agent_away_max{0};
  std::chrono::milliseconds lead{1500};  // people are on the page, or at their desk, before they are needed
  bool may_vanish = false;   // the store may lose a conversation's opening, and tell that it is not there
  std::string mark;          // at the end of everything that is said
  std::string foreign_mark;  // of another shop: whoever gets it got what is not hers; empty: none
  std::chrono::milliseconds retry_max{30'000}, silence_max{30'000};  // of every client
  std::function<load::Target()> choose_target;                       // of every client; empty: the gateway's
};

// How a chat will go, drawn when its visitor arrives.
struct Plan {
  struct Utterance {
    double share = 0;  // of the chat's length, when it is said
    bool by_shopper = true;
    std::string text;
  };
  std::int64_t handle_ms = 0;  // trace time, at speed_pm 1000
  std::string question;        // what she writes while she waits
  std::vector<Utterance> utterances;
  bool agent_closes = true;
  double line_breaks_at = -1;  // share of the chat's length; < 0: never
};

struct Tally {
  load::Histogram ack_us, delivery_us;
  load::Histogram wait_us, wait_served_us;  // of real time; everybody, and those who were served
  std::uint64_t arrived = 0, served = 0, abandoned = 0, waiting_at_end = 0;
  std::uint64_t asked_persona = 0, got_persona = 0;
  std::uint64_t had_last_agent = 0, got_last_agent = 0;
  std::uint64_t own_skill = 0;
  std::uint64_t acknowledged = 0, repeats = 0, refused = 0, resets = 0, entries = 0, lines_broken = 0;
  std::uint64_t waiting_now = 0, talking_now = 0;
  std::map<std::uint16_t, std::uint64_t>
      ends;  // of connections, by close code, but for lines we broke ourselves
};

// Who is talked to.
struct Server {
  load::Target target;
  std::string key;           // of the shop
  std::string redis_socket;  // of its Redis; empty: not within reach
};

class Day {
 public:
  Day(load::Wire&, Server, const Trace&, DaySetting);

  // The first moment of the trace, and any other.
  void begin(Clock::time_point start) { start_ = start; }
  Clock::time_point at(std::int64_t trace_ms) const { return start_ + scaled(trace_ms); }
  std::chrono::nanoseconds scaled(std::int64_t trace_ms) const {
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(trace_ms) * 1e6 / setting.speed));
  }
  std::int64_t trace_now_ms() const;

  Plan plan_for(const Arrival&) const;
  // When the chat began: its agent's offer, or now if that was not seen.
  Clock::time_point began(const std::string& conversation) const {
    const auto seen = offered_at.find(conversation);
    return seen == offered_at.end() ? Clock::now() : seen->second;
  }
  // By which an agent stretches a chat: 1000 / speed_pm.
  double pace_of(const std::string& agent) const;
  bool chance(double share) { return std::bernoulli_distribution(share)(random); }

  load::Wire& wire;
  const Server server;
  const Trace& trace;
  const DaySetting setting;
  Schedule schedule;
  std::mt19937_64 random;
  check::History history;
  check::Recorder record{history};
  Tally tally;
  // By visitor id: her chat's plan, for the agent who gets her.
  std::unordered_map<std::string, std::shared_ptr<const Plan>> plans;
  // By conversation: when its agent saw the offer. There her chat begins: that is when its place was taken.
  std::unordered_map<std::string, Clock::time_point> offered_at;
  // By client id: when a message was due, until the other side has it.
  std::unordered_map<std::string, Clock::time_point> on_its_way;

 private:
  std::unordered_map<std::string, double> pace_;
  Clock::time_point start_;
};

}  // namespace switchboard::shopday
