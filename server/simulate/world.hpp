// The other side of a simulation: the virtual clock, who comes, how long chats take, who loses patience.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

enum class Outcome : std::uint8_t { waiting, served, abandoned };

struct Fate {
  Outcome outcome = Outcome::waiting;
  std::uint32_t agent = UINT32_MAX;
  const Shift* shift = nullptr;      // of the agent, when the chat began
  Millis start_ms = 0;               // of the chat
  Millis end_ms = 0;                 // of the chat, or when she left
  std::optional<router::Eta> quote;  // told on arrival to who has to wait
};

struct Run {
  std::vector<Fate> fates;  // as Trace::arrivals
  std::uint64_t events = 0;
  std::uint64_t decisions = 0;
  std::vector<std::string> illegal;  // at most kIllegalMax; what the dispatcher did that it must not
};
inline constexpr std::size_t kIllegalMax = 20;

// Plays the trace until nothing more can happen. At one instant: agent off, end of chat, agent on, arrival,
// timer, abandonment; within a kind by id, agents in roster order. `gamma`: each of an agent's n chats
// proceeds at the rate 1 / (1 + gamma (n - 1)). `progress`, if set, is called now and then with the share
// done.
Run play(const Trace& trace, Dispatcher& dispatcher, double gamma,
         const std::function<void(double)>& progress = {});

}  // namespace switchboard::simulate
