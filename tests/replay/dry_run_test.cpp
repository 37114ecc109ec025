// What would have been: the recorded days on the virtual clock, as they were and changed.
#include "server/replay/dry_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "router/router.hpp"
#include "server/record/writer.hpp"
#include "server/simulate/dispatcher.hpp"
#include "server/simulate/generate.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::replay {
namespace {

using namespace router;  // NOLINT: speaks of events all the time

constexpr Millis kMorning = 1'763'700'000'000;

// A shop on the virtual clock whose desk keeps a record; offers are accepted at once.
class RecordingShop : public simulate::Dispatcher {
 public:
  RecordingShop(const simulate::Trace& trace, const Policy& policy) : trace_(trace), router_(policy) {
    record::add_chapter(text, kMorning, "leads");
    for (std::size_t i = 0; i < trace.skills.size(); ++i) record::add_name(text, "skill", i, trace.skills[i]);
    for (std::size_t i = 0; i < trace.personas.size(); ++i)
      record::add_name(text, "persona", i, trace.personas[i]);
    for (std::size_t i = 0; i < trace.agents.size(); ++i) record::add_name(text, "agent", i, trace.agents[i]);
    record::add_event(text, kMorning, PolicyChanged{policy});
    simulate::Placements none;
    feed(Started{}, 0, none);
  }

  void agent_on(const simulate::Shift& s, Millis now, simulate::Placements& out) override {
    AgentConfigured c{AgentId(s.agent), s.skills, std::nullopt, s.capacity, std::nullopt, std::nullopt};
    if (s.persona) c.persona = PersonaId(*s.persona);
    feed(c, now, out);
    feed(AgentStatusChanged{AgentId(s.agent), AgentStatus::available}, now, out);
  }
  void agent_off(std::uint32_t agent, Millis now, simulate::Placements& out) override {
    feed(AgentStatusChanged{AgentId(agent), AgentStatus::drain}, now, out);
  }
  void arrived(std::uint32_t visitor, Millis now, simulate::Placements& out) override {
    const auto& a = trace_.arrivals[visitor];
    Visit visit{SkillId(a.skill), {}, Tier(a.vip), std::nullopt, {}, kMorning + now};
    if (a.persona) visit.wish = {a.strict ? WishKind::strict : WishKind::prefer, PersonaId(*a.persona)};
    if (a.last_agent) visit.last_agent = AgentId(*a.last_agent);
    record::add_name(text, "conversation", visitor, "c" + std::to_string(visitor));
    feed(VisitorArrived{ConversationId(visitor), visit}, now, out);
  }
  void chat_ended(std::uint32_t visitor, std::uint32_t, Millis now, simulate::Placements& out) override {
    feed(ChatEnded{ConversationId(visitor)}, now, out);
  }
  void left(std::uint32_t visitor, Millis now, simulate::Placements& out) override {
    feed(VisitorLeft{ConversationId(visitor)}, now, out);
  }
  std::optional<Millis> deadline() const override {
    const auto at = router_.next_deadline();
    return at ? std::optional(*at - kMorning) : std::nullopt;
  }
  void timer(Millis now, simulate::Placements& out) override { feed(Tick{}, now, out); }

  std::string text;

 private:
  std::vector<Decision> tell(const Event& event, Millis now) {
    record::add_event(text, kMorning + now, event);
    const auto made = router_.handle(event, kMorning + now);
    for (const Decision& d : made) record::add_decision(text, d);
    return {made.begin(), made.end()};
  }
  void feed(const Event& event, Millis now, simulate::Placements& out) {
    for (const Decision& d : tell(event, now)) {
      const auto* offer = std::get_if<Offer>(&d);
      if (offer == nullptr) continue;
      out.push_back({static_cast<std::uint32_t>(offer->conversation.value), offer->agent.value});
      tell(OfferAccepted{offer->conversation, offer->agent}, now);
    }
  }

  const simulate::Trace& trace_;
  Router router_;
};

struct Day {
  simulate::Trace trace = simulate::generate_trace(7, 1, 4);
  Policy policy = simulate::policy_for(trace);
  Observed observed;

