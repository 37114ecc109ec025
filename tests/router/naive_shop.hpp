// The rules of routing said again, the slow way: everything is recomputed from plain lists, nobody is
// indexed, nothing is remembered between events but the facts. Judges every decision of a router and every
// moment in which it decides nothing.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "router/router.hpp"

namespace switchboard::router {

class NaiveShop {
 public:
  explicit NaiveShop(const Policy& policy)
      : p(bounded(policy)), handling(p.target_ms.size(), p.handling_start_ms) {}

  struct Worker {
    AgentConfigured config;
    AgentStatus status = AgentStatus::offline;
    AgentLine line = AgentLine::live;
    int used = 0;
    int misses = 0;
    Millis last_offer = kNeverOffered;
  };
  struct Guest {
    Visit visit;
    ConversationState state = ConversationState::waiting;
    std::uint32_t agent = 0;
    int units = 0;
    Millis started = 0;
    std::vector<std::uint32_t> known;
    std::map<std::uint32_t, Millis> excluded;  // until
  };

  Policy p;
  std::vector<Millis> handling;
  std::map<std::uint32_t, Worker> workers;
  std::map<std::uint64_t, Guest> guests;
  Millis now = 0;
  bool started = false;
  // With a ramp or a pause after a void offer agents are closed for reasons the facts do not tell.
  const Router* pauses = nullptr;

  // --- 2.1

  bool on_duty(std::uint32_t a) const {
    const Worker& w = workers.at(a);
    return w.status == AgentStatus::available && w.line == AgentLine::live &&
           (!w.config.shift_end || now < *w.config.shift_end);
  }
  bool full(std::uint32_t a) const { return workers.at(a).used + 4 > workers.at(a).config.capacity * 4; }
  bool open(std::uint32_t a) const {
    if (!on_duty(a) || full(a)) return false;
    return pauses == nullptr || pauses->agent(AgentId(a))->open;
  }
  std::optional<int> level(std::uint32_t a, SkillId skill) const {
    for (const SkillLevel& s : workers.at(a).config.skills) {
      if (s.skill == skill) return s.level;
    }
    return std::nullopt;
  }
  static bool wants(const Guest& g) { return g.visit.wish.kind != WishKind::any; }
  bool match(const Guest& g, std::uint32_t a) const {
    return wants(g) && workers.at(a).config.persona == g.visit.wish.persona;
  }
  bool is_last(const Guest& g, std::uint32_t a) const {
    if (std::find(g.known.begin(), g.known.end(), a) == g.known.end() || !workers.contains(a)) return false;
    if (!on_duty(a) || !level(a, g.visit.skill)) return false;
    if (!wants(g) || match(g, a)) return true;
    return g.visit.wish.kind == WishKind::prefer && p.sticky_over_persona;
  }
  bool excluded(const Guest& g, std::uint32_t a) const {
    const auto at = g.excluded.find(a);
    return at != g.excluded.end() && at->second > now && !all_excluded(g);
  }
  bool all_excluded(const Guest& g) const {
    for (const auto& [a, w] : workers) {
      if (!on_duty(a) || !level(a, g.visit.skill)) continue;
      if (g.visit.wish.kind == WishKind::strict && !match(g, a)) continue;
      const auto at = g.excluded.find(a);
      if (at == g.excluded.end() || at->second <= now) return false;
    }
    return true;
  }

  // --- 2.2

  std::int64_t score(std::uint64_t id, std::uint32_t a) const {
    const Guest& g = guests.at(id);
    const TierPolicy& tier = p.tiers[g.visit.tier.value];
    Millis wait = now - g.visit.entered_at + tier.head_start_ms;
    if (match(g, a)) wait += p.persona_bonus_ms;
    if (is_last(g, a)) wait += p.sticky_bonus_ms;
    return wait * tier.rate_pm * (30'000'000 / p.target_ms[g.visit.skill.value]);
  }
  bool entered_before(std::uint64_t a, std::uint64_t b) const {
    const Millis ta = guests.at(a).visit.entered_at, tb = guests.at(b).visit.entered_at;
    return ta != tb ? ta < tb : a < b;
  }

