// The rules at work. One function per rule; which file holds which rule stands in README.md.
//
// Between two events this holds (R4): no visitor waits whom rule 2.3 would give to somebody now. Whatever
// could break it puts the visitors, agents or classes concerned on a work list, and settle() works the lists
// off.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "router/deadlines.hpp"
#include "router/forecast.hpp"
#include "router/queue.hpp"
#include "router/roster.hpp"
#include "router/router.hpp"

namespace switchboard::router {

class Router::Engine {
 public:
  explicit Engine(const Policy& policy);

  std::span<const Decision> handle(const Event& event, Millis now);
  std::optional<Millis> next_deadline() const;

  // Queries; see Router.
  std::optional<std::size_t> position(std::uint32_t visitor) const;
  std::optional<Eta> eta(std::uint32_t visitor) const;
  std::optional<Eta> eta(const Visit& visit) const;
  Availability availability(SkillId skill, std::optional<PersonaId> persona) const;
  ConversationView view(std::uint32_t visitor) const;
  AgentView view(const Agent& agent) const;
  std::vector<ConversationId> queue_order(SkillId skill, std::size_t limit) const;
  std::vector<Candidate> candidates(std::uint32_t visitor) const;
  Counts counts() const;
  std::vector<Event> facts() const;
  std::string self_check() const;
  std::vector<std::int64_t> count_serving() const;

  Policy policy_;
  Roster roster_;
  Queue queue_;
  std::vector<Millis> handling_ms_;  // h[s] of 2.5
  Millis now_ = INT64_MIN;
  bool started_ = false;
  std::uint64_t events_ = 0;
  std::uint64_t decided_ = 0;
  std::uint64_t refused_ = 0;

 private:
  struct BestTwo;
  struct Pick;
  struct GroupView;

  // --- events (events.cpp); false = refused
  bool on(const Tick&) { return true; }
  bool on(const Started&);
  bool on(const PolicyChanged&);
  bool on(const AgentConfigured&);
  bool on(const AgentStatusChanged&);
  bool on(const AgentLineChanged&);
  bool on(const VisitorArrived&);
  bool on(const WishChanged&);
  bool on(const VisitorLeft&);
  bool on(const OfferAccepted&);
  bool on(const OfferRefused&);
  bool on(const OfferMissed&);
  bool on(const OfferVoid&);
  bool on(const ChatEnded&);
  bool on(const ChatParked&);
  bool on(const ChatWoken&);
  bool on(const ChatRequeued&);
  bool on(const AssignmentRestored&);
  bool on(const HandlingTimeRestored&);
  bool on(const ExclusionRestored&);
  bool on(const ForecastRestored&);

  std::uint32_t offered_to(ConversationId id, AgentId agent) const;
  bool valid(const Visit& visit) const;
  void make_room(const Visit& visit);
  void forget(std::uint32_t visitor);
  void end_conversation(std::uint32_t visitor);
  void offer_to_leave_message(std::uint32_t visitor);

  // --- places and the coming and going of agents (places.cpp; 2.8, 2.9, 2.10)
  void take_place(std::uint32_t visitor, std::uint32_t agent, int units);
  void set_units(std::uint32_t visitor, int units);
  void set_units_of_parked();
  void free_place(std::uint32_t visitor);
  void return_to_queue(std::uint32_t visitor);
  void exclude(std::uint32_t visitor, std::uint32_t agent);
  void drop_spent_exclusions(std::uint32_t visitor);
  void update_agent(std::uint32_t agent, WithdrawReason if_gone = WithdrawReason::agent_gone);
  std::vector<std::uint32_t> highest_score_first(std::vector<std::uint32_t> chats) const;
  void withdraw_offers(std::uint32_t agent, WithdrawReason reason);
  void release_held_for(std::uint32_t agent);
  void agent_lost(std::uint32_t agent);
  void pause(std::uint32_t agent, Millis length);
  void note_chat_over(const Visitor& v);

  // --- 2.3 an agent for a visitor (match_visitor.cpp)
  // Whom a visitor may be given to, past those of her class who entered before her.
  enum class Way : std::uint8_t { closed, to_wanted_persona, open };
  Way way_past(const Visitor& v) const;
  Way way_to(std::uint32_t visitor) const;
  bool route(std::uint32_t visitor, Way way);
  bool route_to_known_agent(std::uint32_t visitor);
  bool route_to_best(std::uint32_t visitor, Way way);
  void offer_best(std::uint32_t visitor, Rule rule, AgentChoice choice, const BestTwo& best);
  bool counts_as_last(const Visitor& v, std::uint32_t agent) const;
  bool level_open(std::uint8_t level, Millis waited) const;
  void route_class(std::size_t class_index);
  void route_everybody();
  Millis next_deadline_of(const VisitorClass& c, const Visitor& v) const;
  void set_class_deadline(std::size_t class_index, Millis at);
  void best_of_group(const GroupView& view, std::uint32_t at, BestTwo& best) const;
  void see_group(std::uint32_t group, const Visitor& v, bool wanted, AgentChoice& choice,
                 BestTwo& best) const;
  std::int64_t demand_pm(SkillId skill, std::optional<PersonaId> persona) const;

