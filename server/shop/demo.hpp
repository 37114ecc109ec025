// The demo shop, whole, as it stands in demo.toml; it travels inside the binary.
#pragma once

#include <string_view>

namespace switchboard::shop {

std::string_view demo_shop_text();

}  // namespace switchboard::shop
