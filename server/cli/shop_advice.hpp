// What is allowed in a shop file but probably not meant.
#pragma once

#include <string>
#include <vector>

#include "server/shop/shop.hpp"

namespace switchboard::cli {

// One sentence each. Reads the time zone database.
std::vector<std::string> advice(const shop::Shop& shop);

}  // namespace switchboard::cli
