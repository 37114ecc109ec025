#include "bench/router/busy_shop.hpp"

#include <algorithm>
#include <chrono>

namespace switchboard::bench {

using namespace router;  // NOLINT: this file is about the router's events

namespace {

Policy policy_of(const ShopSize& size) {
  Policy p;
  p.target_ms.assign(static_cast<std::size_t>(size.skills), 30'000);
  p.persona_count = static_cast<std::uint8_t>(size.personas);
  return p;
}

using Clock = std::chrono::steady_clock;

std::int64_t nanoseconds_since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
}

AgentId agent_id(int agent) {
  return AgentId(static_cast<std::uint32_t>(agent));
}

}  // namespace

BusyShop::BusyShop(const ShopSize& size) : size_(size), policy_(policy_of(size)), router_(policy_) {
  for (int i = 0; i < size.agents; ++i) {
    take(agent_of(i, std::nullopt), nullptr);
    take(AgentStatusChanged{agent_id(i), AgentStatus::available}, nullptr);
  }
  take(Started{}, nullptr);
  // Until the places are taken and so many wait, or, with nobody waiting, until nine in ten are taken.
  const auto places = static_cast<std::uint64_t>(size.agents) * kPlaces;
  while (size.waiting > 0 ? router_.counts().waiting < static_cast<std::uint32_t>(size.waiting)
                          : router_.counts().active < places * 9 / 10) {
    pass_time(std::max<Millis>(1, kHandling / static_cast<Millis>(places)), nullptr);
    arrive(nullptr);
  }
}

AgentConfigured BusyShop::agent_of(int i, std::optional<Millis> shift_end) const {
  const int own = i % size_.skills;
  const int backup = (own + 1 + i / size_.skills % 2) % size_.skills;
  AgentConfigured agent;
  agent.agent = agent_id(i);
  agent.skills = {{SkillId(static_cast<std::uint8_t>(own)), 0}};
  if (backup != own) agent.skills.push_back({SkillId(static_cast<std::uint8_t>(backup)), 1});
  if (size_.personas > 0)
    agent.persona = PersonaId(static_cast<std::uint8_t>(i / size_.skills % size_.personas));
  agent.capacity = kPlaces;
  agent.shift_end = shift_end;
  return agent;
}

std::int64_t BusyShop::take(const Event& event, Meter* meter) {
  const Clock::time_point began = Clock::now();
  const std::span<const Decision> decisions = router_.handle(event, now_);
  const std::int64_t ns = nanoseconds_since(began);
  if (meter != nullptr) meter->record(event, ns);
  for (const Decision& d : decisions) {
    if (meter != nullptr) {
      const Clock::time_point line_began = Clock::now();
      const std::string line = to_line(d);
      meter->lines.record(nanoseconds_since(line_began));
    }
    if (const auto* offer = std::get_if<Offer>(&d)) offered_.push_back({offer->conversation, offer->agent});
    const auto gone = [&](ConversationId id) {
      std::erase_if(offered_, [id](const Chat& c) { return c.conversation == id; });
    };
    if (const auto* withdrawn = std::get_if<Withdraw>(&d)) gone(withdrawn->conversation);
  }
  return ns;
}

std::int64_t BusyShop::pass_time(Millis by, Meter* meter) {
  const Millis until = now_ + by;
  std::int64_t slowest = 0;
  while (router_.next_deadline() && *router_.next_deadline() <= until) {
    now_ = std::max(now_, *router_.next_deadline());
    slowest = std::max(slowest, take(Tick{}, meter));
    answer(meter);
  }
  now_ = until;
  return slowest;
}

void BusyShop::arrive(Meter* meter) {
  Visit v;
  v.skill = SkillId(static_cast<std::uint8_t>(dice(static_cast<std::uint64_t>(size_.skills))));
  const std::uint64_t wish = dice(20);
  if (size_.personas > 0 && wish < 11) {
    // With few agents nobody may have the persona, and who insists on it would wait for ever.
    const bool somebody = size_.agents >= 2 * size_.skills * size_.personas;
    v.wish.kind = wish == 0 && somebody ? WishKind::strict : WishKind::prefer;
    v.wish.persona = PersonaId(static_cast<std::uint8_t>(dice(static_cast<std::uint64_t>(size_.personas))));
  }
  const std::uint64_t tier = dice(100);
  v.tier = Tier(tier < 3 ? 2 : tier < 12 ? 1 : 0);
  if (dice(4) == 0) {
    // Whom she knows has the skill, mostly.
    int agent = static_cast<int>(dice(static_cast<std::uint64_t>(size_.agents)));
    if (dice(10) > 0) agent = agent / size_.skills * size_.skills + v.skill.value;
    v.last_agent = agent_id(agent < size_.agents ? agent : v.skill.value);
  }
  v.entered_at = now_;
  take(VisitorArrived{ConversationId(next_++), v}, meter);
  answer(meter);
}

void BusyShop::answer(Meter* meter) {
  while (!offered_.empty()) {
    const Chat offer = offered_.back();
    offered_.pop_back();
    if (dice(50) == 0) {
      take(OfferRefused{offer.conversation, offer.agent}, meter);
    } else {
      take(OfferAccepted{offer.conversation, offer.agent}, meter);
      active_.push_back(offer);
    }
  }
}

void BusyShop::end_chat(Meter* meter) {
  if (active_.empty()) return;
  const std::size_t at = dice(active_.size());
  const Chat chat = active_[at];
  active_[at] = active_.back();
  active_.pop_back();
  take(ChatEnded{chat.conversation}, meter);
  answer(meter);
}

void BusyShop::odd_moment(Meter* meter) {
  if (active_.empty()) return;
  const ConversationId chat = active_[dice(active_.size())].conversation;
  take(ChatParked{chat}, meter);
  answer(meter);
  take(ChatWoken{chat}, meter);
  if (router_.counts().waiting <= static_cast<std::uint32_t>(size_.waiting)) return;
  const SkillId skill(static_cast<std::uint8_t>(dice(static_cast<std::uint64_t>(size_.skills))));
  const std::vector<ConversationId> first = router_.queue(skill, 1 + dice(20));
  if (!first.empty()) take(VisitorLeft{first.back()}, meter);
}

void BusyShop::turn(Meter* meter) {
  const Millis places = std::int64_t{size_.agents} * kPlaces;
  // At a great number of places more than one chat ends in a millisecond.
  if (places <= kHandling || dice(static_cast<std::uint64_t>(places)) < kHandling)
    pass_time(std::max<Millis>(1, kHandling / places), meter);
  end_chat(meter);
  arrive(meter);
  if (dice(20) == 0) odd_moment(meter);
}

// --- worst cases

std::int64_t BusyShop::shifts_end(int agents) {
  const Millis end = now_ + 5'000;
  for (int i = 0; i < agents; ++i) take(agent_of(i, end), nullptr);
  // One chat of each ends, and what he is offered instead stays unanswered.
  std::vector<bool> asked(static_cast<std::size_t>(agents));
  std::vector<Chat> rest;
  for (const Chat& chat : active_) {
    const std::uint32_t a = chat.agent.value;
    if (a < asked.size() && !asked[a]) {
      asked[a] = true;
      take(ChatEnded{chat.conversation}, nullptr);
    } else {
      rest.push_back(chat);
    }
  }
  active_ = std::move(rest);
  now_ = end;
  const std::int64_t took = take(Tick{}, nullptr);
  answer(nullptr);
  for (int i = 0; i < agents; ++i) take(agent_of(i, std::nullopt), nullptr);
  answer(nullptr);
  return took;
}

std::int64_t BusyShop::lines_lost(int agents) {
  std::int64_t slowest = 0;
  for (int i = 0; i < agents; ++i) {
    slowest = std::max(slowest, take(AgentLineChanged{agent_id(i), AgentLine::lost}, nullptr));
    std::erase_if(active_, [&](const Chat& c) { return c.agent == agent_id(i); });
    answer(nullptr);
  }
  return slowest;
}

std::int64_t BusyShop::agents_come_on(int agents) {
  std::int64_t slowest = 0;
  for (int i = 0; i < agents; ++i) {
    slowest = std::max(slowest, take(AgentLineChanged{agent_id(i), AgentLine::live}, nullptr));
    answer(nullptr);
  }
  return slowest;
}

std::int64_t BusyShop::policy_changes() {
  policy_.persona_hold_ms += 1'000;
  policy_.target_ms[0] = policy_.target_ms[0] == 30'000 ? 20'000 : 30'000;
  const std::int64_t took = take(PolicyChanged{policy_}, nullptr);
  answer(nullptr);
  return took;
}

void BusyShop::crowd_arrives(int visitors) {
  for (int i = 0; i < visitors; ++i) {
    if (i % std::max(1, visitors / 1'000) == 0) pass_time(1, nullptr);
    arrive(nullptr);
  }
}

std::int64_t BusyShop::sleeps(Millis length) {
  now_ += length;
  const std::int64_t took = take(Tick{}, nullptr);
  answer(nullptr);
  return took;
}

std::int64_t BusyShop::rebuild() {
  std::vector<Event> facts;
  for (int i = 0; i < size_.agents; ++i) {
    facts.emplace_back(agent_of(i, std::nullopt));
    facts.emplace_back(AgentStatusChanged{agent_id(i), AgentStatus::available});
  }
  const auto visit = [&](ConversationId id) {
    const ConversationView view = *router_.conversation(id);
    return Visit{view.skill, view.wish, view.tier, std::nullopt, {}, view.entered_at};
  };
  for (const Chat& chat : active_) {
    facts.emplace_back(AssignmentRestored{chat.conversation, chat.agent, AssignmentState::active,
                                          visit(chat.conversation), now_});
  }
  for (int skill = 0; skill < size_.skills; ++skill) {
    for (const ConversationId id : router_.queue(SkillId(static_cast<std::uint8_t>(skill)), SIZE_MAX))
      facts.emplace_back(VisitorArrived{id, visit(id)});
  }
  facts.emplace_back(Started{});
  Router again(policy_);
  std::int64_t total = 0;
  for (const Event& fact : facts) {
    const Clock::time_point began = Clock::now();
    again.handle(fact, now_);
    total += nanoseconds_since(began);
  }
  return total;
}

}  // namespace switchboard::bench
