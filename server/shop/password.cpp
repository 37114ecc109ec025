#include "server/shop/password.hpp"

#include <sodium.h>

#include <array>
#include <charconv>

#include "server/shop/random.hpp"

namespace switchboard::shop {
namespace {

constexpr std::size_t memory_kib_max = 256 * 1024;
constexpr std::size_t passes_max = 8;

// "m=65536,": reads `name`, a number of 1..max and `end` from the front of `text`.
bool take_number(std::string_view& text, std::string_view name, std::size_t max, char end) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  std::size_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value == 0 || value > max) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (!text.starts_with(end)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string hash_password(std::string_view password) {
  sodium_ready();
  if (password.empty() || password.size() > password_octets_max) return {};
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), argon2_passes,
                            argon2_memory_octets, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return {};
  }
  return hash.data();
}

bool verify_password(std::string_view hash, std::string_view password) {
  sodium_ready();
  if (!valid_password_hash(hash) || password.empty() || password.size() > password_octets_max) return false;
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

bool verify_nobody(std::string_view password) {
  // A well-formed hash with the usual cost whose password nobody knows: 16 octets of salt, 32 of result.
  constexpr std::string_view nobody =
      "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  (void)verify_password(nobody, password);
  return false;
}

bool valid_password_hash(std::string_view hash) {
  constexpr std::string_view prefix = "$argon2id$v=19$";
  if (hash.size() >= crypto_pwhash_STRBYTES || !hash.starts_with(prefix)) return false;
  hash.remove_prefix(prefix.size());
  return take_number(hash, "m=", memory_kib_max, ',') && take_number(hash, "t=", passes_max, ',') &&
         take_number(hash, "p=", 1, '$') && hash.find('\0') == std::string_view::npos;
}

std::string random_password() {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";  // 32: no l, o, 0, 1
  static_assert(letters.size() == 32);
  std::string password;
  for (int place = 0; place < 16; ++place) {
    if (place > 0 && place % 4 == 0) password += '-';
    password += letters[random_below(letters.size())];
  }
  return password;
}

}  // namespace switchboard::shop
