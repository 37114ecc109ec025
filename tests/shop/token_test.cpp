// S3, attack row 51: who holds a token that we did not sign, or not for here and now, learns nothing and gets
// nowhere.
#include "server/shop/token.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <random>

#include "server/shop/base64url.hpp"
#include "server/shop/token_authority.hpp"

namespace switchboard::shop {
namespace {

constexpr std::int64_t now = 1'800'000'000;
const std::string key = "0123456789abcdef0123456789abcdef0123456789a";
const Audience visitors{"demo", true, false};
const Audience agents{"demo", false, true};

Claims visitor() {
  Claims claims;
  claims.subject = "v-1";
  claims.shop = "demo";
  claims.name = "小雨";
  claims.tier = 2;
  claims.expires_s = now + 3'600;
  claims.issued_s = now;
  return claims;
}

// Signs any header and claims, also those that make_token would never write; OpenSSL's HMAC as an independent
// judge.
std::string signed_token(std::string_view header, std::string_view claims, std::string_view with = key) {
  const std::string text = base64url(header) + '.' + base64url(claims);
  unsigned char signature[EVP_MAX_MD_SIZE];
  unsigned int octets = 0;
  HMAC(EVP_sha256(), with.data(), static_cast<int>(with.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), signature, &octets);
  return text + '.' + base64url({reinterpret_cast<const char*>(signature), octets});
}

std::optional<TokenError> error_of(std::string_view token, const Audience& audience = visitors,
                                   std::string_view with = key, std::int64_t at = now) {
  const auto verified = verify_token(token, with, at, audience);
  if (verified) return std::nullopt;
  return verified.error();
}

constexpr std::string_view good_header = R"({"alg":"HS256","typ":"JWT"})";
std::string good_claims(std::string_view more = "") {
  return R"({"sub":"v-1","shop":"demo","role":"visitor","exp":)" + std::to_string(now + 60) +
         std::string(more) + "}";
}

TEST(Token, WhatWasSignedComesBack) {
  const Claims claims = visitor();
  const auto verified = verify_token(make_token(claims, key), key, now, visitors);
  ASSERT_TRUE(verified) << to_string(verified.error());
  EXPECT_EQ(*verified, claims);
}

TEST(Token, IsTheJwtThatOthersMake) {
  // The example of RFC 7515 appendix A.1 has a key of 64 octets and claims that are not ours: signature
  // right, claims not.
  const std::string rfc_key = *from_base64url(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const std::string rfc_token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_EQ(error_of(rfc_token, visitors, rfc_key), TokenError::wrong_claims);
  EXPECT_EQ(error_of(rfc_token, visitors, rfc_key + "x"), TokenError::wrong_signature);
}

TEST(Token, OnlyHs256IsTaken) {
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})", R"({"alg":"HS384"})",
        R"({"alg":"RS256"})", R"({"alg":"EdDSA"})", R"({"typ":"JWT"})", R"({"alg":null})",
        R"({"alg":["HS256"]})", R"({"alg":""})", R"({"alg":"HS256","crit":["exp"]})", "{}"}) {
    EXPECT_EQ(error_of(signed_token(header, good_claims())), TokenError::wrong_algorithm) << header;
  }
  const std::string unsigned_token = base64url(R"({"alg":"none"})") + '.' + base64url(good_claims()) + '.';
  EXPECT_EQ(error_of(unsigned_token), TokenError::wrong_algorithm);
  EXPECT_EQ(error_of(base64url(good_header) + '.' + base64url(good_claims()) + '.'),
            TokenError::wrong_signature);
}

TEST(Token, TheKeyOfAnotherShopOpensNothing) {
  const std::string token = make_token(visitor(), key);
  EXPECT_EQ(error_of(token, visitors, "another-key-another-key-another-key-another"),
            TokenError::wrong_signature);
  EXPECT_EQ(error_of(token, visitors, ""), TokenError::wrong_signature);
  EXPECT_EQ(error_of(token, visitors, key.substr(0, 31)), TokenError::wrong_signature);
  EXPECT_EQ(error_of(token, {"other", true, true}), TokenError::wrong_shop)
      << "one key in two shops is still two shops";
}

TEST(Token, AVisitorsTokenOpensNoAgentsDoorNorTheOtherWay) {
  Claims claims = visitor();
  EXPECT_EQ(error_of(make_token(claims, key), agents), TokenError::wrong_audience);
  for (const TokenRole role : {TokenRole::agent, TokenRole::supervisor}) {
    claims.role = role;
    EXPECT_EQ(error_of(make_token(claims, key), agents), std::nullopt);
    EXPECT_EQ(error_of(make_token(claims, key), visitors), TokenError::wrong_audience);
  }
}

