// Making a shop file true: settings, templates, agents, and a password for every agent who has none.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/shop/shop.hpp"
#include "server/store/store.hpp"

namespace switchboard::cli {

struct Applied {
  std::vector<std::pair<std::string, std::string>> new_passwords;  // agent, password: to be shown once
};

// What the store is told of a shop; views into `shop`, `text` and `key`. `key` counts only if the shop has
// none yet.
store::Store::ShopSettings settings_of(const shop::Shop& shop, std::string_view text, std::string_view key);

// `text` is what parse_shop made `shop` from; it is stored as it is, comments and all. Hashes passwords (up
// to 0.1 s each) on the calling thread: not for a worker that serves. Repeating it is harmless.
store::Task<store::Answer<Applied>> apply_shop(store::Store& store, const shop::Shop& shop, std::string text);

}  // namespace switchboard::cli
