// Octets as events for a router, sensible or not, all of them small: what the fuzzer feeds, and what the
// same-bytes test draws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "router/router.hpp"

namespace switchboard::router {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  bool done() const { return at_ == end_; }
  std::uint32_t next(std::uint32_t below) { return done() ? 0 : *at_++ % below; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

class EventWriter {
 public:
  explicit EventWriter(Bytes& bytes) : bytes_(bytes) {}

  Event event(Millis now) {
    switch (bytes_.next(21)) {
      case 0:
        return Started{};
      case 1:
        return PolicyChanged{policy()};
      case 2:
      case 3:
        return AgentConfigured{agent(),        skills(),    persona(), static_cast<int>(bytes_.next(4)),
                               shift_end(now), std::nullopt};
      case 4:
      case 5:
        return AgentStatusChanged{agent(), static_cast<AgentStatus>(bytes_.next(4))};
      case 6:
        return AgentLineChanged{agent(), static_cast<AgentLine>(bytes_.next(3))};
      case 7:
      case 8:
      case 9:
        return VisitorArrived{conversation(), visit(now)};
      case 10:
        return WishChanged{conversation(), wish()};
      case 11:
        return VisitorLeft{conversation()};
      case 12:
        return OfferAccepted{conversation(), agent()};
      case 13:
        return OfferRefused{conversation(), agent()};
      case 14:
        return OfferMissed{conversation(), agent()};
      case 15:
        return OfferVoid{conversation(), agent()};
      case 16:
        return ChatEnded{conversation()};
      case 17:
        return ChatParked{conversation()};
      case 18:
        return ChatWoken{conversation()};
      case 19:
        return ChatRequeued{conversation(), visit(now), bytes_.next(2) == 0};
      default:
        return AssignmentRestored{conversation(), agent(), static_cast<AssignmentState>(bytes_.next(3)),
                                  visit(now), now};
    }
  }

  // What only a rebuild tells.
  Event remembered(Millis now) {
    switch (bytes_.next(3)) {
      case 0:
        return HandlingTimeRestored{skill(), 1'000 * bytes_.next(100)};
      case 1: {
        ForecastRestored forecast;
        forecast.learnt.resize(9 + 5 * bytes_.next(4));
        for (std::int64_t& number : forecast.learnt) {
          const std::int64_t digits = bytes_.next(256);
          number = digits << bytes_.next(56);
        }
        return forecast;
      }
      default:
        return ExclusionRestored{conversation(), agent(), now + 1'000 * bytes_.next(40)};
    }
  }

  Policy policy() {
    Policy p;
    const std::size_t skills = 1 + bytes_.next(3);  // of arguments compilers choose the order themselves
    p.target_ms.assign(skills, 1'000 * bytes_.next(40));
    p.persona_count = static_cast<std::uint8_t>(bytes_.next(4));
    p.tiers.resize(1 + bytes_.next(3));
    p.handling_start_ms = 1'000 * bytes_.next(100);
    p.ramp_ms = 100 * bytes_.next(11);
    p.taper_ms = 10'000 * bytes_.next(3);
    p.sticky_hold_ms = 1'000 * bytes_.next(60);
    p.persona_hold_ms = 1'000 * bytes_.next(60);
    p.park_units = static_cast<int>(bytes_.next(6));
    return p;
  }

 private:
  AgentId agent() { return AgentId(bytes_.next(6)); }
  ConversationId conversation() { return ConversationId(bytes_.next(24)); }
  SkillId skill() { return SkillId(static_cast<std::uint8_t>(bytes_.next(4))); }
  std::optional<PersonaId> persona() {
    const std::uint32_t p = bytes_.next(5);
    if (p == 0) return std::nullopt;
    return PersonaId(static_cast<std::uint8_t>(p - 1));
  }
  Wish wish() {
    return {static_cast<WishKind>(bytes_.next(3)), PersonaId(static_cast<std::uint8_t>(bytes_.next(4)))};
  }
  std::vector<SkillLevel> skills() {
    std::vector<SkillLevel> all;
    for (std::uint32_t n = bytes_.next(4); n > 0; --n)
      all.push_back({skill(), static_cast<std::uint8_t>(bytes_.next(4))});
    return all;
  }
  std::optional<Millis> shift_end(Millis now) {
    const std::uint32_t in = bytes_.next(8);
    if (in < 5) return std::nullopt;
    return now + 10'000 * in;
  }
  Visit visit(Millis now) {
    Visit v{skill(),      wish(), Tier(static_cast<std::uint8_t>(bytes_.next(4))),
            std::nullopt, {},     now - 1'000 * bytes_.next(90)};
    if (bytes_.next(3) == 0) v.last_agent = agent();
    if (bytes_.next(5) == 0) v.former_agents = {agent(), agent()};
    return v;
  }

  Bytes& bytes_;
};

}  // namespace switchboard::router
