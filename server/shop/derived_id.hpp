// Ids that the same words always give.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace switchboard::shop {

// 128 bits of BLAKE2b over the words, each with its length before it, as 22 characters of base64url. Who does
// not know the words cannot make it. Pure; any thread.
std::string derived_id(std::initializer_list<std::string_view> words);

}  // namespace switchboard::shop