TEST(Token, TimeIsJudgedWithOneMinuteOfSkew) {
  Claims claims = visitor();
  claims.not_before_s = now;
  claims.issued_s = now - 3'600;
  const std::string token = make_token(claims, key);
  EXPECT_EQ(error_of(token, visitors, key, now - token_skew_s), std::nullopt);
  EXPECT_EQ(error_of(token, visitors, key, now - token_skew_s - 1), TokenError::not_yet_valid);
  EXPECT_EQ(error_of(token, visitors, key, claims.expires_s + token_skew_s - 1), std::nullopt);
  EXPECT_EQ(error_of(token, visitors, key, claims.expires_s + token_skew_s), TokenError::expired);
  claims = visitor();
  claims.issued_s = now + token_skew_s + 1;
  EXPECT_EQ(error_of(make_token(claims, key)), TokenError::not_yet_valid);
}

TEST(Token, ClaimsMustBeThereOfTheirTypeAndInTheirBounds) {
  const std::string exp = std::to_string(now + 60);
  for (const std::string& claims : {
           std::string("{}"),
           R"({"shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"","shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":7,"shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"a b","shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"a\n","shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"a{b}","shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":")" + std::string(65, 'a') + R"(","shop":"demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"v","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"v","shop":"Demo","role":"visitor","exp":)" + exp + "}",
           R"({"sub":"v","shop":"demo","exp":)" + exp + "}",
           R"({"sub":"v","shop":"demo","role":"admin","exp":)" + exp + "}",
           R"({"sub":"v","shop":"demo","role":["visitor"],"exp":)" + exp + "}",
           std::string(R"({"sub":"v","shop":"demo","role":"visitor"})"),
           std::string(R"({"sub":"v","shop":"demo","role":"visitor","exp":"soon"})"),
           std::string(R"({"sub":"v","shop":"demo","role":"visitor","exp":-1})"),
           std::string(R"({"sub":"v","shop":"demo","role":"visitor","exp":1e300})"),
           std::string(R"({"sub":"v","shop":"demo","role":"visitor","exp":18446744073709551615})"),
           std::string(R"({"sub":"v","shop":"demo","role":"visitor","exp":null})"),
           good_claims(R"(,"tier":-1)"),
           good_claims(R"(,"tier":16)"),
           good_claims(R"(,"tier":1.5)"),
           good_claims(R"(,"tier":"gold")"),
           good_claims(R"(,"name":7)"),
           good_claims(R"(,"name":"a\u0000b")"),
           good_claims(R"(,"name":")" + std::string(129, 'a') + '"'),
           good_claims(R"(,"nbf":"x")"),
           good_claims(R"(,"iat":{})"),
       }) {
    EXPECT_EQ(error_of(signed_token(good_header, claims)), TokenError::wrong_claims) << claims;
  }
}

TEST(Token, AnAudienceThatIsNamedMustBeUs) {
  EXPECT_EQ(error_of(signed_token(good_header, good_claims(R"(,"aud":"switchboard")"))), std::nullopt);
  EXPECT_EQ(error_of(signed_token(good_header, good_claims(R"(,"aud":["x","switchboard"])"))), std::nullopt);
  for (const char* aud :
       {R"(,"aud":"other")", R"(,"aud":[])", R"(,"aud":7)", R"(,"aud":["x"])", R"(,"aud":null)"}) {
    EXPECT_EQ(error_of(signed_token(good_header, good_claims(aud))), TokenError::wrong_audience) << aud;
  }
}

TEST(Token, AFractionOfASecondAndUnknownClaimsAreFine) {
  const std::string claims =
      R"({"sub":"v","shop":"demo","role":"visitor","iss":"shop","extra":{"a":[1]},"exp":)" +
      std::to_string(now + 60) + ".5}";
  EXPECT_EQ(error_of(signed_token(good_header, claims)), std::nullopt);
}

TEST(Token, TextThatIsNoTokenIsMalformed) {
  const std::string token = make_token(visitor(), key);
  for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b"),
                                  std::string("a.b.c"), std::string("{}.{}.{}"), " " + token, "=" + token}) {
    EXPECT_EQ(error_of(text), TokenError::malformed) << text;
  }
  EXPECT_EQ(error_of(signed_token("[]", good_claims())), TokenError::malformed);
  EXPECT_EQ(error_of(signed_token(good_header, "7")), TokenError::malformed);
  EXPECT_EQ(error_of(signed_token(good_header, "{\"sub\":")), TokenError::malformed);
  EXPECT_EQ(
      error_of(signed_token(good_header, "{\"a\":" + std::string(500, '[') + std::string(500, ']') + "}")),
      TokenError::malformed);
  EXPECT_EQ(error_of(signed_token(good_header, "{\"sub\":\"\xff\"}")), TokenError::malformed);
}

