// Systems that are known to break a promise, to show that a run would notice. None of them needs a switch in
// the product: Redis is set up weaker, a line of the functions in it is replaced, or the proxy in front of it
// lies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/chaos/redis_proxy.hpp"

namespace switchboard::chaos {

struct Replacement {
  std::string_view text, by;  // in the code of the functions; `text` must stand there exactly once
};

struct BadSystem {
  std::string_view name;
  std::string_view what;       // for people
  std::string_view caught_as;  // the figure that must not be 0
  std::string_view appendfsync = "always";
  Lie lie = Lie::none;
  double agents_away = 0.02;  // of an agent's utterances behind which he is away for longer than his grace
  int places = 1;             // of each agent in the shop file, times what the judge knows
  std::vector<Replacement> functions = {};
  std::vector<std::string_view> faults = {};  // that bring it to light, instead of all
};

const std::vector<BadSystem>& bad_systems();
const BadSystem* bad_system(std::string_view name);  // null: there is none

}  // namespace switchboard::chaos
