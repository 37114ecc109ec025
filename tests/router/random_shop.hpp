// A shop to which anything may happen, from a seed: feeds a router random but possible events, tells the same
// to the naive shop, and lets it judge. A failure prints the seed.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "tests/router/naive_shop.hpp"

namespace switchboard::router {

class RandomShop {
 public:
  struct Kind {
    std::uint64_t seed = 1;
    bool calm = false;    // seldom more than a few waiting
    bool pauses = false;  // with a ramp and void offers: then who is paused is taken from the router
    int agents = 6;
    int skills = 3;
    int personas = 3;
  };

  explicit RandomShop(const Kind& kind)
      : kind_(kind), dice_(kind.seed), router(make_policy()), naive(make_policy()) {
    if (kind.pauses) naive.pauses = &router;
    for (int i = 0; i < kind.agents; ++i) {
      configure(static_cast<std::uint32_t>(i));
      come_on(static_cast<std::uint32_t>(i));
    }
    tell(Started{}, [&] { naive.started = true; });
  }

  void step() {
    advance(pick(4) == 0 ? pick(20'000) : pick(3'000));
    const int what = pick(30);
    const bool calm = kind_.calm && router.counts().waiting > 3;
    if (what < 9) {
      calm ? end_chat() : arrive();
    } else if (what < 14) {
      end_chat();
    } else if (what < 15) {
      leave();
    } else if (what < 16) {
      change_wish();
    } else if (what < 18) {
      answer();
    } else if (what < 19) {
      park();
    } else if (what < 21) {
      change_status();
    } else if (what < 22) {
      change_line();
    } else if (what < 23) {
      shift_over() ? configure(pick_agent()) : arrive();
    } else if (what < 24) {
      requeue();
    } else {
      accept_all();
    }
  }

  const Kind kind_;

 private:
  std::mt19937_64 dice_;

 public:
  Router router;
  NaiveShop naive;
  std::vector<std::string> log;  // every decision as a line
  std::vector<std::pair<Event, Millis>> events;
  std::size_t offers = 0;
  std::size_t by_rule[4] = {};
  std::size_t held = 0;  // moments at which somebody was seen to be held

 private:
  int pick(int n) { return static_cast<int>(dice_() % static_cast<std::uint64_t>(n)); }
  std::uint32_t pick_agent() { return static_cast<std::uint32_t>(pick(kind_.agents)); }

  // Often somebody's has to begin anew, or the shop would run empty.
  bool shift_over() {
    for (const auto& [a, w] : naive.workers) {
      if (w.config.shift_end && *w.config.shift_end <= naive.now) return true;
    }
    return pick(4) == 0;
  }

