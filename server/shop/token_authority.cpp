#include "server/shop/token_authority.hpp"

namespace switchboard::shop {

std::string identity_of(TokenRole role, std::string_view subject) {
  std::string identity = role == TokenRole::visitor ? "v:" : "a:";
  return identity.append(subject);
}

Result<Claims, TokenError> TokenAuthority::verify(std::string_view token, std::int64_t now_s,
                                                  const Audience& audience) const {
  auto claims = verify_token(token, key, now_s, audience);
  if (!claims && claims.error() == TokenError::wrong_signature && !former_key.empty())
    claims = verify_token(token, former_key, now_s, audience);
  if (!claims) return claims;
  const auto signed_out = signed_out_s.find(identity_of(claims->role, claims->subject));
  if (signed_out != signed_out_s.end() && claims->issued_s.value_or(0) < signed_out->second)
    return TokenError::signed_out;
  return claims;
}

}  // namespace switchboard::shop
