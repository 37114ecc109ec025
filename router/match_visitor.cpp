// 2.3: an agent for a visitor, on arrival, on each of her deadlines, after a rejection.
#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

// True if she was offered to somebody. `way`: past those of her class before her.
bool Router::Engine::route(std::uint32_t visitor, Way way) {
  Visitor& v = queue_.visitor(visitor);
  v.held = Held::no;
  if (!v.exclusions.empty()) drop_spent_exclusions(visitor);
  if (v.known_count > 0 && route_to_known_agent(visitor)) return true;
  if (way != Way::closed) {
    if (v.held == Held::no && route_to_best(visitor, way)) return true;
    set_class_deadline(v.class_index, next_deadline_of(queue_.class_of(v), v));
  }
  if (v.held != Held::no) queue_.mark_held(v.class_index, true);
  return false;
}

// 2.3.1: to her last agent if he is open; else she is held for him if he is full and that is worth it. The
// former agents of her conversation stand behind the last one (2.10).
bool Router::Engine::route_to_known_agent(std::uint32_t visitor) {
  Visitor& v = queue_.visitor(visitor);
  for (std::uint8_t i = 0; i < v.known_count; ++i) {
    const std::uint32_t agent = v.known[i];
    if (!counts_as_last(v, agent) || v.excludes(agent, now_)) continue;
    const Agent& a = roster_.agent(agent);
    if (a.open()) {
      const VisitorClass& c = queue_.class_of(v);
      AgentChoice choice;
      choice.rule = Rule::last_agent;
      choice.on_duty = roster_.pool(c.skill).on_duty;
      choice.candidates = 1;
      const Group::Open& key = roster_.groups()[a.group].open[a.heap_at];
      choice.winner = {key.not_tapering(), roster_.level(a, c.skill), key.load_share(), 0, a.last_offer,
                       AgentId(agent)};
      offer(visitor, agent, Rule::last_agent, choice);
      return true;
    }
  }
  if (holds_for_known_agent(v)) v.held = Held::for_last_agent;
  return false;
}

// 2.1: on shift, has the skill, does not contradict a strict wish, nor a preference if the shop says so.
bool Router::Engine::counts_as_last(const Visitor& v, std::uint32_t agent) const {
  const Agent& a = roster_.agent(agent);
  if (!a.configured || !a.on_duty) return false;
  const VisitorClass& c = queue_.class_of(v);
  if (!a.has(c.skill)) return false;
  if (c.wish.kind == WishKind::any || a.persona == c.wish.persona) return true;
  return c.wish.kind == WishKind::prefer && policy_.sticky_over_persona;
}

// 2.3.2, the part that waiting opens.
bool Router::Engine::level_open(std::uint8_t level, Millis waited) const {
  const std::size_t step = std::min<std::size_t>(level, policy_.overflow_ms.size() - 1);
  return level == 0 || waited >= policy_.overflow_ms[step];
}

// One group as she sees it.
struct Router::Engine::GroupView {
  const Group& group;
  const Visitor& v;
  std::uint8_t level;
  std::int64_t demand;
  bool only_idle;  // her wait has not opened this level: only agents idle enough (2.3.2)
};

// 2.3.4 within a group: the heap of open agents from `at` down, best first; below an agent who will do there
// is none better. Visits O(1 + excluded) agents.
void Router::Engine::best_of_group(const GroupView& view, std::uint32_t at, BestTwo& best) const {
  if (at >= view.group.open.size()) return;
  const Group::Open& open = view.group.open[at];
  const AgentKey key{open.not_tapering(), view.level,      open.load_share(),
                     view.demand,         open.last_offer, AgentId(open.agent)};
  if (best.second && !(key < *best.second)) return;
  const Agent& a = roster_.agent(open.agent);
  if (view.only_idle && !a.counted_idle) {
    // Shares are rounded, so the next may still be idle enough if this one is nearly so.
    if (open.not_tapering() && roster_.free_share_pm(a) + 1 < policy_.overflow_idle_pm) return;
  } else if (!view.v.excludes(open.agent, now_)) {
    best.see(key);
  }
  best_of_group(view, 2 * at + 1, best);
  best_of_group(view, 2 * at + 2, best);
}

// 2.3.2 for one group: all its open agents, or only the idle ones, or (nobody is) none.
void Router::Engine::see_group(std::uint32_t index, const Visitor& v, bool wanted, AgentChoice& choice,
                               BestTwo& best) const {
  const Group& group = roster_.groups()[index];
  if (group.open.empty()) return;
  const VisitorClass& c = queue_.class_of(v);
  const std::uint8_t level = group.levels[c.skill.value];
  const bool only_idle = !wanted && !level_open(level, now_ - v.entered_at);
  const auto open = static_cast<std::uint32_t>(group.open.size());
  const std::uint32_t seen = only_idle ? group.idle : open;
  choice.level_closed += open - seen;
  choice.candidates += seen;
  if (seen > 0) best_of_group({group, v, level, demand_pm(c.skill, group.persona), only_idle}, 0, best);
  for (const Exclusion& e : v.exclusions) {
    const Agent& a = roster_.agent(e.agent);
    if (a.group != index || !a.open() || e.until <= now_ || (only_idle && !a.counted_idle)) continue;
    ++choice.excluded;
    --choice.candidates;
  }
}

