// The engine that serves live shops, on the virtual clock. Offers are accepted at once.
#include "router/router.hpp"
#include "server/simulate/dispatcher.hpp"

namespace switchboard::simulate {

namespace {

using namespace router;  // NOLINT: this file is about the router's events

class RouterDispatcher : public Dispatcher {
 public:
  RouterDispatcher(const Trace& trace, const Policy& policy) : trace_(trace), router_(policy) {
    router_.handle(Started{}, 0);
  }

  void agent_on(const Shift& shift, Millis now, Placements& out) override {
    AgentConfigured configured{AgentId(shift.agent), shift.skills, std::nullopt,
                               shift.capacity,       shift.end_ms, std::nullopt};
    if (shift.persona) configured.persona = PersonaId(*shift.persona);
    feed(configured, now, out);
    feed(AgentStatusChanged{AgentId(shift.agent), AgentStatus::available}, now, out);
  }
  void agent_off(std::uint32_t agent, Millis now, Placements& out) override {
    feed(AgentStatusChanged{AgentId(agent), AgentStatus::drain}, now, out);
  }
  void arrived(std::uint32_t visitor, Millis now, Placements& out) override {
    const Arrival& a = trace_.arrivals[visitor];
    Visit visit;
    visit.skill = SkillId(a.skill);
    if (a.persona) visit.wish = {a.strict ? WishKind::strict : WishKind::prefer, PersonaId(*a.persona)};
    visit.tier = Tier(a.vip);
    if (a.last_agent) visit.last_agent = AgentId(*a.last_agent);
    visit.entered_at = now;
    feed(VisitorArrived{ConversationId(visitor), visit}, now, out);
  }
  void chat_ended(std::uint32_t visitor, std::uint32_t, Millis now, Placements& out) override {
    feed(ChatEnded{ConversationId(visitor)}, now, out);
  }
  void left(std::uint32_t visitor, Millis now, Placements& out) override {
    feed(VisitorLeft{ConversationId(visitor)}, now, out);
  }
  std::optional<Millis> deadline() const override { return router_.next_deadline(); }
  void timer(Millis now, Placements& out) override { feed(Tick{}, now, out); }
  std::optional<Eta> quote(std::uint32_t visitor) const override {
    return router_.eta(ConversationId(visitor));
  }

 private:
  void feed(const Event& event, Millis now, Placements& out) {
    const std::size_t first = out.size();
    for (const Decision& decision : router_.handle(event, now)) {
      const auto* offer = std::get_if<Offer>(&decision);
      if (offer == nullptr)
        continue;  // nobody is told to leave a message here: she waits as long as her patience
      out.push_back({static_cast<std::uint32_t>(offer->conversation.value), offer->agent.value});
    }
    for (std::size_t i = first; i < out.size(); ++i) {
      router_.handle(OfferAccepted{ConversationId(out[i].visitor), AgentId(out[i].agent)}, now);
    }
  }

  const Trace& trace_;
  Router router_;
};

}  // namespace

router::Policy policy_for(const Trace& trace) {
  Policy policy;
  policy.target_ms.assign(trace.skills.size(), 30'000);
  policy.persona_count = static_cast<std::uint8_t>(trace.personas.size());
  while (policy.tiers.size() < trace.tiers()) policy.tiers.push_back(policy.tiers.back());
  return policy;
}

std::unique_ptr<Dispatcher> router_dispatcher(const Trace& trace, Policy policy) {
  return std::make_unique<RouterDispatcher>(trace, policy);
}

}  // namespace switchboard::simulate
