// What a shop takes as proof of who somebody is: a token signed with its key, or for a while with the key
// before, of somebody who has not been signed out since. The one place where that is decided, when somebody
// comes and whenever something about it changes.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/shop/token.hpp"

namespace switchboard::shop {

// "v:<visitor>" or "a:<agent>": under which somebody is signed out. Visitors and agents may have like ids.
std::string identity_of(TokenRole role, std::string_view subject);

struct TokenAuthority {
  std::string key;                                             // signs, and is taken
  std::string former_key;                                      // is still taken; empty if none
  std::unordered_map<std::string, std::int64_t> signed_out_s;  // by identity: Unix seconds

  // Everything that verify_token refuses, and signed_out: issued ("iat") before its owner was signed out, or
  // without saying when.
  [[nodiscard]] Result<Claims, TokenError> verify(std::string_view token, std::int64_t now_s,
                                                  const Audience& audience) const;
};

}  // namespace switchboard::shop