// 2.3.3: of the wanted persona; else strict waits; else prefer waits while that is worth it; else the best of
// all.
bool Router::Engine::route_to_best(std::uint32_t visitor, Way way) {
  Visitor& v = queue_.visitor(visitor);
  const VisitorClass& c = queue_.class_of(v);
  const Pool& pool = roster_.pool(c.skill);
  if (pool.open == 0 && c.wish.kind != WishKind::prefer) return false;
  AgentChoice choice;
  choice.on_duty = pool.on_duty;
  choice.not_open = pool.on_duty - pool.open;

  BestTwo wanted;
  for (std::uint32_t group : c.wanted) see_group(group, v, true, choice, wanted);
  if (wanted.best) {
    choice.other_persona = pool.open - roster_.pool(c.skill, c.wish.persona).open;
    offer_best(visitor, Rule::wanted_persona, choice, wanted);
    return true;
  }
  if (c.wish.kind == WishKind::strict) return false;
  if (c.wish.kind == WishKind::prefer && holds_for_persona(c, v.entered_at, v.id.value)) {
    v.held = Held::for_persona;
    return false;
  }
  if (way != Way::open) return false;
  BestTwo best;
  for (std::uint32_t group : c.others) see_group(group, v, false, choice, best);
  if (!best.best) return false;
  offer_best(visitor, Rule::best_agent, choice, best);
  return true;
}

void Router::Engine::offer_best(std::uint32_t visitor, Rule rule, AgentChoice choice, const BestTwo& best) {
  choice.rule = rule;
  choice.winner = *best.best;
  choice.runner_up = best.second;
  offer(visitor, best.best->agent.value, rule, choice);
}

// 2.3.4, its fourth key: visitors wanting this persona per free place of it. An agent asked about is open, so
// there is one.
std::int64_t Router::Engine::demand_pm(SkillId skill, std::optional<PersonaId> persona) const {
  if (!persona) return 0;
  return std::int64_t{1000} * queue_.wanting(skill, *persona) / std::max(roster_.free_places(persona), 1u);
}

// --- classes

// Within a class nobody is passed (2.6), except who may not or will not go to those who would be next: she
// whom an agent has refused, and she who waits for her own agent. And past one who is held those who prefer
// the same persona go to agents of that persona alone (2.3.3: nobody passes her like).
Router::Engine::Way Router::Engine::way_past(const Visitor& v) const {
  const VisitorClass& c = queue_.class_of(v);
  const bool prefers = c.wish.kind == WishKind::prefer;
  if (holds_for_known_agent(v)) return prefers ? Way::to_wanted_persona : Way::open;
  if (v.exclusions.empty()) return Way::closed;
  return prefers && holds_for_persona(c, v.entered_at, v.id.value) ? Way::to_wanted_persona : Way::open;
}

Router::Engine::Way Router::Engine::way_to(std::uint32_t visitor) const {
  const VisitorClass& c = queue_.class_of(queue_.visitor(visitor));
  Way way = Way::open;
  for (auto at = c.line.begin(); !at.done() && at->visitor != visitor && way != Way::closed; at.next()) {
    way = std::min(way, way_past(queue_.visitor(at->visitor)));
  }
  return way;
}

// Routes from the head on until somebody has to wait whom nobody may pass.
void Router::Engine::route_class(std::size_t index) {
  VisitorClass& c = queue_.of_class(index);
  queue_.mark_held(index, false);
  std::size_t passed = 0;
  for (Way way = Way::open; way != Way::closed && passed < c.line.size();) {
    auto at = c.line.begin();
    for (std::size_t i = 0; i < passed; ++i) at.next();
    const std::uint32_t visitor = at->visitor;
    if (route(visitor, way)) continue;
    way = std::min(way, way_past(queue_.visitor(visitor)));
    ++passed;
  }
}

// After Started or a changed policy: everybody, highest score first, as long as there is somebody to take
// them.
void Router::Engine::route_everybody() {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < queue_.classes(); ++i) {
    if (!queue_.of_class(i).line.empty()) left.push_back(i);
  }
  while (!left.empty()) {
    const auto best = std::min_element(left.begin(), left.end(), [this](std::size_t a, std::size_t b) {
      const auto key = [this](std::size_t i) {
        const VisitorClass& c = queue_.of_class(i);
        const WaitingLine::Entry& head = c.head;
        return VisitorKey{Queue::score(c, head.entered_at, now_, 0), head.entered_at,
                          ConversationId(head.id)};
      };
      return Pick::before(key(a), key(b));
    });
    const VisitorClass& c = queue_.of_class(*best);
    if (!route(c.head.visitor, Way::open)) {
      route_class(*best);
      left.erase(best);
    } else if (c.line.empty()) {
      left.erase(best);
    }
  }
}

// --- 2.7 deadlines

// The next moment at which 2.3 may answer differently for her only because time has passed.
Millis Router::Engine::next_deadline_of(const VisitorClass& c, const Visitor& v) const {
  Millis next = kNever;
  const auto step = [&](Millis length) {
    const Millis at = v.entered_at + length;
    if (at > now_ && at < next) next = at;
  };
  if (c.wish.kind != WishKind::strict) {
    for (Millis length : policy_.overflow_ms) step(length);
  }
  if (c.wish.kind == WishKind::prefer) step(policy_.persona_hold_ms);
  if (v.known_count > 0) step(policy_.sticky_hold_ms);
  return next;
}

// An earlier one that is already set stays: it makes the router look again and set the next.
void Router::Engine::set_class_deadline(std::size_t index, Millis at) {
  VisitorClass& c = queue_.of_class(index);
  if (at >= c.deadline) return;
  c.deadline = at;
  deadlines_.add({at, DeadlineKind::class_head, static_cast<std::uint32_t>(index)});
}

}  // namespace switchboard::router
