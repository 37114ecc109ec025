// Where a value of the Redis protocol (RESP2 and 3) ends, and what the words of a command are. No meaning
// beyond that.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchboard::chaos {

// Octets of the first whole value; 0: more must come; npos: what stands there is no RESP.
inline constexpr std::size_t no_resp = std::string_view::npos;
std::size_t whole_value(std::string_view octets);

// The words of a command (an array of bulk strings), pointing into it. Empty: it is none.
std::vector<std::string_view> words_of(std::string_view command);
std::string command_of(const std::vector<std::string_view>& words);

}  // namespace switchboard::chaos
