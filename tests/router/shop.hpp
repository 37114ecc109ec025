// A small shop to write rules down with: events by short words, what came out by conversation.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "router/router.hpp"

namespace switchboard::router {

inline constexpr PersonaId kLadylike{0}, kBold{1}, kFresh{2}, kCrazy{3};
inline constexpr SkillId kPresale{0}, kAftersale{1};

inline Policy two_skills() {
  Policy p;
  p.target_ms = {30'000, 30'000};
  p.persona_count = 4;
  p.ramp_ms = 0;
  return p;
}

inline Wish prefer(PersonaId p) {
  return {WishKind::prefer, p};
}
inline Wish strict(PersonaId p) {
  return {WishKind::strict, p};
}

struct Shop {
  explicit Shop(const Policy& policy = two_skills()) : router(policy) { tell(Started{}); }
  struct Holding {};
  Shop(const Policy& policy, Holding) : router(policy) {}

  Router router;
  Millis now = 0;
  std::vector<Decision> decisions;                  // of the last event
  std::map<std::uint64_t, std::uint32_t> agent_of;  // by the last offer that stands
  std::vector<std::uint64_t> order;                 // conversations in the order in which they were offered

  void tell(const Event& event) {
    const auto made = router.handle(event, now);
    decisions.assign(made.begin(), made.end());
    for (const Decision& d : decisions) {
      if (const auto* o = std::get_if<Offer>(&d)) {
        agent_of[o->conversation.value] = o->agent.value;
        order.push_back(o->conversation.value);
      }
      if (const auto* w = std::get_if<Withdraw>(&d)) agent_of.erase(w->conversation.value);
      if (const auto* r = std::get_if<Requeue>(&d)) agent_of.erase(r->conversation.value);
    }
    EXPECT_EQ(router.self_check(), "");
  }

  // Time passes; whatever comes due by then is fired at its own time.
  void until(Millis t) {
    while (router.next_deadline() && *router.next_deadline() <= t) {
      now = std::max(now, *router.next_deadline());
      tell(Tick{});
    }
    now = t;
  }

  struct AgentOptions {
    std::vector<SkillLevel> skills = {{kPresale, 0}};
    std::optional<PersonaId> persona = std::nullopt;
    int capacity = 1;
    std::optional<Millis> shift_end = std::nullopt;
    std::optional<Millis> last_offer = std::nullopt;
  };
  void agent(std::uint32_t id) { agent(id, AgentOptions{}); }
  void agent(std::uint32_t id, const AgentOptions& o) {
    tell(AgentConfigured{AgentId(id), o.skills, o.persona, o.capacity, o.shift_end, o.last_offer});
    status(id, AgentStatus::available);
  }
  void status(std::uint32_t id, AgentStatus s) { tell(AgentStatusChanged{AgentId(id), s}); }
  void line(std::uint32_t id, AgentLine l) { tell(AgentLineChanged{AgentId(id), l}); }

  struct VisitorOptions {
    SkillId skill = kPresale;
    Wish wish = {};
    int tier = 0;
    std::optional<AgentId> last = std::nullopt;
    std::optional<Millis> entered_at = std::nullopt;
  };
  void visitor(std::uint64_t id) { visitor(id, VisitorOptions{}); }
  void visitor(std::uint64_t id, const VisitorOptions& o) {
    tell(VisitorArrived{ConversationId(id), visit(o)});
  }
  Visit visit(const VisitorOptions& o) const {
    return {o.skill, o.wish, Tier(static_cast<std::uint8_t>(o.tier)), o.last, {}, o.entered_at.value_or(now)};
  }

  // A visitor who comes, is offered to somebody and accepted.
  void chat(std::uint64_t id, const VisitorOptions& o = {SkillId(0), {}, 0, std::nullopt, std::nullopt}) {
    visitor(id, o);
    accept(id);
  }
  void accept(std::uint64_t id) { tell(OfferAccepted{ConversationId(id), AgentId(agent_of.at(id))}); }
  void refuse(std::uint64_t id) { take_back<OfferRefused>(id); }
  void miss(std::uint64_t id) { take_back<OfferMissed>(id); }
  void unmake(std::uint64_t id) { take_back<OfferVoid>(id); }
  void end(std::uint64_t id) { tell(ChatEnded{ConversationId(id)}); }
  void leave(std::uint64_t id) { tell(VisitorLeft{ConversationId(id)}); }

  bool waits(std::uint64_t id) const {
    const auto view = router.conversation(ConversationId(id));
    return view && view->state == ConversationState::waiting;
  }
  // -1: she waits, or is not known.
  int with(std::uint64_t id) const {
    const auto view = router.conversation(ConversationId(id));
    return view && view->agent ? static_cast<int>(view->agent->value) : -1;
  }
  bool held(std::uint64_t id) const { return router.conversation(ConversationId(id))->held; }
  template <class T>
  const T* decided() const {
    for (const Decision& d : decisions) {
      if (const T* t = std::get_if<T>(&d)) return t;
    }
    return nullptr;
  }

 private:
  template <class Back>
  void take_back(std::uint64_t id) {
    const AgentId agent(agent_of.at(id));
    agent_of.erase(id);
    tell(Back{ConversationId(id), agent});
  }
};

}  // namespace switchboard::router
