// The smallest shop file that is whole; tests add to it.
#pragma once

#include <string>
#include <string_view>

namespace switchboard::shop::test {

inline constexpr std::string_view small_shop = R"(
id = "corner"
name = "Corner"
languages = ["en", "zh"]
[[skill]]
id = "presale"
name = "Sales"
[[persona]]
id = "calm"
name.en = "Calm"
name.zh = "平静"
[[agent]]
id = "ann"
name = "Ann"
persona = "calm"
skills = { presale = 0 }
)";

inline std::string small_shop_with(std::string_view more) {
  return std::string(small_shop) + std::string(more);
}

}  // namespace switchboard::shop::test
