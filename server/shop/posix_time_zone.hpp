// The rule at the end of a time zone file (POSIX TZ string, "CET-1CEST,M3.5.0,M10.5.0/3"): what goes on after
// the last written transition.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace switchboard::shop {

// Transitions (Unix seconds, seconds east of UTC) of the years 1990..2099, ascending. A zone without summer
// time gives one, at the beginning. Empty for text that is not understood; day rules other than M are not in
// the tz database today.
std::vector<std::pair<std::int64_t, std::int64_t>> posix_transitions(std::string_view rule);

}  // namespace switchboard::shop
