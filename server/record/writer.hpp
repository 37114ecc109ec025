// The text of a shop's record, line by line. README.md beside this says what the lines mean; reader.hpp reads
// them.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "router/decisions.hpp"
#include "router/events.hpp"
#include "router/policy.hpp"

namespace switchboard::record {

// First line of a file; in Redis the key says the shop.
std::string head_line(std::string_view shop);
// Between the pages of a file; in Redis they are entries of a stream.
std::string page_line(std::uint64_t epoch, std::uint64_t number);

// Each of the following appends one line with its break to `text`.

// A chapter begins: from here on everything can be replayed. `why`: one word, for people ("leads", "grown").
void add_chapter(std::string& text, router::Millis time, std::string_view why);
// The names behind the router's numbers. `kind`: "skill", "persona", "agent" or "conversation". Octets that
// would break a line stand as %XX.
void add_name(std::string& text, std::string_view kind, std::uint64_t number, std::string_view name);
void add_event(std::string& text, router::Millis now, const router::Event& event);
void add_decision(std::string& text, const router::Decision& decision);
// The chapter ends in good order: nothing of it is missing.
void add_end(std::string& text);

}  // namespace switchboard::record
