// A shop's settings as this worker knows them: loaded when first asked for, dropped when they change.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/shop/shop.hpp"
#include "server/shop/templates.hpp"
#include "server/shop/token_authority.hpp"
#include "server/store/store.hpp"

namespace switchboard::conversation {

// Immutable; whoever holds one keeps the settings of that moment.
struct ShopContext {
  std::string text;  // the shop file that `shop` was made from, as it was applied
  shop::Shop shop;
  shop::Templates templates;
  shop::TokenAuthority tokens;
  std::uint64_t revision = 0;
  std::string born;  // see store::Store::ShopRecord
};
using ShopContextPtr = std::shared_ptr<const ShopContext>;

// Belongs to one worker's executor.
class ShopDirectory {
 public:
  ShopDirectory(store::Store& store, store::Subscriber& subscriber)
      : store_(store), subscriber_(subscriber) {}
  ~ShopDirectory();

  // Refusals: not_found, unavailable, busy; invalid if the stored settings cannot be read by this version.
  store::Task<store::Answer<ShopContextPtr>> get(std::string id);

  // Whether any shop known here lists this origin.
  bool any_allows(std::string_view origin) const;

 private:
  // Forgets the settings when the shop's channel says that they changed, or when it may have said so unheard.
  struct Entry final : store::ChannelListener {
    void on_hint(std::string_view) override { ++changes; }
    void on_resubscribed() override { ++changes; }
    bool fresh() const { return context && context_of == changes; }
    ShopContextPtr context;
    std::uint64_t changes = 0;     // that the channel told of, or may have
    std::uint64_t context_of = 0;  // `changes` when the context was read
    bool subscribed = false;
  };

  store::Store& store_;
  store::Subscriber& subscriber_;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace switchboard::conversation
