// What the desk tells those who wait: their place, an honest estimate, the shop's waiting texts; and to
// everybody in the widget how many places are free. All of it hints that may be lost, except the texts, which
// go into the log.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "proto/frames.hpp"
#include "router/router.hpp"
#include "server/conversation/shop_directory.hpp"
#include "server/desk/names.hpp"
#include "server/shop/opening.hpp"
#include "server/store/store.hpp"

namespace switchboard::desk {

// Belongs to one reign. Never waits.
class Announcer {
 public:
  Announcer(store::Store& store, conversation::ShopContextPtr context, const Names& names, std::string shop);

  // Other settings, and more names perhaps.
  void take(conversation::ShopContextPtr context);
  // To one who waits; `now` is the desk's clock. Says something only if it changed since it was last said to
  // her.
  void announce_place(const router::Router&, const store::ConversationView&, store::Millis now);
  // Returns what was published, to be kept for whoever comes next; nullopt if nothing has changed. `now`:
  // wall clock, for the shop's hours.
  std::optional<std::string> announce_availability(const router::Router&, store::Millis now);
  void forget(std::uint64_t number) { told_.erase(number); }

 private:
  struct Told {
    std::uint32_t position = 0;
    std::uint32_t eta_p50_ms = 0;
    proto::WaitReason reason = proto::WaitReason::unspecified;
    store::Millis at = 0;
    std::int64_t waiting_texts = 0;
  };
  proto::WaitReason wait_reason(const router::Router&, const store::ConversationView&) const;
  void say_waiting_text(const store::ConversationView&, Told&, const proto::QueueUpdate&,
                        store::Millis waited);

  store::Store& store_;
  conversation::ShopContextPtr context_;
  const Names& names_;
  const std::string shop_;
  bool within_hours(store::Millis now) const;

  std::optional<shop::TimeZone> zone_;   // of the shop's hours
  std::vector<std::string> persona_of_;  // by agent
  std::unordered_map<std::uint64_t, Told> told_;
  proto::Availability last_;
  bool said_availability_ = false;
};

}  // namespace switchboard::desk
