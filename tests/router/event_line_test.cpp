// R6: what happened can be written down and read again. The form of the lines, and what is no line.
#include "router/event_line.hpp"

#include <set>

#include "tests/router/random_shop.hpp"
#include "tests/router/shop.hpp"

namespace switchboard::router {
namespace {

Visit full_visit() {
  return {SkillId(3), prefer(PersonaId(2)), Tier(1), AgentId(9), {AgentId(4), AgentId(0)}, -5};
}

TEST(EventLine, R6_has_one_form_for_every_kind_of_event) {
  Policy policy;
  policy.target_ms = {30'000, 20'000};
  policy.persona_count = 4;
  const std::pair<Event, const char*> lines[] = {
      {Tick{}, "tick"},
      {Started{}, "started"},
      {PolicyChanged{policy},
       "policy_changed target=30000,20000 personas=4 tiers=0:1000,30000:1500,60000:2000 persona_bonus=30000 "
       "sticky_bonus=60000 sticky_over_persona=1 sticky_hold=30000 persona_hold=20000 sticky_worth=1000 "
       "persona_worth=1000 handling_start=300000 overflow=0,10000,30000 overflow_idle=300 taper=0 ramp=1000 "
       "park_units=1 exclusion=30000 misses_to_break=2 max_wait=0 void_pause=250"},
      {AgentConfigured{AgentId(7), {{SkillId(0), 0}, {SkillId(2), 1}}, PersonaId(1), 5, 99, 12},
       "agent_configured agent=7 capacity=5 skills=0:0,2:1 persona=1 shift_end=99 last_offer=12"},
      {AgentConfigured{AgentId(8), {}, {}, 0, {}, {}}, "agent_configured agent=8 capacity=0"},
      {AgentStatusChanged{AgentId(1), AgentStatus::on_break}, "agent_status_changed agent=1 status=on_break"},
      {AgentLineChanged{AgentId(1), AgentLine::suspect}, "agent_line_changed agent=1 line=suspect"},
      {VisitorArrived{ConversationId(1), full_visit()},
       "visitor_arrived conversation=1 skill=3 wish=prefer:2 tier=1 last=9 former=4,0 entered=-5"},
      {VisitorArrived{ConversationId(1), Visit{}},
       "visitor_arrived conversation=1 skill=0 wish=any tier=0 entered=0"},
      {WishChanged{ConversationId(2), strict(PersonaId(0))}, "wish_changed conversation=2 wish=strict:0"},
      {VisitorLeft{ConversationId(3)}, "visitor_left conversation=3"},
      {OfferAccepted{ConversationId(3), AgentId(2)}, "offer_accepted conversation=3 agent=2"},
      {OfferRefused{ConversationId(3), AgentId(2)}, "offer_refused conversation=3 agent=2"},
      {OfferMissed{ConversationId(3), AgentId(2)}, "offer_missed conversation=3 agent=2"},
      {OfferVoid{ConversationId(3), AgentId(2)}, "offer_void conversation=3 agent=2"},
      {ChatEnded{ConversationId(UINT64_MAX)}, "chat_ended conversation=18446744073709551615"},
      {ChatParked{ConversationId(3)}, "chat_parked conversation=3"},
      {ChatWoken{ConversationId(3)}, "chat_woken conversation=3"},
      {ChatRequeued{ConversationId(3), Visit{}, false},
       "chat_requeued conversation=3 skill=0 wish=any tier=0 entered=0 exclude=0"},
      {AssignmentRestored{ConversationId(3), AgentId(2), AssignmentState::parked, Visit{}, 8},
       "assignment_restored conversation=3 agent=2 state=parked skill=0 wish=any tier=0 entered=0 started=8"},
      {HandlingTimeRestored{SkillId(1), 9}, "handling_time_restored skill=1 mean=9"},
      {ExclusionRestored{ConversationId(3), AgentId(2), 7},
       "exclusion_restored conversation=3 agent=2 until=7"},
      {ForecastRestored{{5, -1, 0}}, "forecast_restored learnt=5,-1,0"},
  };
  std::set<std::size_t> kinds;
  for (const auto& [event, line] : lines) {
    kinds.insert(event.index());
    EXPECT_EQ(to_line(event), line);
    const auto read = event_from_line(line);
    ASSERT_TRUE(read) << line;
    EXPECT_EQ(read->index(), event.index());
    EXPECT_EQ(to_line(*read), line);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Event>);
}

TEST(EventLine, S2_is_not_understood_unless_it_is_the_very_form) {
  for (const char* line : {
           "",
           " ",
           "tick ",
           " tick",
           "tick\n",
           "Tick",
           "unknown",
           "chat_ended",
           "chat_ended conversation=",
           "chat_ended conversation=1 ",
           "chat_ended conversation=01",
           "chat_ended conversation=+1",
           "chat_ended conversation=-1",
           "chat_ended conversation=1x",
           "chat_ended  conversation=1",
           "chat_ended conversation=18446744073709551616",
           "chat_ended agent=1",
           "offer_accepted agent=2 conversation=3",
           "agent_line_changed agent=1 line=dead",
           "agent_line_changed agent=4294967296 line=live",
           "wish_changed conversation=1 wish=any:0",
           "wish_changed conversation=1 wish=prefer",
           "wish_changed conversation=1 wish=prefer:256",
           "agent_configured agent=1 capacity=1 skills=",
           "agent_configured agent=1 capacity=1 skills=1",
           "agent_configured agent=1 capacity=1 skills=1:0,",
           "agent_configured agent=1 capacity=1 last_offer=1 shift_end=2",
           "visitor_arrived conversation=1 skill=0 wish=any tier=0 entered=-0",
           "chat_requeued conversation=3 skill=0 wish=any tier=0 entered=0 exclude=2",
       }) {
    EXPECT_FALSE(event_from_line(line)) << line;
  }
  std::string many = "visitor_arrived conversation=1 skill=0 wish=any tier=0 former=0";
  for (std::size_t i = 1; i < kEventListMax; ++i) many += ",0";
  EXPECT_TRUE(event_from_line(many + " entered=0"));
  EXPECT_FALSE(event_from_line(many + ",0 entered=0"));
  EXPECT_FALSE(
      event_from_line("agent_configured agent=1 capacity=1 skills=" + std::string(kEventLineOctetsMax, '1')));
}

TEST(EventLine, S2_of_any_octets_is_understood_only_as_itself) {
  std::mt19937_64 dice(11);
  RandomShop shop({.seed = 5, .pauses = true});
  for (int i = 0; i < 200; ++i) shop.step();
  std::size_t understood = 0;
  for (const auto& [event, now] : shop.events) {
    std::string line = to_line(event);
    for (int change = 0; change < 20; ++change) {
      std::string hurt = line;
      const std::size_t at = dice() % hurt.size();
      if (dice() % 3 == 0)
        hurt.erase(at, 1 + dice() % 3);
      else
        hurt[at] = static_cast<char>(dice() % 2 == 0 ? '0' + dice() % 10 : dice() % 256);
      if (const auto read = event_from_line(hurt)) {
        ++understood;
        ASSERT_EQ(to_line(*read), hurt);
      }
    }
  }
  EXPECT_GT(understood, 0u);
}

class Record : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Record, R6_events_written_down_and_read_again_give_the_same_decisions) {
  RandomShop shop({.seed = GetParam(), .pauses = true});
  for (int i = 0; i < 300 && !HasFailure(); ++i) shop.step();
  Router again(shop.naive.p);
  std::vector<std::string> lines;
  for (const auto& [event, now] : shop.events) {
    const auto read = event_from_line(to_line(event));
    ASSERT_TRUE(read) << to_line(event);
    for (const Decision& d : again.handle(*read, now)) lines.push_back(to_line(d));
  }
  EXPECT_EQ(lines, shop.log);
}

TEST_P(Record, R3_R6_a_router_told_the_facts_of_another_stands_where_it_stands) {
  RandomShop shop({.seed = GetParam()});
  for (int i = 0; i < 150 && !HasFailure(); ++i) shop.step();
  Router again(shop.router.policy());
  for (const Event& fact : shop.router.facts()) {
    const auto read = event_from_line(to_line(fact));
    ASSERT_TRUE(read) << to_line(fact);
    EXPECT_TRUE(again.handle(*read, shop.router.now()).empty());
  }
  EXPECT_TRUE(again.handle(Started{}, shop.router.now()).empty()) << "R4: nothing had been left undone";
  EXPECT_EQ(again.refused_events(), 0u);
  EXPECT_EQ(again.self_check(), "");
  EXPECT_EQ(again.counts(), shop.router.counts());
  for (const auto& [id, guest] : shop.naive.guests) {
    EXPECT_EQ(again.position(ConversationId(id)), shop.router.position(ConversationId(id)));
    EXPECT_EQ(again.eta(ConversationId(id)), shop.router.eta(ConversationId(id)));
  }
  for (std::size_t i = 0; i < shop.router.facts().size(); ++i)
    EXPECT_EQ(to_line(again.facts()[i]), to_line(shop.router.facts()[i]));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Record, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace switchboard::router
