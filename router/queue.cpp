#include "router/queue.hpp"

#include <algorithm>

namespace switchboard::router {

void Visitor::learn(std::uint32_t who) {
  std::uint8_t at = 0;
  while (at < known_count && known[at] != who) ++at;
  if (at == known_count) {
    if (known_count < known.size()) ++known_count;
    at = static_cast<std::uint8_t>(known_count - 1);
  }
  for (; at > 0; --at) known[at] = known[at - 1];
  known[0] = who;
}

// --- classes

std::size_t Queue::class_index(SkillId skill, const Wish& wish, Tier tier) const {
  const std::size_t kind =
      wish.kind == WishKind::any ? 0 : 2u * wish.persona.value + (wish.kind == WishKind::prefer ? 1u : 2u);
  return (skill.value * (1u + 2u * personas_) + kind) * tiers_ + tier.value;
}

std::vector<std::uint32_t> Queue::reshape(const Policy& policy) {
  const std::vector<VisitorClass> old = std::move(classes_);
  skills_ = policy.target_ms.size();
  personas_ = policy.persona_count;
  tiers_ = policy.tiers.size();
  classes_.assign(skills_ * classes_per_skill(), {});
  for (std::size_t s = 0; s < skills_; ++s) {
    for (std::size_t kind = 0; kind < 1u + 2u * personas_; ++kind) {
      for (std::size_t v = 0; v < tiers_; ++v) {
        VisitorClass& c = classes_[(s * (1u + 2u * personas_) + kind) * tiers_ + v];
        c.skill = SkillId(static_cast<std::uint8_t>(s));
        c.tier = Tier(static_cast<std::uint8_t>(v));
        if (kind > 0) {
          c.wish = {kind % 2 == 1 ? WishKind::prefer : WishKind::strict,
                    PersonaId(static_cast<std::uint8_t>((kind - 1) / 2))};
        }
        c.weight = policy.tiers[v].rate_pm * (30'000'000 / policy.target_ms[s]);
        c.head_start = policy.tiers[v].head_start_ms;
      }
    }
  }
  non_empty_ = Bitset(classes_.size());
  held_ = Bitset(classes_.size());
  wanting_.assign(skills_ * (personas_ + 1u), 0);
  waiting_ = 0;

  std::vector<std::uint32_t> homeless;
  for (std::uint32_t i = 0; i < visitors_.size(); ++i) {
    Visitor& v = visitors_[i];
    if (!v.in_use) continue;
    const VisitorClass& was = old[v.class_index];
    if (!valid_skill(was.skill)) {
      homeless.push_back(i);
      v.class_index = 0;
      continue;
    }
    const Wish wish = valid_wish(was.wish) ? was.wish : Wish{};
    const auto tier = static_cast<std::uint8_t>(std::min<std::size_t>(was.tier.value, tiers_ - 1));
    v.class_index = static_cast<std::uint32_t>(class_index(was.skill, wish, Tier(tier)));
    v.held = Held::no;
    if (v.state == ConversationState::waiting) {
      classes_[v.class_index].line.insert({v.entered_at, v.id.value, i});
      count(v, +1);
    }
  }
  for (std::size_t c = 0; c < classes_.size(); ++c) refresh_head(c);
  return homeless;
}

void Queue::index_group(Roster& roster, std::uint32_t g) {
  Group& group = roster.group(g);
  group.classes = Bitset(classes_.size());
  group.strict_other = Bitset(classes_.size());
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    VisitorClass& c = classes_[i];
    if (group.levels[c.skill.value] == kNoSkill) continue;
    if (c.wish.kind != WishKind::any && group.persona == c.wish.persona) {
      c.wanted.push_back(g);
    } else if (c.wish.kind == WishKind::strict) {
      group.strict_other.set(i);
      continue;
    } else {
      c.others.push_back(g);
    }
    group.classes.set(i);
  }
}

void Queue::mark_held(std::size_t index, bool held) {
  if (classes_[index].held == held) return;
  classes_[index].held = held;
  held ? held_.set(index) : held_.reset(index);
}

void Queue::refresh_head(std::size_t index) {
  VisitorClass& c = classes_[index];
  if (c.line.empty()) {
    non_empty_.reset(index);
    c.plain_head = true;
    return;
  }
  non_empty_.set(index);
  c.head = c.line.front();
  const Visitor& head = visitors_[c.head.visitor];
  c.plain_head = head.exclusions.empty() && head.known_count == 0;
}

// --- visitors

std::uint32_t Queue::add(ConversationId id, const Visit& visit, Millis now) {
  std::uint32_t index;
  if (free_visitors_.empty()) {
    index = static_cast<std::uint32_t>(visitors_.size());
    visitors_.emplace_back();
  } else {
    index = free_visitors_.back();
    free_visitors_.pop_back();
  }
  Visitor& v = visitors_[index];
  v.id = id;
  v.entered_at = std::min(visit.entered_at, now);
  v.started_at = 0;
  v.agent = kNone32;
  v.state = ConversationState::waiting;
  v.held = Held::no;
  v.in_use = true;
  v.units = 0;
  describe(v, visit);
  index_.insert(id, index);
  return index;
}