  // --- 2.5

  bool holds_for_persona(std::uint64_t id) const {
    const Guest& g = guests.at(id);
    if (g.visit.wish.kind != WishKind::prefer || now - g.visit.entered_at >= p.persona_hold_ms) return false;
    std::int64_t busy = 0, ahead = 0;
    for (const auto& [a, w] : workers) {
      if (on_duty(a) && level(a, g.visit.skill) && match(g, a)) busy += w.used;
    }
    for (const auto& [other, o] : guests) {
      ahead += other != id && o.state == ConversationState::waiting && o.visit.skill == g.visit.skill &&
               wants(o) && o.visit.wish.persona == g.visit.wish.persona && entered_before(other, id);
    }
    return handling[g.visit.skill.value] * (ahead + 1) * 1000 * 4 <=
           p.persona_hold_ms * p.persona_worth_pm * busy;
  }
  bool holds_for_last(std::uint64_t id) const {
    const Guest& g = guests.at(id);
    if (now - g.visit.entered_at >= p.sticky_hold_ms) return false;
    for (std::uint32_t a : g.known) {
      if (!is_last(g, a) || excluded(g, a) || !full(a)) continue;
      std::int64_t ahead = 0;
      for (const auto& [other, o] : guests) {
        ahead += o.state == ConversationState::waiting && entered_before(other, id) &&
                 std::find(o.known.begin(), o.known.end(), a) != o.known.end();
      }
      if (handling[g.visit.skill.value] * (ahead + 1) * 1000 * 4 <=
          p.sticky_hold_ms * p.sticky_worth_pm * std::int64_t{workers.at(a).used}) {
        return true;
      }
    }
    return false;
  }
  bool same_class(const Guest& a, const Guest& b) const {
    return a.visit.skill == b.visit.skill && a.visit.tier == b.visit.tier &&
           a.visit.wish.kind == b.visit.wish.kind &&
           (!wants(a) || a.visit.wish.persona == b.visit.wish.persona);
  }
  // 2.3.3: nobody passes her like who is held.
  bool behind_a_hold(std::uint64_t id) const {
    if (guests.at(id).visit.wish.kind != WishKind::prefer) return false;
    for (const auto& [other, o] : guests) {
      if (o.state != ConversationState::waiting || !same_class(o, guests.at(id)) ||
          !entered_before(other, id))
        continue;
      if (holds_for_last(other) || holds_for_persona(other)) return true;
    }
    return false;
  }

  // --- 2.3

  bool level_open(const Guest& g, std::uint32_t a) const {
    const Worker& w = workers.at(a);
    const auto l = static_cast<std::size_t>(*level(a, g.visit.skill));
    const Millis needed = l == 0 ? 0 : p.overflow_ms[std::min(l, p.overflow_ms.size() - 1)];
    const int capacity = w.config.capacity * 4;
    return match(g, a) || now - g.visit.entered_at >= needed || l == 0 ||
           (capacity - w.used) * 1000 / capacity >= p.overflow_idle_pm;
  }
  AgentKey key(const Guest& g, std::uint32_t a) const {
    const Worker& w = workers.at(a);
    std::int64_t wanting = 0, free = 0;
    for (const auto& [id, o] : guests) {
      wanting += o.state == ConversationState::waiting && o.visit.skill == g.visit.skill && wants(o) &&
                 w.config.persona == o.visit.wish.persona;
    }
    for (const auto& [b, o] : workers) {
      if (o.config.persona == w.config.persona && open(b)) free += (o.config.capacity * 4 - o.used) / 4;
    }
    const bool tapering = p.taper_ms > 0 && w.config.shift_end && *w.config.shift_end - now <= p.taper_ms;
    return {!tapering,
            static_cast<std::uint8_t>(*level(a, g.visit.skill)),
            w.used * 27'720 / (w.config.capacity * 4),
            w.config.persona ? 1000 * wanting / std::max<std::int64_t>(free, 1) : 0,
            w.last_offer,
            AgentId(a)};
  }
  // Whom she would get now. Empty: she waits.
  std::vector<AgentKey> agents_for(std::uint64_t id) const {
    const Guest& g = guests.at(id);
    for (std::uint32_t a : g.known) {
      if (is_last(g, a) && open(a) && !excluded(g, a)) return {key(g, a)};
    }
    if (holds_for_last(id)) return {};
    std::vector<AgentKey> wanted, others;
    for (const auto& [a, w] : workers) {
      if (!open(a) || !level(a, g.visit.skill) || excluded(g, a)) continue;
      if (match(g, a)) {
        wanted.push_back(key(g, a));
      } else if (g.visit.wish.kind != WishKind::strict && level_open(g, a)) {
        others.push_back(key(g, a));
      }
    }
    if (!wanted.empty()) return wanted;
    if (holds_for_persona(id) || behind_a_hold(id)) return {};
    return others;
  }