TEST(Token, OneMegabyteIsRefusedBeforeItIsRead) {
  EXPECT_EQ(error_of(std::string(1'000'000, 'a')), TokenError::too_long);
  EXPECT_EQ(error_of(std::string(token_octets_max, '.')), TokenError::malformed);
}

TEST(Token, CutOrChangedAnywhereItIsRefused) {
  const std::string token = make_token(visitor(), key);
  for (std::size_t octets = 0; octets < token.size(); ++octets)
    EXPECT_TRUE(error_of(token.substr(0, octets)));
  for (const char* tail : {"=", "A", ".", ".x", "\n", " "}) EXPECT_TRUE(error_of(token + tail)) << tail;
  std::mt19937 random(51);
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    do changed[at] = letters[random() % letters.size()];
    while (changed[at] == token[at]);
    EXPECT_TRUE(error_of(changed)) << at;
  }
}

TEST(Token, ClaimsOutOfBoundsAreNotSigned) {
  Claims claims = visitor();
  claims.subject = "";
  EXPECT_EQ(make_token(claims, key), "");
  claims = visitor();
  claims.tier = 16;
  EXPECT_EQ(make_token(claims, key), "");
  EXPECT_EQ(make_token(visitor(), "short"), "");
}

TEST(Token, TheLongestClaimsFitIntoTheLimit) {
  Claims claims = visitor();
  claims.subject = std::string(64, 'a');
  claims.shop = std::string(32, 'a');
  claims.name = std::string(128, '"');
  claims.not_before_s = now;
  EXPECT_LT(make_token(claims, key).size(), token_octets_max / 4);
  EXPECT_EQ(error_of(make_token(claims, key), {claims.shop, true, false}), std::nullopt);
}

TEST(Token, KeysAndVisitorIdsAreRandomAndOfTheirForm) {
  EXPECT_EQ(make_signing_key().size(), 43u);
  EXPECT_NE(make_signing_key(), make_signing_key());
  EXPECT_EQ(make_visitor_id().size(), 22u);
  Claims claims = visitor();
  claims.subject = make_visitor_id();
  EXPECT_EQ(error_of(make_token(claims, make_signing_key())), TokenError::wrong_signature);
}

TEST(Base64Url, ReadsOnlyTheOneWayToWriteIt) {
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(from_base64url("-__-"), "\xfb\xff\xfe");
  EXPECT_EQ(from_base64url(""), "");
  for (const char* bad : {"+//+", "QQ==", "QR", "Q", "QQ Q", "QQ\n", "Q=Q", "中文"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
  for (std::size_t octets = 0; octets < 70; ++octets) {
    const std::string text(octets, '\x80');
    EXPECT_EQ(from_base64url(base64url(text)), text);
  }
}

TEST(TokenAuthority, TakesTheKeyBeforeUntilItIsDropped) {
  const std::string newer = "fedcba9876543210fedcba9876543210";
  const auto token = make_token(visitor(), key);
  EXPECT_TRUE(TokenAuthority({newer, key, {}}).verify(token, now, visitors));
  EXPECT_TRUE(TokenAuthority({newer, key, {}}).verify(make_token(visitor(), newer), now, visitors));
  EXPECT_EQ(TokenAuthority({newer, "", {}}).verify(token, now, visitors).error(),
            TokenError::wrong_signature);
  EXPECT_EQ(TokenAuthority({newer, key, {}}).verify(token, now + 4'000, visitors).error(),
            TokenError::expired);
}

TEST(TokenAuthority, VoidsWhatWasIssuedBeforeItsOwnerWasSignedOut) {
  const auto error_at = [](std::string identity, std::int64_t signed_out_s,
                           std::optional<std::int64_t> issued) {
    auto claims = visitor();
    claims.issued_s = issued;
    const auto verified =
        TokenAuthority({key, "", {{identity, signed_out_s}}}).verify(make_token(claims, key), now, visitors);
    return verified ? std::nullopt : std::optional(verified.error());
  };
  EXPECT_EQ(error_at("v:v-1", now, now - 1), TokenError::signed_out);
  EXPECT_EQ(error_at("v:v-1", now, std::nullopt), TokenError::signed_out) << "nobody knows when";
  EXPECT_EQ(error_at("v:v-1", now, now), std::nullopt) << "she signed in again";
  EXPECT_EQ(error_at("a:v-1", now, now - 1), std::nullopt) << "an agent with her id is somebody else";
  EXPECT_EQ(error_at("v:v-2", now, now - 1), std::nullopt);
}

}  // namespace
}  // namespace switchboard::shop
