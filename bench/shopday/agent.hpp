// An agent of the trace: comes to his shifts, takes what is offered, answers several at once, ends what is
// done.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "bench/shopday/person.hpp"

namespace switchboard::shopday {

class Agent final : public Person {
 public:
  Agent(Day&, const std::string& id, std::vector<const Shift*> shifts);

  void live();
  // Whether he surely had a place for this visitor since then, or longer.
  bool free_for(const Arrival&, Clock::time_point since) const;
  bool idle() const { return chats_.empty() && offers_.empty(); }
  // The day is over.
  void send_home() { client().stop(false); }

 private:
  struct Chat {
    std::uint32_t fence = 0;
    bool closed = false;
    std::uint32_t head = 0;
  };

  void come_on(const Shift&);
  void go_off(const Shift&);
  void want(proto::AgentStatus);
  void take(const proto::Offer&);
  void serve(const proto::Conversation&);
  void play(const std::string& conversation, std::shared_ptr<const Plan>);
  void end(const std::string& conversation);
  void go_away();
  void drop(const std::string& conversation);
  void load_changed();

  void welcomed(const proto::Welcome&) override;
  void heard(const std::string&, const proto::Entry&) override;
  void told(const proto::ServerFrame&) override;
  void reset(const std::string& conversation) override;
  void vanished(const std::string& conversation) override { drop(conversation); }

  const std::vector<const Shift*> shifts_;
  const Shift* shift_ = nullptr;  // the one he is on, or was last
  proto::AgentStatus wanted_ = proto::AgentStatus::offline;
  proto::AgentStatus confirmed_ = proto::AgentStatus::offline;
  std::set<std::string> offers_;
  std::map<std::string, Chat> chats_;
  Clock::time_point free_since_ = Clock::time_point::max();
};

}  // namespace switchboard::shopday