  // --- 2.4

  // As the first of her class; his own come to him by the other way, whatever holds and levels say.
  bool eligible(std::uint64_t id, std::uint32_t a) const {
    const Guest& g = guests.at(id);
    if (g.state != ConversationState::waiting || !level(a, g.visit.skill) || excluded(g, a)) return false;
    if (g.visit.wish.kind == WishKind::strict && !match(g, a)) return false;
    if (!level_open(g, a) || (!is_last(g, a) && holds_for_last(id))) return false;
    return match(g, a) ? true : !holds_for_persona(id) && !behind_a_hold(id);
  }
  // Whom he would get now, the best first: the first of each class and the first who knows him.
  std::vector<std::uint64_t> guests_for(std::uint32_t a) const {
    std::optional<std::uint64_t> first_known;
    std::vector<std::uint64_t> in_order;
    for (const auto& [id, g] : guests) {
      if (g.state == ConversationState::waiting) in_order.push_back(id);
    }
    std::sort(in_order.begin(), in_order.end(), [&](auto x, auto y) { return entered_before(x, y); });
    std::vector<std::uint64_t> firsts;
    for (std::uint64_t id : in_order) {
      const Guest& g = guests.at(id);
      if (!first_known && is_last(g, a) && !excluded(g, a)) {
        first_known = id;
        firsts.push_back(id);
        continue;
      }
      if (!eligible(id, a)) continue;
      const bool first = std::none_of(in_order.begin(), in_order.end(), [&](std::uint64_t other) {
        return entered_before(other, id) && same_class(guests.at(other), g) && eligible(other, a);
      });
      if (first) firsts.push_back(id);
    }
    std::sort(firsts.begin(), firsts.end(), [&](std::uint64_t x, std::uint64_t y) {
      return score(x, a) != score(y, a) ? score(x, a) > score(y, a) : entered_before(x, y);
    });
    return firsts;
  }

  // --- what a decision changes

  void offered(std::uint64_t id, std::uint32_t a) {
    Guest& g = guests.at(id);
    g.state = ConversationState::offered;
    g.agent = a;
    g.units = 4;
    workers.at(a).used += 4;
    workers.at(a).last_offer = now;
  }
  void free_place(std::uint64_t id) {
    Guest& g = guests.at(id);
    if (g.state == ConversationState::waiting) return;
    workers.at(g.agent).used -= g.units;
    g.units = 0;
    g.state = ConversationState::waiting;
  }
  void learn(Guest& g, std::uint32_t a) const {
    std::erase(g.known, a);
    g.known.insert(g.known.begin(), a);
    if (g.known.size() > kKnownAgentsMax) g.known.resize(kKnownAgentsMax);
  }
  void note_over(const Guest& g) {
    if (g.state != ConversationState::active && g.state != ConversationState::parked) return;
    Millis& h = handling[g.visit.skill.value];
    h = std::max<Millis>(h + (now - g.started - h) / 64, 1);
  }
};

}  // namespace switchboard::router
