// A part of a record: from some time on. The chapter in which it begins is still told its router from the
// beginning, for nothing else leads to the state in which the part begins; but only what is in the part is
// compared and told of.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/record/reader.hpp"

namespace switchboard::replay {

inline constexpr router::Millis kFromTheBeginning = INT64_MIN;

// The time from which on the record has this many events, and those of the same millisecond.
router::Millis since_last(const record::Record&, std::uint64_t events);

// "2026-11-21 23:44:43.120" (UTC, also with T and Z, without the fraction, the seconds or the time of day),
// milliseconds since 1970, or "90s", "30m", "2h", "1d" before the last event of the record. nullopt: none of
// these.
std::optional<router::Millis> since_time(const record::Record&, std::string_view text);

// Neither it nor what follows in the chapter is in the part; it need not be replayed.
bool is_before(const record::Chapter&, router::Millis since);

}  // namespace switchboard::replay
