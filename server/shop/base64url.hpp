// base64url without padding (RFC 4648 section 5), as JWT writes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace switchboard::shop {

std::string base64url(std::string_view octets);

// nullopt for anything but the one way to write the octets: other characters, padding, leftover bits.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace switchboard::shop
