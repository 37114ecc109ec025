// Why this agent: everything that happened to one conversation, with the record of each decision as a table
// (2.13).
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "server/record/reader.hpp"
#include "server/replay/window.hpp"

namespace switchboard::replay {

// Replays the record and tells what concerned the conversation of this id (or number), for an operator. Empty
// if the record does not know it.
std::string why(const record::Record&, std::string_view conversation,
                router::Millis since = kFromTheBeginning);

// "2026-11-21 23:44:43.120", UTC.
std::string shown_time(router::Millis time);

}  // namespace switchboard::replay
