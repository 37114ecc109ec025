// The stages of a sale by which quick replies are organised, in their order.
#pragma once

#include <array>
#include <string_view>

namespace switchboard::shop {

inline constexpr std::array<std::string_view, 8> stages = {"welcome",  "answering", "price",    "payment",
                                                           "shipping", "aftersale", "farewell", "praise"};

}  // namespace switchboard::shop
