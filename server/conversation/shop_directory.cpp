#include "server/conversation/shop_directory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

namespace switchboard::conversation {

using store::Answer;
using store::Task;

namespace {

shop::TokenAuthority authority(const store::Store::ShopRecord& record,
                               const std::vector<std::pair<std::string, std::string>>& signed_out) {
  shop::TokenAuthority tokens{record.signing_key, record.former_key, {}};
  for (const auto& [identity, seconds] : signed_out) {
    std::int64_t at = 0;
    std::from_chars(seconds.data(), seconds.data() + seconds.size(), at);
    tokens.signed_out_s.emplace(identity, at);
  }
  return tokens;
}

}  // namespace

ShopDirectory::~ShopDirectory() {
  for (auto& [id, entry] : entries_)
    if (entry->subscribed) subscriber_.unsubscribe(store::channel_shop(id), *entry);
}

bool ShopDirectory::any_allows(std::string_view origin) const {
  return std::ranges::any_of(entries_, [&](const auto& entry) {
    return entry.second->context && std::ranges::count(entry.second->context->shop.origins, origin) > 0;
  });
}

Task<Answer<ShopContextPtr>> ShopDirectory::get(std::string id) {
  if (const auto found = entries_.find(id); found != entries_.end() && found->second->fresh())
    co_return found->second->context;

  const auto record = co_await store_.shop(id);
  if (!record) co_return record.error();  // an unknown shop leaves nothing behind here
  auto& slot = entries_[id];
  if (!slot) slot = std::make_unique<Entry>();
  Entry& entry = *slot;  // entries are never erased, so this stays valid while we wait
  if (!entry.subscribed) {
    entry.subscribed = true;
    const auto done = co_await subscriber_.subscribe(store::channel_shop(id), entry);
    if (!done) co_return done.error();
  }
  // Read again behind the subscription, so that no change falls between the two.
  const auto changes = entry.changes;
  const auto fresh = co_await store_.shop(id);
  const auto fields = co_await store_.templates(id);
  const auto signed_out = co_await store_.signed_out(id);
  if (!fresh) co_return fresh.error();
  if (!fields) co_return fields.error();
  if (!signed_out) co_return signed_out.error();
  auto parsed = shop::parse_shop(fresh->text);
  if (!parsed) {
    spdlog::error("stored settings cannot be read: {}", to_text(parsed.error(), id));
    co_return store::Refusal::invalid;
  }
  auto templates = shop::Templates(*fields, parsed->default_language);
  entry.context = std::make_shared<ShopContext>(
      ShopContext{fresh->text, std::move(*parsed), std::move(templates), authority(*fresh, *signed_out),
                  fresh->revision, fresh->born});
  entry.context_of = changes;
  co_return entry.context;
}

}  // namespace switchboard::conversation