void Queue::describe(Visitor& v, const Visit& visit) {
  v.told_p50_ms = v.told_p90_ms = -1;
  const Wish wish = valid_wish(visit.wish) ? visit.wish : Wish{};
  const auto tier = static_cast<std::uint8_t>(std::min<std::size_t>(visit.tier.value, tiers_ - 1));
  v.class_index = static_cast<std::uint32_t>(class_index(visit.skill, wish, Tier(tier)));
  v.known_count = 0;
  const std::size_t former = std::min(visit.former_agents.size(), kKnownAgentsMax);
  for (std::size_t i = former; i-- > 0;) v.learn(visit.former_agents[i].value);
  if (visit.last_agent) v.learn(visit.last_agent->value);
}

void Queue::forget(std::uint32_t index) {
  Visitor& v = visitors_[index];
  index_.erase(v.id);
  v.in_use = false;
  v.exclusions.clear();
  free_visitors_.push_back(index);
}

void Queue::enter(std::uint32_t index, Roster& roster) {
  Visitor& v = visitors_[index];
  v.state = ConversationState::waiting;
  v.agent = kNone32;
  v.held = Held::no;
  const WaitingLine::Entry entry{v.entered_at, v.id.value, index};
  WaitingLine& line = classes_[v.class_index].line;
  line.insert(entry);
  for (std::uint8_t i = 0; i < v.known_count; ++i) {
    roster.agent(v.known[i]).returning.insert(entry);
  }
  count(v, +1);
  if (line.size() == 1 || entry.before(classes_[v.class_index].head)) refresh_head(v.class_index);
}

void Queue::leave(std::uint32_t index, Roster& roster) {
  Visitor& v = visitors_[index];
  VisitorClass& c = classes_[v.class_index];
  const bool head = c.head.visitor == index;
  c.line.erase(v.entered_at, v.id.value);
  for (std::uint8_t i = 0; i < v.known_count; ++i) {
    roster.agent(v.known[i]).returning.erase(v.entered_at, v.id.value);
  }
  count(v, -1);
  if (head) refresh_head(v.class_index);
}

void Queue::count(const Visitor& v, int sign) {
  const VisitorClass& c = classes_[v.class_index];
  const auto by = static_cast<std::uint32_t>(sign);
  const std::size_t row = c.skill.value * (personas_ + 1u);
  waiting_ += by;
  wanting_[row + personas_] += by;
  if (c.wish.kind != WishKind::any) wanting_[row + c.wish.persona.value] += by;
}

// j goes before i iff (now - t_j + head_j) * weight_j > score_i, or they are equal and (t_j, id_j) < (t_i,
// id_i).
std::size_t Queue::ahead(const VisitorClass& c, std::int64_t score, Millis entered_at, std::uint64_t id,
                         Millis now) {
  if (c.line.empty()) return 0;
  const Millis boosted = score / c.weight;
  const Millis even = now + c.head_start - boosted;  // who entered then has this score, or just less
  if (score % c.weight != 0 || even > entered_at) return c.line.rank(even, 0);
  return even == entered_at ? c.line.rank(even, id) : c.line.rank(even + 1, 0);
}

std::string Queue::self_check() const {
  std::vector<std::uint32_t> wanting(wanting_.size());
  std::vector<std::size_t> lines(classes_.size());
  std::uint32_t waiting = 0;
  std::size_t known = 0;
  for (std::uint32_t i = 0; i < visitors_.size(); ++i) {
    const Visitor& v = visitors_[i];
    if (!v.in_use) continue;
    ++known;
    if (index_.find(v.id) != i) return "conversation index";
    if ((v.state == ConversationState::waiting) != (v.agent == kNone32)) return "state of a conversation";
    if (v.state != ConversationState::waiting) continue;
    const VisitorClass& c = classes_[v.class_index];
    ++waiting;
    ++lines[v.class_index];
    ++wanting[c.skill.value * (personas_ + 1u) + personas_];
    if (c.wish.kind != WishKind::any) ++wanting[c.skill.value * (personas_ + 1u) + c.wish.persona.value];
  }
  if (known != index_.size()) return "size of the conversation index";
  if (waiting != waiting_ || wanting != wanting_) return "counters of the waiting";
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    const VisitorClass& c = classes_[i];
    if (c.line.size() != lines[i]) return "length of class " + std::to_string(i);
    if (c.line.empty() == non_empty_.test(i)) return "set of non-empty classes";
    if (!c.line.empty() && c.head.id != c.line.front().id) return "head of class " + std::to_string(i);
    if (c.held != held_.test(i)) return "set of held classes";
    std::size_t rank = 0;
    const WaitingLine::Entry* before = nullptr;
    for (auto at = c.line.begin(); !at.done(); at.next(), ++rank) {
      if (before != nullptr && !before->before(*at)) return "order of class " + std::to_string(i);
      if (c.line.rank(at->entered_at, at->id) != rank) return "rank in class " + std::to_string(i);
      before = &*at;
    }
  }
  return {};
}

}  // namespace switchboard::router
