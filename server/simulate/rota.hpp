// A rota in half hours: what the load asks for, shifts that cover it, and the roster that comes of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/simulate/erlang.hpp"
#include "server/simulate/trace.hpp"

namespace switchboard::simulate {

struct ShiftRules {
  std::size_t shortest = 8;  // half hours, 1 ..
  std::size_t longest = 18;  // half hours, >= shortest
  std::int32_t places = 4;   // per agent, 1 ..
};

// What a day asks for, by the half hour.
struct Need {
  std::vector<double> load;                   // chats at work if nobody ever waited (infinite-server load)
  std::vector<std::vector<double>> by_skill;  // the same by half hour and skill
  std::vector<double> places;                 // ceil(R + beta sqrt R)
};
// `gamma`: further chats slow an agent down (world.hpp); the load is that of full agents.
Need need_of(const Trace& trace, const RuleTarget& target, const ShiftRules& rules, double gamma);

struct PlannedShift {
  std::size_t from = 0;  // half hours, [from, to)
  std::size_t to = 0;
  std::uint8_t own = 0;  // skill
  std::optional<std::uint8_t> persona;

  friend auto operator<=>(const PlannedShift&, const PlannedShift&) = default;
};
using Rota = std::vector<PlannedShift>;

// Shifts within the rules that cover the need with little waste, their own skills and personas dealt by
// demand.
Rota first_rota(const Trace& trace, const Need& need, const ShiftRules& rules);

// What an agent can besides his own skill s, as a backup: nothing; s + 1, so that the skills form one chain;
// s + 1 and s + 2.
enum class Backups : std::uint8_t { none, chain, two };

// Gives the day this rota: one agent per shift, in the order of their shifts, whatever the order in `rota`. Whoever came back to an agent comes back to one of these, one
// who has her skill; which one depends on her id alone. Strict wishes: offer_what_is_there. `as_it_was`: the
// same day before any rota was put on.
void put_on(Trace& day, const Trace& as_it_was, const Rota& rota, const ShiftRules& rules, Backups backups);

// By demand: the persona most lacking among the agents of a skill.
std::optional<std::uint8_t> lacking_persona(const Trace& trace, const Rota& rota, std::uint8_t skill);

}  // namespace switchboard::simulate