  Policy make_policy() {
    std::mt19937_64 dice(kind_.seed * 7919);
    const auto any = [&](std::initializer_list<Millis> of) { return *(of.begin() + dice() % of.size()); };
    Policy p;
    p.target_ms.assign(static_cast<std::size_t>(kind_.skills), 30'000);
    p.target_ms[0] = any({30'000, 10'000});
    p.persona_count = static_cast<std::uint8_t>(kind_.personas);
    p.handling_start_ms = any({5'000, 30'000, 300'000});
    p.persona_hold_ms = any({20'000, 60'000, 0});
    p.sticky_hold_ms = any({30'000, 10'000, 0});
    p.sticky_over_persona = any({0, 1}) != 0;
    p.taper_ms = any({0, 0, 15'000});
    p.park_units = static_cast<std::int32_t>(any({0, 1, 2}));
    p.overflow_idle_pm = static_cast<std::int32_t>(any({300, 1001}));
    p.max_wait_ms = any({0, 30'000});
    p.ramp_ms = kind_.pauses ? 1'000 : 0;
    p.void_pause_ms = kind_.pauses ? 250 : 0;
    return p;
  }

  // Fires what comes due, each at its own time, so that nothing is due when the next event happens.
  void advance(Millis by) {
    const Millis target = naive.now + by;
    for (std::optional<Millis> due = router.next_deadline(); due && *due <= target;
         due = router.next_deadline()) {
      ASSERT_GE(*due, naive.now);
      naive.now = *due;
      tell(Tick{}, [] {});
      const std::optional<Millis> next = router.next_deadline();
      ASSERT_TRUE(!next || *next > *due) << "a deadline that stays";
    }
    naive.now = target;
  }

  // Shows the event to the router; tells the naive shop of it, then of each decision, judging it by the state
  // before.
  template <class Apply>
  void tell(const Event& event, Apply apply) {
    events.emplace_back(event, naive.now);
    const std::uint64_t refused = router.refused_events();
    const std::span<const Decision> made = router.handle(event, naive.now);
    const std::vector<Decision> decisions(made.begin(), made.end());
    EXPECT_EQ(router.refused_events(), refused) << "refused event " << event.index();
    apply();
    forget_spent_exclusions();
    for (const Decision& decision : decisions) {
      log.push_back(to_line(decision));
      std::visit([this](const auto& d) { judge(d); }, decision);
      if (testing::Test::HasFailure()) ADD_FAILURE() << "seed " << kind_.seed << ": " << log.back();
    }
    if (!testing::Test::HasFailure()) look_around();
  }

  // --- decisions

  void judge(const Offer& d) {
    const std::uint64_t id = d.conversation.value;
    const std::uint32_t a = d.agent.value;
    ++offers;
    ++by_rule[static_cast<std::size_t>(d.rule)];
    ASSERT_TRUE(naive.guests.contains(id));
    const NaiveShop::Guest& g = naive.guests.at(id);
    ASSERT_EQ(g.state, ConversationState::waiting) << "R1: she has an agent already";
    ASSERT_TRUE(naive.on_duty(a)) << "R5";
    ASSERT_FALSE(naive.full(a)) << "R2";
    ASSERT_TRUE(naive.level(a, g.visit.skill));
    ASSERT_FALSE(naive.excluded(g, a)) << "2.9";
    ASSERT_TRUE(g.visit.wish.kind != WishKind::strict || naive.match(g, a)) << "2.3.3 strict";
    ASSERT_EQ(d.waited_ms, naive.now - g.visit.entered_at);
    if (!kind_.pauses) judge_choice(d, id, a);
    naive.offered(id, a);
  }

  void judge_choice(const Offer& d, std::uint64_t id, std::uint32_t a) {
    if (d.rule == Rule::best_visitor) {
      const std::vector<std::uint64_t> able = naive.guests_for(a);
      ASSERT_FALSE(able.empty()) << "2.4: nobody should have come to him";
      ASSERT_EQ(able[0], id) << "2.4";
      const auto& why = std::get<VisitorChoice>(d.record.why);
      ASSERT_EQ(why.winner.conversation.value, id) << "2.13";
      ASSERT_EQ(why.winner.score, naive.score(id, a)) << "2.13, 2.2";
      ASSERT_EQ(why.candidates, able.size()) << "2.13";
      ASSERT_EQ(why.runner_up.has_value(), able.size() > 1) << "2.13";
      if (why.runner_up) {
        ASSERT_EQ(why.runner_up->conversation.value, able[1]) << "2.13";
      }
      return;
    }
    const std::vector<AgentKey> able = naive.agents_for(id);
    ASSERT_FALSE(able.empty()) << "2.3: she should wait";
    const AgentKey best = *std::min_element(able.begin(), able.end());
    ASSERT_EQ(best.agent.value, a) << "2.3.4";
    if (d.rule == Rule::last_agent) return;
    const auto& why = std::get<AgentChoice>(d.record.why);
    ASSERT_EQ(why.winner, best) << "2.13";
    ASSERT_EQ(why.candidates, able.size()) << "2.13";
    ASSERT_EQ(why.runner_up.has_value(), able.size() > 1) << "2.13";
    ASSERT_EQ(why.on_duty,
              why.not_open + why.level_closed + why.other_persona + why.excluded + why.candidates)
        << "2.13";
    if (why.runner_up) {
      const auto second =
          std::min_element(able.begin(), able.end(), [&](const AgentKey& x, const AgentKey& y) {
            return std::pair(x == best, x) < std::pair(y == best, y);
          });
      ASSERT_EQ(*why.runner_up, *second) << "2.13";
    }
  }

  void judge(const Withdraw& d) {
    NaiveShop::Guest& g = naive.guests.at(d.conversation.value);
    ASSERT_EQ(g.state, ConversationState::offered);
    ASSERT_EQ(g.agent, d.agent.value);
    ASSERT_FALSE(naive.on_duty(d.agent.value));
    naive.free_place(d.conversation.value);
  }
  void judge(const Requeue& d) {
    ASSERT_EQ(naive.workers.at(d.from.value).line, AgentLine::lost);
    naive.free_place(d.conversation.value);
  }
  void judge(const PutOnBreak& d) {
    ASSERT_EQ(naive.workers.at(d.agent.value).status, AgentStatus::on_break) << "2.9: not twice in a row";
  }
  void judge(const OfferToLeaveMessage&) {}
  void judge(const Reject&) { FAIL(); }

  // --- between events

  void look_around() {
    ASSERT_EQ(router.self_check(), "") << "R2, seed " << kind_.seed;
    for (const auto& [a, w] : naive.workers) {
      const AgentView view = *router.agent(AgentId(a));
      ASSERT_EQ(view.used_units, w.used) << "seed " << kind_.seed;
      ASSERT_EQ(view.on_duty, naive.on_duty(a));
      ASSERT_EQ(view.status, w.status) << "2.9";
      ASSERT_EQ(view.open, naive.open(a)) << "agent " << a << " seed " << kind_.seed;
      if (!naive.on_duty(a)) {
        const bool gone = w.line == AgentLine::lost || w.status != AgentStatus::available;
        for (const auto& [id, g] : naive.guests) {
          ASSERT_FALSE(gone && g.state == ConversationState::offered && g.agent == a) << "2.10";
        }
      }
    }
    for (const auto& [id, g] : naive.guests) {
      ASSERT_EQ(router.conversation(ConversationId(id))->state, g.state) << "seed " << kind_.seed;
      if (g.state != ConversationState::waiting || !naive.started) continue;
      held += router.conversation(ConversationId(id))->held;
      const std::vector<AgentKey> able = naive.agents_for(id);
      ASSERT_TRUE(able.empty()) << "R4, 2.3: " << id << " waits beside open agent "
                                << able.front().agent.value << " at " << naive.now << " seed " << kind_.seed
                                << " event " << events.size();
    }
    for (std::size_t i = 0; i < naive.handling.size(); ++i) {
      ASSERT_EQ(router.mean_handling_ms(SkillId(static_cast<std::uint8_t>(i))), naive.handling[i]) << "2.5";
    }
  }

  // --- events

  SkillId skill() { return SkillId(static_cast<std::uint8_t>(pick(kind_.skills))); }
  PersonaId persona() { return PersonaId(static_cast<std::uint8_t>(pick(kind_.personas))); }
  Wish wish() {
    const int kind = pick(5);
    if (kind < 2) return {};
    return {kind < 4 ? WishKind::prefer : WishKind::strict, persona()};
  }
  Visit visit() {
    Visit v;
    v.skill = skill();
    v.wish = wish();
    v.tier = Tier(static_cast<std::uint8_t>(std::max(0, pick(6) - 3)));
    if (pick(3) == 0) v.last_agent = AgentId(pick_agent());
    if (pick(8) == 0) v.former_agents = {AgentId(pick_agent()), AgentId(pick_agent())};
    v.entered_at = naive.now - (pick(4) == 0 ? pick(90'000) : 0);
    return v;
  }
  static std::vector<std::uint32_t> known_of(const NaiveShop& naive, const Visit& v) {
    NaiveShop::Guest g;
    for (std::size_t i = v.former_agents.size(); i-- > 0;) naive.learn(g, v.former_agents[i].value);
    if (v.last_agent) naive.learn(g, v.last_agent->value);
    return g.known;
  }

  void configure(std::uint32_t a) {
    AgentConfigured c{AgentId(a), {}, std::nullopt, 1 + pick(4), std::nullopt, std::nullopt};
    for (int s = 0; s < kind_.skills; ++s) {
      if (pick(2) == 0)
        c.skills.push_back({SkillId(static_cast<std::uint8_t>(s)), static_cast<std::uint8_t>(pick(3))});
    }
    if (pick(6) > 0) c.persona = persona();
    if (pick(5) == 0) c.shift_end = naive.now + pick(400'000);
    tell(c, [&] { naive.workers[a].config = c; });
  }
  void arrive() {
    const Visit v = visit();
    const std::uint64_t id = next_id_++;
    tell(VisitorArrived{ConversationId(id), v}, [&] {
      naive.guests[id].visit = v;
      naive.guests[id].known = known_of(naive, v);
    });
  }
  std::optional<std::uint64_t> somebody(std::initializer_list<ConversationState> states) {
    std::vector<std::uint64_t> all;
    for (const auto& [id, g] : naive.guests) {
      if (std::find(states.begin(), states.end(), g.state) != states.end()) all.push_back(id);
    }
    if (all.empty()) return std::nullopt;
    return all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))];
  }
  void gone(std::uint64_t id) {
    naive.note_over(naive.guests.at(id));
    naive.free_place(id);
    naive.guests.erase(id);
  }
  void end_chat() {
    if (const auto id = somebody({ConversationState::active, ConversationState::parked})) {
      tell(ChatEnded{ConversationId(*id)}, [&] { gone(*id); });
    }
  }
  void leave() {
    if (const auto id = somebody({ConversationState::waiting, ConversationState::offered})) {
      tell(VisitorLeft{ConversationId(*id)}, [&] { gone(*id); });
    }
  }
  void change_wish() {
    const auto id = somebody({ConversationState::waiting, ConversationState::active});
    if (!id) return;
    const Wish w = wish();
    tell(WishChanged{ConversationId(*id), w}, [&] { naive.guests.at(*id).visit.wish = w; });
  }
  void accept(std::uint64_t id) {
    NaiveShop::Guest& g = naive.guests.at(id);
    tell(OfferAccepted{ConversationId(id), AgentId(g.agent)}, [&] {
      g.state = ConversationState::active;
      g.started = naive.now;
      naive.learn(g, g.agent);
      naive.workers.at(g.agent).misses = 0;
    });
  }
  void accept_all() {
    for (int i = 0; i < 3; ++i) {
      if (const auto id = somebody({ConversationState::offered})) accept(*id);
    }
  }
  void answer() {
    const auto id = somebody({ConversationState::offered});
    if (!id) return;
    NaiveShop::Guest& g = naive.guests.at(*id);
    const AgentId agent(g.agent);
    const int kind = pick(kind_.pauses ? 4 : 3);
    if (kind == 0) return accept(*id);
    if (kind == 3) {
      tell(OfferVoid{ConversationId(*id), agent}, [&] { naive.free_place(*id); });
      return;
    }
    NaiveShop::Worker& w = naive.workers.at(agent.value);
    const auto back = [&] {
      w.misses = kind == 1 ? 0 : w.misses + 1;
      if (w.misses >= naive.p.misses_to_break) w.misses = 0;
      g.excluded[agent.value] = naive.now + naive.p.exclusion_ms;
      naive.free_place(*id);
    };
    if (kind == 1) tell(OfferRefused{ConversationId(*id), agent}, back);
    if (kind == 2) {
      const bool breaks = w.misses + 1 >= naive.p.misses_to_break && w.status == AgentStatus::available;
      tell(OfferMissed{ConversationId(*id), agent}, [&] {
        if (breaks) w.status = AgentStatus::on_break;  // she is routed when he is already known to be gone
        back();
      });
    }
  }
  void park() {
    const auto id = somebody({ConversationState::active, ConversationState::parked});
    if (!id) return;
    NaiveShop::Guest& g = naive.guests.at(*id);
    const bool parks = g.state == ConversationState::active;
    const auto apply = [&] {
      const int units = parks ? naive.p.park_units : 4;
      naive.workers.at(g.agent).used += units - g.units;
      g.units = units;
      g.state = parks ? ConversationState::parked : ConversationState::active;
    };
    if (parks) return tell(ChatParked{ConversationId(*id)}, apply);
    tell(ChatWoken{ConversationId(*id)}, apply);
  }
  void come_on(std::uint32_t a) {
    tell(AgentStatusChanged{AgentId(a), AgentStatus::available},
         [&] { naive.workers.at(a).status = AgentStatus::available; });
  }
  void change_status() {
    const std::uint32_t a = pick_agent();
    const AgentStatus status = pick(6) > 0 ? AgentStatus::available : static_cast<AgentStatus>(pick(3));
    tell(AgentStatusChanged{AgentId(a), status}, [&] {
      NaiveShop::Worker& w = naive.workers.at(a);
      if (w.status != status && status == AgentStatus::available) w.misses = 0;
      w.status = status;
    });
  }
  void change_line() {
    const std::uint32_t a = pick_agent();
    const AgentLine line = pick(4) > 0 ? AgentLine::live : static_cast<AgentLine>(pick(2));
    tell(AgentLineChanged{AgentId(a), line}, [&] { naive.workers.at(a).line = line; });
  }
  void requeue() {
    const auto id = somebody({ConversationState::active, ConversationState::parked});
    if (!id) return;
    NaiveShop::Guest& g = naive.guests.at(*id);
    Visit v = visit();
    const bool exclude = pick(2) == 0;
    tell(ChatRequeued{ConversationId(*id), v, exclude}, [&] {
      const std::uint32_t a = g.agent;
      naive.free_place(*id);
      if (exclude) g.excluded[a] = naive.now + naive.p.exclusion_ms;
      v.entered_at = g.visit.entered_at;
      g.visit = v;
      g.known = known_of(naive, v);
    });
  }

  // "All excluded: the exclusion falls at once", and stays fallen.
  void forget_spent_exclusions() {
    for (auto& [id, g] : naive.guests) {
      if (g.state == ConversationState::waiting && naive.all_excluded(g)) g.excluded.clear();
    }
  }

  std::uint64_t next_id_ = 1;
};

}  // namespace switchboard::router
