// One desk's time as the leader: a router rebuilt from the store, fed with what happens, its decisions
// committed. It ends when the lease is lost, when an outcome is not known, or when the settings change in a
// way that cannot be told as events; then the next one starts afresh from the store, which is the truth.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "router/router.hpp"
#include "server/desk/announcer.hpp"
#include "server/desk/desk.hpp"
#include "server/desk/desk_clock.hpp"
#include "server/desk/names.hpp"
#include "server/desk/recorder.hpp"
#include "server/desk/silences.hpp"

namespace switchboard::desk {

class Desk::Reign : public std::enable_shared_from_this<Desk::Reign> {
 public:
  Reign(boost::asio::any_io_executor, store::Store&, conversation::ShopDirectory&,
        conversation::ShopContextPtr, NodeWatch&, DeskMetrics&, std::string shop, std::string holder,
        std::uint64_t epoch, DeskOptions);

  // Rebuilds, then serves until the end. Returns when everything that it started has come to rest or waits
  // for nothing but an answer that it will ignore.
  store::Task<void> serve();
  void end();

 private:
  // What the desk knows of a conversation; the router knows the rest.
  struct Known {
    store::ConversationView view;
    bool committing = false;    // a decision about it is on its way to the store
    std::uint32_t watched = 0;  // fence of the latest offer whose deadline is noted
  };

  // --- life
  store::Task<bool> rebuild();
  store::Task<void> renew_lease();
  store::Task<void> follow_events();
  store::Task<void> keep_time();
  store::Task<void> keep_availability(std::string body);
  store::Task<void> reconcile();
  store::Task<void> keep_record();
  void begin_chapter(std::string_view why);
  void restore_handling_times(std::string_view kept);
  std::string handling_times() const;
  std::chrono::steady_clock::time_point next_wake();
  void wake();

  // --- facts in
  store::Task<void> look_ahead(const std::vector<store::Event>&);
  store::Task<void> look_at(std::string conversation);
  store::Task<store::Answer<store::ConversationView>> view_of(const std::string& conversation);
  store::Task<void> take(store::Event);
  store::Task<void> take_settings(std::uint32_t revision);
  bool tell_settings(conversation::ShopContextPtr);
  bool take_in_step(Known&, const store::Event&);
  void settle(store::ConversationView, std::optional<store::Event::Kind>);
  void settle_waiting(Known&, const router::Visit&, const std::optional<router::ConversationView>&,
                      std::optional<store::Event::Kind>);
  store::Task<void> take_agent(std::string agent);
  void settle_agent(const store::AgentView&);
  store::Millis grace_of(const store::AgentView&) const;
  void forget(std::uint64_t number);
  store::Task<void> challenge(std::string agent, std::string session);
  Known* find(std::string_view conversation);

  // --- decisions out
  enum class Return { missed, withdrawn, lost };  // why a conversation goes back to the queue
  static std::string_view reason_of(Return);

  void feed(const router::Event&);
  void act(const router::Decision&);
  void start(store::Task<void>);
  store::Task<Known*> begin_commit(std::uint64_t number);
  Known* end_commit(std::uint64_t number);
  store::Task<void> commit_offer(std::uint64_t number, std::string agent, proto::Why why);
  store::Task<void> accept_by_itself(store::ConversationView);
  // `fence`: only if this offer still stands.
  store::Task<void> commit_requeue(std::uint64_t number, Return, std::optional<std::uint32_t> fence);
  store::Task<void> commit_break(std::string agent);
  store::Task<void> lose(std::string agent, std::string session);
  bool definite(store::Refusal);

  // --- parked conversations (reign_silence.cpp)
  void watch_silence(const store::ConversationView&, store::Millis when);
  void watch_all_silences();
  store::Task<void> look_at_silences();

  // --- deadlines, all of them on the desk's clock
  store::Millis now() const { return time_.now(std::chrono::steady_clock::now()); }
  void follow_store_clock();
  void watch_offer(Known&);
  void fire_deadlines(store::Millis now);
  void break_lines_of_dead_nodes();

  boost::asio::any_io_executor executor_;
  store::Store& store_;
  conversation::ShopDirectory& shops_;
  conversation::ShopContextPtr context_;  // replaced by take_settings: hold a copy over a wait
  NodeWatch& nodes_;
  DeskMetrics& metrics_;
  const std::string shop_;
  const std::string holder_;
  const std::uint64_t epoch_;
  const DeskOptions options_;

  Names names_;
  std::vector<router::AgentConfigured> roster_;  // as the router was told
  router::Router router_;
  Announcer announcer_;
  Recorder recorder_;
  std::string last_event_;
  std::uint64_t events_connection_ = 0;  // by which this reign hears of events
  std::unordered_map<std::string, store::Answer<store::ConversationView>>
      ahead_;                                               // looked at, not yet taken in
  std::map<std::uint64_t, Known> known_;                    // by the conversation's number
  std::unordered_map<std::string, std::uint64_t> numbers_;  // by its id
  std::set<std::tuple<store::Millis, std::uint64_t, std::uint32_t>> offer_deadlines_;  // ..., number, fence
  Silences silences_;
  bool looking_at_silences_ = false;
  struct Suspicion {
    std::string session;
    store::Millis since = 0;  // as the store noted it
    store::Millis until = 0;
    bool told = false;  // the store has been asked to call her lost
  };
  std::unordered_map<std::string, Suspicion> suspects_;  // by agent
  std::unordered_map<std::string, std::uint32_t> agent_versions_;
  struct Presence {
    std::string node, session;
  };
  std::unordered_map<std::string, Presence> live_;  // agents whose line is live, and where

  DeskClock time_;
  Entrances entrances_;
  bool rebuilt_ = false;
  boost::asio::steady_timer clock_;
  std::chrono::steady_clock::time_point next_announcement_{};
  std::chrono::steady_clock::time_point next_reconcile_{};
  bool reconciling_ = false;
  store::Millis next_deadline_ = INT64_MAX;  // what keep_time sleeps towards
  int running_ = 0;                          // coroutines started and not yet done
  bool ended_ = false;
};

}  // namespace switchboard::desk
