#include "server/shop/base64url.hpp"

#include <sodium.h>

namespace switchboard::shop {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string base64url(std::string_view octets) {
  std::string text(sodium_base64_encoded_len(octets.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(octets.data()),
                    octets.size(), variant);
  text.pop_back();  // the terminator that C wants
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string octets(text.size() * 3 / 4, '\0');
  std::size_t written = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(octets.data()), octets.size(),
                                       text.data(), text.size(), nullptr, &written, &end, variant);
  if (failed != 0 || end != text.data() + text.size()) return std::nullopt;
  octets.resize(written);
  return octets;
}

}  // namespace switchboard::shop