  Day() {
    // Here the end of a shift is not foretold, as in a live shop.
    policy.taper_ms = 0;
    RecordingShop shop(trace, policy);
    const auto run = simulate::play(trace, shop, 0);
    record::add_end(shop.text);
    const auto record =
        record::read_record(record::head_line("corner") + record::page_line(1, 1) + shop.text);
    EXPECT_TRUE(record) << record.error();
    if (record) observed = observe(*record);
    for (const auto& fate : run.fates) left += fate.outcome == simulate::Outcome::abandoned;
  }
  std::size_t left = 0;
  Change same() const { return {observed.policy, observed.skills, observed.personas, std::nullopt}; }
};

const Group& all(const DryRun& run) {
  return run.groups.front();
}

TEST(DryRun, S4_a_record_gives_back_the_day_that_it_was_made_from) {
  const Day day;
  const auto trace = trace_of(day.observed);
  ASSERT_EQ(trace.arrivals.size(), day.trace.arrivals.size());
  EXPECT_EQ(trace.skills, day.trace.skills);
  for (std::size_t i = 0; i < trace.arrivals.size(); ++i) {
    const auto& a = trace.arrivals[i];
    const auto& b = day.trace.arrivals[i];
    EXPECT_EQ(a.t_ms, b.t_ms);
    EXPECT_EQ(a.skill, b.skill);
    EXPECT_EQ(a.persona, b.persona);
    EXPECT_EQ(a.strict, b.strict);
    EXPECT_EQ(a.vip, b.vip);
  }
  EXPECT_GE(trace.shifts.size(), 1u);
}

TEST(DryRun, S4_the_settings_as_they_were_change_nothing_and_the_model_tells_what_was_recorded) {
  const Day day;
  const auto run = dry_run(day.observed, day.same());
  ASSERT_TRUE(run) << run.error();
  EXPECT_EQ(all(*run).name, "all");
  EXPECT_EQ(all(*run).chats, day.trace.arrivals.size());
  EXPECT_EQ(all(*run).recorded.left, day.left);
  for (const auto& g : run->groups) {
    EXPECT_EQ(g.other_agent + g.longer + g.shorter, 0u) << g.name;
    EXPECT_EQ(g.as_it_was.mean_s, g.changed.mean_s) << g.name;
  }
  EXPECT_NEAR(all(*run).as_it_was.mean_s, all(*run).recorded.mean_s, 0.1 + all(*run).recorded.mean_s / 10);
  EXPECT_NEAR(all(*run).as_it_was.persona_match_pct, all(*run).recorded.persona_match_pct, 3);
}

TEST(DryRun, S4_without_holds_and_bonuses_fewer_get_the_persona_that_they_wished) {
  const Day day;
  Change change = day.same();
  for (const char* name : {"persona_bonus", "sticky_bonus", "sticky_hold", "persona_hold"})
    ASSERT_TRUE(set_parameter(change.policy, name, 0));
  const auto run = dry_run(day.observed, change);
  ASSERT_TRUE(run);
  EXPECT_GT(all(*run).other_agent, 0u);
  EXPECT_LE(all(*run).changed.persona_match_pct, all(*run).as_it_was.persona_match_pct);
}

TEST(DryRun, S4_with_fewer_places_they_wait_longer_and_with_other_skills_some_are_left_out) {
  const Day day;
  Change change = day.same();
  change.agents.emplace();
  for (const auto& p : day.observed.presences) {
    if (std::ranges::find(*change.agents, p.agent, &Change::Agent::id) != change.agents->end()) continue;
    change.agents->push_back({p.agent, 1, p.skills, p.persona});
  }
  auto run = dry_run(day.observed, change);
  ASSERT_TRUE(run);
  EXPECT_GT(all(*run).changed.mean_s, all(*run).as_it_was.mean_s);
  EXPECT_GT(all(*run).longer, all(*run).shorter);

  change = day.same();
  change.skills.pop_back();
  change.policy.target_ms.pop_back();
  run = dry_run(day.observed, change);
  ASSERT_TRUE(run);
  EXPECT_GT(run->dropped, 0u);
  EXPECT_NE(to_text(*run).find("left out"), std::string::npos);
}

TEST(DryRun, S4_of_an_empty_record_says_so) {
  EXPECT_FALSE(dry_run(Observed{}, Change{}));
}

}  // namespace
}  // namespace switchboard::replay
