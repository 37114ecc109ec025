#include "server/shop/derived_id.hpp"

#include <sodium.h>

#include <array>

#include "server/shop/base64url.hpp"

namespace switchboard::shop {

std::string derived_id(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const auto word : words) text.append(std::to_string(word.size())).append(1, ':').append(word);
  std::array<unsigned char, crypto_generichash_BYTES_MIN> digest;
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace switchboard::shop
