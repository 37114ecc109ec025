#include "bench/chaos/bad_system.hpp"

#include <algorithm>

namespace switchboard::chaos {

const std::vector<BadSystem>& bad_systems() {
  static const std::vector<BadSystem> all = {
      {.name = "everysec",
       .what = "Redis acknowledges before its log is on the disk",
       .caught_as = "lost",
       .appendfsync = "everysec",
       .faults = {"kill-slow-redis"}},
      {.name = "early-ack",
       .what = "Redis is said to have stored what it has not got yet",
       .caught_as = "lost",
       .lie = Lie::early_ack,
       .faults = {"kill-gateway", "cut-redis"}},
      {.name = "other-id",
       .what = "a message is stored a second time under another client id",
       .caught_as = "doubled",
       .lie = Lie::other_id,
       .faults = {"cut-lines"}},
      {.name = "silent-publish",
       .what = "three of four entries are not published",
       .caught_as = "stuck",
       .functions = {{"  redis.call('SPUBLISH', s .. 'c:' .. conv,\n    string.format(",
                      "  if seq % 4 == 1 then redis.call('SPUBLISH', s .. 'c:' .. conv,\n    string.format("},
                     {"number, #sender, #cid) .. sender .. cid .. body)\n  return seq",
                      "number, #sender, #cid) .. sender .. cid .. body) end\n  return seq"}},
       .faults = {"cut-lines"}},
      {.name = "no-capacity",
       .what = "the router believes in ten times the places, and nobody checks",
       .caught_as = "over_capacity",
       .places = 10,
       .functions = {{"if units_of(s, agent, tonumber(args[8] or UNITS)) + UNITS > UNITS * tonumber(a[3]) "
                      "then return FULL end",
                      ""}},
       .faults = {"pause-gateway", "kill-gateway"}},
      {.name = "no-fence",
       .what = "an agent may write on after her conversation has gone to somebody else",
       .caught_as = "over_capacity",
       .agents_away = 0.1,
       .functions = {{"if role == 'a' and (h[3] ~= person or h[4] ~= fence) then return NOT_YOURS end", ""},
                     {"if role == 'a' and h[1] ~= 'a' then return NOT_YOURS end", ""}},
       .faults = {"cut-lines"}},
  };
  return all;
}

const BadSystem* bad_system(std::string_view name) {
  const auto found = std::ranges::find(bad_systems(), name, &BadSystem::name);
  return found == bad_systems().end() ? nullptr : &*found;
}

}  // namespace switchboard::chaos
