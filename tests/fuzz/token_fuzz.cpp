// Octets as a token, and as the claims of a token that is rightly signed. Whatever is accepted has claims
// within their bounds, which can be made into a token again.
#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/shop/base64url.hpp"
#include "server/shop/token.hpp"

namespace {

using namespace switchboard::shop;  // NOLINT

constexpr std::string_view key = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t now_s = 1'800'000'000;
constexpr Audience everybody{.shop = "demo", .visitors = true, .agents = true};

void require(bool holds) {
  if (!holds) std::abort();
}

void look_at(const std::string& token) {
  const auto claims = verify_token(token, key, now_s, everybody);
  if (!claims) return;
  require(claims->shop == "demo" && claims->expires_s > now_s - token_skew_s - 1);
  const std::string made = make_token(*claims, key);
  require(!made.empty());
  const auto again = verify_token(made, key, now_s, everybody);
  require(again && *again == *claims);
}

std::string sign(const std::string& header, const std::string& payload) {
  const std::string text = base64url(header) + "." + base64url(payload);
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return text + "." + base64url(mac);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string header = R"({"alg":"HS256","typ":"JWT"})";
  if (data[0] % 3 == 0) look_at(octets);
  if (data[0] % 3 == 1) look_at(sign(header, octets));
  if (data[0] % 3 == 2)
    look_at(sign(octets, R"({"sub":"v","shop":"demo","role":"visitor","exp":1900000000})"));
  return 0;
}
