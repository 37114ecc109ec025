// Bounds of what may be handed to the store; beyond them a call is refused as `invalid` without asking Redis.
// The loops of the function library rely on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace switchboard::store {

inline constexpr std::size_t shop_octets_max = 32;  // [a-z0-9_-]: a brace would move the shop's keys
inline constexpr std::size_t id_octets_max = 128;   // visitor, agent, conversation, node, session, holder
inline constexpr std::size_t sender_octets_max = 40;
inline constexpr std::size_t client_id_octets_max = 40;
inline constexpr std::size_t body_octets_max = 128u << 10;  // of one entry, encoded
inline constexpr std::size_t text_octets_max = 1024;        // name, language, skill, persona, reason
inline constexpr std::size_t why_octets_max = 2'048;        // the record of one decision
inline constexpr std::size_t entries_max = 16;              // system entries written along with a transition
inline constexpr std::uint32_t read_max = 200;              // entries of one read
inline constexpr std::uint32_t queue_limit_max = 100'000;
inline constexpr std::uint32_t desk_state_max = 120'000;   // waiting conversations and agents of one shop
inline constexpr std::size_t page_octets_max = 64u << 10;  // of one page of a shop's record
inline constexpr std::size_t kept_octets_max = 16u << 10;  // of what one desk leaves to the next
inline constexpr std::uint32_t pages_max = 100;            // of one call of pages()
inline constexpr std::size_t settings_octets_max = 4u << 20;
inline constexpr std::size_t templates_max = 10'000;
inline constexpr std::size_t agents_max = 10'000;
inline constexpr std::uint32_t signed_out_max = 10'000;  // identities of one shop
inline constexpr std::uint32_t reconcile_max = 200;      // entries of one call of reconcile()
inline constexpr std::size_t park_max = 100;             // conversations of one call of park()
inline constexpr std::uint32_t offers_read_max = 100;    // of one call of offers_made()
inline constexpr std::uint32_t park_units_max = 4;
inline constexpr std::size_t events_max = 500;       // of one call of events()
inline constexpr std::int64_t wait_ms_max = 60'000;  // of one call of events()
inline constexpr std::int64_t offer_ms_max = 24 * 3600 * 1000;

inline bool is_shop(std::string_view shop) noexcept {
  if (shop.empty() || shop.size() > shop_octets_max) return false;
  for (const char c : shop)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
  return true;
}

inline bool is_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= id_octets_max;
}

}  // namespace switchboard::store
