// The nouns that the router and everyone around it share. Numbers only: whoever drives the router owns the
// mapping from names to numbers.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace switchboard::router {

// Milliseconds. As a point in time: since any fixed origin, the same for all events of one router (the live
// desk takes Unix time, the simulator the start of the trace). The router has no clock, it only ever sees
// what it is handed.
using Millis = std::int64_t;

// A number that cannot be mistaken for another kind of number. Ordered by value.
template <class Tag, class Rep>
struct Id {
  Rep value{};

  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

// Numbered in the order of opening; of two visitors who entered in the same millisecond the smaller goes
// first (2.2).
using ConversationId = Id<struct ConversationTag, std::uint64_t>;
// The agent's place in the roster, dense from 0; the last tie-break of 2.3.4. At most kAgentsMax.
using AgentId = Id<struct AgentTag, std::uint32_t>;
// Index into Policy::target_ms.
using SkillId = Id<struct SkillTag, std::uint8_t>;
// 0 .. Policy::persona_count - 1.
using PersonaId = Id<struct PersonaTag, std::uint8_t>;
// Index into Policy::tiers; 0 is ordinary.
using Tier = Id<struct TierTag, std::uint8_t>;

// Limits of one shop. An event that names something beyond them is refused (see Router::refused_events).
inline constexpr std::size_t kAgentsMax = 65'536;
inline constexpr std::size_t kSkillsMax = 64;
inline constexpr std::size_t kPersonasMax = 16;
inline constexpr std::size_t kTiersMax = 8;
inline constexpr std::size_t kLevelsMax = 8;       // skill levels 0 .. 7
inline constexpr int kCapacityMax = 1'000;         // chats at once
inline constexpr std::size_t kKnownAgentsMax = 4;  // last agent and earlier ones of the same conversation
inline constexpr std::size_t kExclusionsMax = 64;  // per visitor; the oldest falls first

// 2.8: an active chat takes four units, so that a parked one can take a part of a place.
inline constexpr int kUnitsPerChat = 4;

}  // namespace switchboard::router
