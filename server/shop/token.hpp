// Signed identity: JWT (RFC 7519) in the compact form of JWS (RFC 7515), alg HS256 and nothing else.
//
// Our own, on libsodium's HMAC-SHA256: Debian's libjwt (1.10) takes any algorithm that a token names unless
// each caller checks afterwards, allocates what a token says, and brings jansson beside Boost.JSON. With one
// algorithm, one size and one set of claims the whole format is a page, and the page can be read.
//
// Pure; any thread; a few microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace switchboard::shop {

enum class TokenRole : std::uint8_t { visitor, agent, supervisor };
std::string_view to_string(TokenRole);

struct Claims {
  std::string subject;  // "sub": id of the visitor or agent, 1..64 octets of [A-Za-z0-9_.@:-]
  std::string shop;     // "shop"
  TokenRole role = TokenRole::visitor;
  std::string name;                          // shown name, see valid_name; "" = none
  std::uint32_t tier = 0;                    // 0..15
  std::int64_t expires_s = 0;                // "exp", Unix seconds; required
  std::optional<std::int64_t> issued_s;      // "iat"
  std::optional<std::int64_t> not_before_s;  // "nbf"
  friend bool operator==(const Claims&, const Claims&) = default;
};

// At most 128 octets without control characters: one line, wherever it is shown.
bool valid_name(std::string_view);

// Outside there is one answer to all of them (close code 4500), but for `expired`, which is told apart only
// when the signature and everything else is right (4005: renew). The rest is for the log, which never holds
// the token itself.
enum class TokenError : std::uint8_t {
  too_long,
  malformed,        // not three parts of base64url, or not JSON objects
  wrong_algorithm,  // anything but HS256, among them none
  wrong_signature,
  wrong_claims,  // a claim is missing, of a wrong type or out of its bounds
  wrong_shop,
  wrong_audience,  // the role may not come this way
  not_yet_valid,   // nbf or iat in the future
  expired,
  signed_out,  // see TokenAuthority
};
std::string_view to_string(TokenError);

// A token may carry "aud"; then it must be this, or a list that holds this.
inline constexpr std::string_view token_audience = "switchboard";

inline constexpr std::size_t token_octets_max = 4'096;
inline constexpr std::int64_t token_skew_s = 60;         // allowed between our clock and the issuer's
inline constexpr std::size_t token_key_octets_min = 32;  // RFC 7518 section 3.2: at least as long as the hash

// Who may use the token here.
struct Audience {
  std::string_view shop;
  bool visitors = false;  // accepts role visitor
  bool agents = false;    // accepts roles agent and supervisor
};

// `key` is used as the octets of its text, as other JWT libraries do with a string: what `switchboard token`
// prints is what a shop's backend puts into its own. Empty if the claims are out of their bounds or the key
// is too short.
std::string make_token(const Claims&, std::string_view key);

// `now_s` in Unix seconds. The signature is compared in constant time and before any claim is looked at.
Result<Claims, TokenError> verify_token(std::string_view token, std::string_view key, std::int64_t now_s,
                                        const Audience&);

// 32 octets from libsodium as 43 characters of base64url.
std::string make_signing_key();

// A fresh visitor's id: 128 random bits, 22 characters of base64url. Not a secret.
std::string make_visitor_id();

}  // namespace switchboard::shop
