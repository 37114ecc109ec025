// Events as lines and back: what the desk writes to a shop's record, and what a replay reads. One line per
// event, a fixed word and then "key=value" words in a fixed order, numbers and fixed words only; what is
// absent is left out. README.md lists the words.
//
// The form is canonical: every line that is understood is the line that its event is written as, and the
// other way round for every event within the limits of ids.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "router/events.hpp"

namespace switchboard::router {

// The longest line that is looked at, in octets, and the most entries of one list in it. Far above what the
// largest policy of a shop takes.
inline constexpr std::size_t kEventLineOctetsMax = 8'192;
inline constexpr std::size_t kEventListMax = 512;

// Without a line break. Any thread.
std::string to_line(const Event& event);

// Empty: not a line that to_line writes. Takes any octets: nothing in it is trusted, no number is read beyond
// its type. Whether the ids in it exist is the router's to say. Any thread.
std::optional<Event> event_from_line(std::string_view line);

}  // namespace switchboard::router