  // --- 2.4 a visitor for an agent (match_agent.cpp)
  void serve(std::uint32_t agent);
  bool pick_visitor(std::uint32_t agent, Pick& pick);
  void consider_class(std::size_t class_index, std::uint32_t agent, Pick& pick);
  enum class Next : std::uint8_t { class_is_done, who_is_behind_her };
  Next consider(const WaitingLine::Entry& at, std::size_t class_index, std::uint32_t agent, Pick& pick);
  void consider_returning(std::uint32_t agent, Pick& pick);

  // --- 2.5 worth a hold (hold.cpp)
  bool worth(Millis handling, std::uint64_t ahead, Millis hold, std::int32_t worth_pm,
             std::int64_t busy_units) const;
  bool holds_for_persona(const VisitorClass& c, Millis entered_at, std::uint64_t id) const;
  bool holds_for_agent(const Visitor& v, std::uint32_t agent) const;
  bool holds_for_known_agent(const Visitor& v) const;
  std::size_t wanting_ahead(const VisitorClass& c, Millis entered_at, std::uint64_t id) const;
  void recheck_holds();

  // --- 2.12 (eta.cpp)
  std::size_t ahead_in_skill(const VisitorClass& c, Millis entered_at, std::uint64_t id) const;
  std::optional<Eta> eta_behind(const VisitorClass& c, std::size_t ahead) const;
  const Pool& pool_for(const VisitorClass& c) const;
  void note_told(ConversationId id);
  void note_wait_over(Visitor& v, bool left);

  // --- deciding (engine.cpp)
  DecisionRecord record();
  void offer(std::uint32_t visitor, std::uint32_t agent, Rule rule,
             std::variant<std::monostate, AgentChoice, VisitorChoice> why);
  void enter_queue(std::uint32_t visitor);
  void leave_queue(std::uint32_t visitor);
  bool stale(const Deadline& deadline) const;
  void fire_due(bool up_to_now);
  void fire(const Deadline& deadline);
  void settle();
  void reshape();
  void add_taper_deadline(std::uint32_t agent);
  void look_at_visitor(std::uint32_t visitor) { visitors_to_route_.push_back(visitor); }
  void look_at_agent(std::uint32_t agent) { agents_to_serve_.push_back(agent); }
  void look_at_class(std::size_t class_index) {
    classes_to_route_.push_back(static_cast<std::uint32_t>(class_index));
  }

  Forecast forecast_;
  Deadlines deadlines_;
  std::vector<std::int64_t> serving_units_;  // by skill: places at work for it, b of 2.12
  std::vector<Decision> decisions_;
  std::uint8_t cause_ = 0;
  std::uint32_t offered_ = 0;
  std::uint32_t active_ = 0;
  std::uint32_t parked_ = 0;
  std::vector<std::uint32_t> excluding_;  // visitors with exclusions
  // Work lists of settle(), empty between events.
  std::vector<std::uint32_t> visitors_to_route_;
  std::vector<std::uint32_t> agents_to_serve_;
  std::vector<std::uint32_t> classes_to_route_;
};

// The best and the second best agent seen so far, as 2.3.4 orders them.
struct Router::Engine::BestTwo {
  std::optional<AgentKey> best;
  std::optional<AgentKey> second;

  void see(const AgentKey& key) {
    if (!best || key < *best) {
      second = best;
      best = key;
    } else if (!second || key < *second) {
      second = key;
    }
  }
};

// What rule 2.4 has found so far.
struct Router::Engine::Pick {
  VisitorChoice choice;
  const std::uint8_t* levels = nullptr;  // of his group, by skill
  std::uint32_t visitor = kNone32;
  std::uint32_t returning = kNone32;  // the first of those who know him: may also be the head of a class

  void see(const VisitorKey& key, std::uint32_t who) {
    ++choice.candidates;
    if (visitor == kNone32 || before(key, choice.winner)) {
      if (visitor != kNone32) choice.runner_up = choice.winner;
      choice.winner = key;
      visitor = who;
    } else if (!choice.runner_up || before(key, *choice.runner_up)) {
      choice.runner_up = key;
    }
  }
  static bool before(const VisitorKey& a, const VisitorKey& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.entered_at != b.entered_at) return a.entered_at < b.entered_at;
    return a.conversation < b.conversation;
  }
};

}  // namespace switchboard::router
