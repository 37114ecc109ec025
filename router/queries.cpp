// What can be asked of the router between two events.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

ConversationView Router::Engine::view(std::uint32_t visitor) const {
  const Visitor& v = queue_.visitor(visitor);
  const VisitorClass& c = queue_.class_of(v);
  ConversationView view{v.state, std::nullopt, c.skill, c.wish, c.tier, v.entered_at, v.held != Held::no,
                        v.held == Held::for_last_agent};
  if (v.agent != kNone32) view.agent = AgentId(v.agent);
  return view;
}

AgentView Router::Engine::view(const Agent& a) const {
  AgentView view{a.status,
                 a.line,
                 a.on_duty,
                 a.open(),
                 a.used_units,
                 a.capacity_units,
                 static_cast<std::uint32_t>(a.chats.size()),
                 std::nullopt};
  if (a.last_offer != kNeverOffered) view.last_offer = a.last_offer;
  return view;
}

// Merges the classes of the skill by their heads' scores: O(limit * classes of the skill).
std::vector<ConversationId> Router::Engine::queue_order(SkillId skill, std::size_t limit) const {
  std::vector<ConversationId> order;
  if (!queue_.valid_skill(skill)) return order;
  struct Source {
    const VisitorClass* of_class;
    WaitingLine::Cursor at;
  };
  std::vector<Source> sources;
  for (std::size_t i = 0; i < queue_.classes_per_skill(); ++i) {
    const VisitorClass& c = queue_.of_class(queue_.first_class(skill) + i);
    if (!c.line.empty()) sources.push_back({&c, c.line.begin()});
  }
  const auto key = [this](const Source& s) {
    return VisitorKey{Queue::score(*s.of_class, s.at->entered_at, now_, 0), s.at->entered_at,
                      ConversationId(s.at->id)};
  };
  while (order.size() < limit) {
    Source* best = nullptr;
    for (Source& s : sources) {
      if (!s.at.done() && (best == nullptr || Pick::before(key(s), key(*best)))) best = &s;
    }
    if (best == nullptr) break;
    order.push_back(ConversationId(best->at->id));
    best->at.next();
  }
  return order;
}

std::vector<Candidate> Router::Engine::candidates(std::uint32_t visitor) const {
  const Visitor& v = queue_.visitor(visitor);
  const VisitorClass& c = queue_.class_of(v);
  const bool wanted_open = c.wish.kind != WishKind::any && roster_.pool(c.skill, c.wish.persona).open > 0;
  std::vector<Candidate> all;
  for (std::uint32_t i = 0; i < roster_.size(); ++i) {
    const Agent& a = roster_.agent(i);
    if (!a.configured) continue;
    Candidate candidate;
    candidate.key.agent = AgentId(i);
    const std::uint8_t level = roster_.level(a, c.skill);
    if (level != kNoSkill) {
      const bool wanted = c.wish.kind != WishKind::any && a.persona == c.wish.persona;
      const std::int64_t share =
          a.capacity_units == 0 ? 0 : std::int64_t{a.used_units} * kShareScale / a.capacity_units;
      candidate.key = {!roster_.tapering(a, now_),    level,        static_cast<std::int32_t>(share),
                       demand_pm(c.skill, a.persona), a.last_offer, AgentId(i)};
      if (!a.on_duty) {
        candidate.verdict = Verdict::not_on_duty;
      } else if (!a.open()) {
        candidate.verdict = Verdict::not_open;
      } else if (v.excludes(i, now_)) {
        candidate.verdict = Verdict::excluded;
      } else if (!wanted && (c.wish.kind == WishKind::strict || wanted_open)) {
        candidate.verdict = Verdict::other_persona;
      } else if (!wanted && !a.counted_idle && !level_open(level, now_ - v.entered_at)) {
        candidate.verdict = Verdict::level_closed;
      } else {
        candidate.verdict = Verdict::candidate;
      }
    }
    all.push_back(candidate);
  }
  return all;
}

Counts Router::Engine::counts() const {
  const Roster::Totals t = roster_.totals();
  return {t.on_duty, t.open, t.capacity_units, t.used_units, queue_.waiting(), offered_, active_, parked_};
}

std::vector<std::int64_t> Router::Engine::count_serving() const {
  std::vector<std::int64_t> units(policy_.target_ms.size());
  for (std::uint32_t i = 0; i < queue_.slots(); ++i) {
    const Visitor& v = queue_.visitor(i);
    if (v.in_use && v.state != ConversationState::waiting) units[queue_.class_of(v).skill.value] += v.units;
  }
  return units;
}

std::string Router::Engine::self_check() const {
  if (serving_units_ != count_serving()) return "places at work per skill";
  if (std::string wrong = roster_.self_check(now_); !wrong.empty()) return wrong;
  if (std::string wrong = queue_.self_check(); !wrong.empty()) return wrong;
  std::vector<std::int32_t> used(roster_.size());
  std::vector<std::size_t> chats(roster_.size()), returning(roster_.size());
  std::uint32_t offered = 0, active = 0, parked = 0;
  for (std::uint32_t i = 0; i < queue_.slots(); ++i) {
    const Visitor& v = queue_.visitor(i);
    if (!v.in_use) continue;
    offered += v.state == ConversationState::offered;
    active += v.state == ConversationState::active;
    parked += v.state == ConversationState::parked;
    if (v.state != ConversationState::waiting) {
      used[v.agent] += v.units;
      ++chats[v.agent];
      continue;
    }
    for (std::uint8_t k = 0; k < v.known_count; ++k) ++returning[v.known[k]];
  }
  if (offered != offered_ || active != active_ || parked != parked_) return "counters of conversations";
  for (std::uint32_t i = 0; i < roster_.size(); ++i) {
    const Agent& a = roster_.agent(i);
    if (a.used_units != used[i] || a.chats.size() != chats[i]) return "places of agent " + std::to_string(i);
    if (a.returning.size() != returning[i]) return "returning visitors of agent " + std::to_string(i);
  }
  return {};
}

}  // namespace switchboard::router
