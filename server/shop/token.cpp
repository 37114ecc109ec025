#include "server/shop/token.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "server/shop/base64url.hpp"
#include "server/shop/random.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::shop {
namespace {

namespace json = boost::json;

constexpr std::size_t subject_octets_max = 64;
constexpr std::size_t name_octets_max = 128;
constexpr std::uint32_t tier_max = 15;
constexpr double time_max_s = 253'402'300'799;  // the end of the year 9999
constexpr std::string_view header_text = R"({"alg":"HS256","typ":"JWT"})";

using Signature = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Signature sign(std::string_view text, std::string_view key) {
  crypto_auth_hmacsha256_state state;  // the streaming form takes keys of any length
  Signature signature;
  crypto_auth_hmacsha256_init(&state, octets_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, octets_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, signature.data());
  sodium_memzero(&state, sizeof state);
  return signature;
}

bool valid_subject(std::string_view subject) {
  return !subject.empty() && subject.size() <= subject_octets_max &&
         std::all_of(subject.begin(), subject.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_.@:-").find(c) != std::string_view::npos;
         });
}

std::optional<json::object> parse_object(std::string_view base64) {
  const auto text = from_base64url(base64);
  if (!text) return std::nullopt;
  json::parse_options options;
  options.max_depth = 4;
  json::error_code error;
  json::value value = json::parse(*text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

// RFC 7519 NumericDate: seconds, possibly with a fraction. Absent is fine, anything odd is not.
bool read_time(const json::object& claims, std::string_view key, std::optional<std::int64_t>& time) {
  const json::value* value = claims.if_contains(key);
  if (!value) return true;
  double seconds = -1;
  if (value->is_int64()) seconds = static_cast<double>(value->as_int64());
  if (value->is_uint64()) seconds = static_cast<double>(value->as_uint64());
  if (value->is_double()) seconds = value->as_double();
  if (!(seconds >= 0 && seconds <= time_max_s)) return false;  // also NaN
  time = static_cast<std::int64_t>(std::floor(seconds));
  return true;
}

bool read_text(const json::object& claims, std::string_view key, std::string& text) {
  const json::value* value = claims.if_contains(key);
  if (!value) return true;
  if (!value->is_string()) return false;
  text = std::string_view(value->get_string());
  return true;
}

bool read_role(const json::object& claims, TokenRole& role) {
  std::string text;
  if (!read_text(claims, "role", text)) return false;
  for (const TokenRole known : {TokenRole::visitor, TokenRole::agent, TokenRole::supervisor}) {
    if (to_string(known) != text) continue;
    role = known;
    return true;
  }
  return false;
}

bool read_tier(const json::object& claims, std::uint32_t& tier) {
  const json::value* value = claims.if_contains("tier");
  if (!value) return true;
  if (!value->is_int64() || value->as_int64() < 0 || value->as_int64() > tier_max) return false;
  tier = static_cast<std::uint32_t>(value->as_int64());
  return true;
}

std::optional<Claims> read_claims(const json::object& object) {
  Claims claims;
  std::optional<std::int64_t> expires;
  const bool good = read_text(object, "sub", claims.subject) && valid_subject(claims.subject) &&
                    read_text(object, "shop", claims.shop) && valid_id(claims.shop) &&
                    read_role(object, claims.role) && read_text(object, "name", claims.name) &&
                    valid_name(claims.name) && read_tier(object, claims.tier) &&
                    read_time(object, "exp", expires) && read_time(object, "iat", claims.issued_s) &&
                    read_time(object, "nbf", claims.not_before_s);
  if (!good || !expires) return std::nullopt;
  claims.expires_s = *expires;
  return claims;
}

// RFC 7519 section 4.1.3: a token that names audiences must name us.
bool audience_names_us(const json::object& claims) {
  const json::value* audience = claims.if_contains("aud");
  if (!audience) return true;
  if (audience->is_string()) return std::string_view(audience->get_string()) == token_audience;
  if (!audience->is_array()) return false;
  const auto& all = audience->get_array();
  return std::any_of(all.begin(), all.end(), [](const json::value& one) {
    return one.is_string() && std::string_view(one.get_string()) == token_audience;
  });
}

bool header_is_ours(const json::object& header) {
  const json::value* algorithm = header.if_contains("alg");
  // `crit` lists extensions that must be understood (RFC 7515 section 4.1.11): we understand none.
  return algorithm && algorithm->is_string() && std::string_view(algorithm->get_string()) == "HS256" &&
         !header.contains("crit");
}

bool signed_with(std::string_view key, std::string_view text, std::string_view signature_base64) {
  const auto given = from_base64url(signature_base64);
  const Signature right = sign(text, key);
  return given && given->size() == right.size() &&
         sodium_memcmp(given->data(), right.data(), right.size()) == 0;
}

// What is right in itself, judged at this moment and this door.
std::optional<TokenError> judge(const Claims& claims, std::int64_t now_s, const Audience& audience) {
  if (claims.shop != audience.shop) return TokenError::wrong_shop;
  if (!(claims.role == TokenRole::visitor ? audience.visitors : audience.agents))
    return TokenError::wrong_audience;
  if (claims.not_before_s && *claims.not_before_s > now_s + token_skew_s) return TokenError::not_yet_valid;
  if (claims.issued_s && *claims.issued_s > now_s + token_skew_s) return TokenError::not_yet_valid;
  if (claims.expires_s + token_skew_s <= now_s) return TokenError::expired;
  return std::nullopt;
}

}  // namespace

bool valid_name(std::string_view name) {
  return name.size() <= name_octets_max && std::none_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

std::string_view to_string(TokenRole role) {
  switch (role) {
    case TokenRole::visitor:
      return "visitor";
    case TokenRole::agent:
      return "agent";
    case TokenRole::supervisor:
      return "supervisor";
  }
  return {};
}

std::string_view to_string(TokenError error) {
  switch (error) {
    case TokenError::too_long:
      return "too long";
    case TokenError::malformed:
      return "malformed";
    case TokenError::wrong_algorithm:
      return "wrong algorithm";
    case TokenError::wrong_signature:
      return "wrong signature";
    case TokenError::wrong_claims:
      return "wrong claims";
    case TokenError::wrong_shop:
      return "wrong shop";
    case TokenError::wrong_audience:
      return "wrong audience";
    case TokenError::not_yet_valid:
      return "not yet valid";
    case TokenError::expired:
      return "expired";
    case TokenError::signed_out:
      return "signed out";
  }
  return {};
}

std::string make_token(const Claims& claims, std::string_view key) {
  if (key.size() < token_key_octets_min) return {};
  json::object object;
  object["sub"] = claims.subject;
  object["shop"] = claims.shop;
  object["role"] = to_string(claims.role);
  if (!claims.name.empty()) object["name"] = claims.name;
  if (claims.tier > 0) object["tier"] = static_cast<std::int64_t>(claims.tier);
  object["exp"] = claims.expires_s;
  if (claims.issued_s) object["iat"] = *claims.issued_s;
  if (claims.not_before_s) object["nbf"] = *claims.not_before_s;
  if (!read_claims(object)) return {};
  const std::string text = base64url(header_text) + '.' + base64url(json::serialize(object));
  const Signature signature = sign(text, key);
  return text + '.' + base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

Result<Claims, TokenError> verify_token(std::string_view token, std::string_view key, std::int64_t now_s,
                                        const Audience& audience) {
  if (token.size() > token_octets_max) return TokenError::too_long;
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return TokenError::malformed;
  const auto header = parse_object(token.substr(0, first));
  if (!header) return TokenError::malformed;
  if (!header_is_ours(*header)) return TokenError::wrong_algorithm;
  if (key.size() < token_key_octets_min ||
      !signed_with(key, token.substr(0, second), token.substr(second + 1))) {
    return TokenError::wrong_signature;
  }
  const auto object = parse_object(token.substr(first + 1, second - first - 1));
  if (!object) return TokenError::malformed;
  auto claims = read_claims(*object);
  if (!claims) return TokenError::wrong_claims;
  if (!audience_names_us(*object)) return TokenError::wrong_audience;
  if (const auto error = judge(*claims, now_s, audience)) return *error;
  return std::move(*claims);
}

std::string make_signing_key() {
  return base64url(random_octets(32));
}

std::string make_visitor_id() {
  return base64url(random_octets(16));
}

}  // namespace switchboard::shop
