#include "server/cli/apply.hpp"

#include "server/shop/password.hpp"
#include "server/shop/templates.hpp"
#include "server/shop/token.hpp"

namespace switchboard::cli {

store::Store::ShopSettings settings_of(const shop::Shop& shop, std::string_view text, std::string_view key) {
  store::Store::ShopSettings settings{.shop = shop.id, .text = text, .new_key = key};
  settings.templates = shop::template_fields(shop);
  for (const auto& agent : shop.agents) {  // a disabled agent keeps the password, but has no place
    settings.agents.emplace_back(agent.id, agent.enabled ? static_cast<std::uint32_t>(agent.capacity) : 0);
    if (!agent.password_hash.empty()) settings.passwords.emplace_back(agent.id, agent.password_hash);
  }
  return settings;
}

store::Task<store::Answer<Applied>> apply_shop(store::Store& store, const shop::Shop& shop,
                                               std::string text) {
  const std::string key = shop::make_signing_key();
  const auto settings = settings_of(shop, text, key);
  if (const auto done = co_await store.apply_shop(settings); !done) co_return done.error();

  Applied applied;
  for (const auto& agent : shop.agents) {
    if (!agent.password_hash.empty()) continue;  // the file's own counts
    const auto present = co_await store.password(shop.id, agent.id);
    if (!present) co_return present.error();
    if (present->has_value()) continue;
    std::string password = shop::random_password();
    const auto written = co_await store.set_password(shop.id, agent.id, shop::hash_password(password), true);
    if (!written) co_return written.error();
    if (*written) applied.new_passwords.emplace_back(agent.id, std::move(password));
  }
  co_return applied;
}

}  // namespace switchboard::cli
