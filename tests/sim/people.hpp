// Shoppers and agents: what they want, what they do when something happens, and how their lines fail them.
// They note what they begin before they begin it and what they learn when they have learnt it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace switchboard::sim {

class Person : public Tab::Owner {
 public:
  Person(World&, std::string shop);
  virtual ~Person() = default;

  // Nothing is left to do or to hear: asked when everybody should have finished.
  virtual bool is_done() const = 0;
  // Why not, if not.
  virtual std::string left_to_do() const { return {}; }

 protected:
  // Makes a tab; it is opened by whoever asked for it.
  Tab& add_tab(std::string token, std::string name);
  virtual void act() = 0;
  // Calls act() again and again, about so often, until she has left.
  void live(Micros pace);
  void have_trouble(Tab&);

  void on_sent(Tab&, const Posted&) override;
  void on_entry(Tab&, const std::string&, std::uint32_t epoch, const proto::Entry&) override;
  void on_ack(Tab&, const Posted&, const proto::Ack&, bool repeat) override;
  void on_refused(Tab&, const Posted&, const proto::Error&) override;
  void on_forgot(Tab&, const std::string&, std::uint32_t seq) override;
  void on_stopped(Tab&, std::uint16_t code) override;
  // As whom a tab receives a conversation: an agent begins anew with each assignment.
  virtual std::string reader(const Tab& tab, const std::string&) const { return tab.identity().device; }
  std::string words(const Tab&, const std::string& conversation);
  check::History& history() { return world_.histories[shop_]; }

  World& world_;
  Random random_;
  const std::string shop_;
  std::vector<std::unique_ptr<Tab>> tabs_;
  bool left_ = false;  // for good

 private:
  std::uint64_t said_ = 0;
};

class Shopper final : public Person {
 public:
  Shopper(World&, std::string shop, std::string name);

  bool is_done() const override;
  std::string left_to_do() const override;
  // The conversations that her first tab took part in from beginning to end must be held by it as a whole.
  void say_what_is_held();

 private:
  void act() override;
  void begin(Tab&);
  void go_on(Tab&);
  void take_state(Tab&, const proto::Conversation&);
  bool knows(const Tab&, const std::string& conversation) const;
  bool may_leave() const;
  void leave();
  void on_welcome(Tab&, const proto::Welcome&) override;
  void on_push(Tab&, const proto::ServerFrame&) override;
  proto::Wish wish();

  struct Visit {
    proto::ConversationState state = proto::ConversationState::unspecified;
    std::uint32_t head = 0;
    unsigned to_say = 0;
    Micros patience_ends = never;
    Micros silent_until = 0;
  };
  std::map<std::string, Visit> visits_;
  std::string open_;  // the conversation that is open, as far as she knows
  std::set<std::pair<std::string, std::string>>
      told_;  // device and conversation: what this very tab knows of
  unsigned visits_left_ = 1;
  bool asking_ = false;
};

class Server final : public Person {
 public:
  Server(World&, Employee);

  bool is_done() const override;
  std::string left_to_do() const override;
  // Closes all that is hers, for good.
  void go_home();

 private:
  struct Chat {
    std::uint32_t fence = 0;
    unsigned to_say = 0;
    Micros since = 0;
    Micros closes_after = 0;
  };

  void act() override;
  void answer(Tab&, const proto::Offer&);
  void take_state(Tab&, const proto::Conversation&);
  void on_welcome(Tab&, const proto::Welcome&) override;
  void on_push(Tab&, const proto::ServerFrame&) override;
  void on_refused(Tab&, const Posted&, const proto::Error&) override;
  std::string reader(const Tab& tab, const std::string& conversation) const override;
  void want_status(proto::AgentStatus);

  const Employee who_;
  std::map<std::string, Chat> serving_;
  std::map<std::pair<std::string, std::string>, std::uint32_t>
      fences_;  // the last one that a device was told
  proto::AgentStatus status_ = proto::AgentStatus::offline;
  proto::AgentStatus wanted_ = proto::AgentStatus::available;
  Micros break_ends_ = 0;
  Micros away_until_ = 0;
};

}  // namespace switchboard::sim
