// What is wrong with a file that a person wrote: where, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace switchboard {

struct Problem {
  int line = 0;  // 1-based line of the file; 0 when it has no place there (a flag, something that is missing)
  std::string path;  // "agent[2].capacity": tables by name, entries of lists by their place, counted from 1
  std::string sentence;  // "must be 1..50, but is 99"
  friend bool operator==(const Problem&, const Problem&) = default;
};

// After this many problems reading goes on but nothing more is noted: a file full of rubbish makes no endless
// list.
inline constexpr std::size_t problems_max = 50;

// "shop.toml:12: agent[2].capacity: must be 1..50, but is 99", one line per problem.
std::string to_text(const std::vector<Problem>& problems, std::string_view file);

}  // namespace switchboard
