// A shopper of the trace: comes, asks, waits as long as her patience lasts, talks, leaves.
#pragma once

#include <memory>

#include "bench/shopday/person.hpp"

namespace switchboard::shopday {

class Visitor final : public Person {
 public:
  Visitor(Day&, const Arrival&);

  static std::string id_of(const Arrival&);
  // Schedules her whole life.
  void live();
  bool gone() const { return state_ == State::gone; }

  bool waiting() const { return state_ == State::waiting && !conversation_.empty() && !leaving_; }
  Clock::time_point waiting_since() const { return asked_at_; }
  const Arrival& arrival() const { return arrival_; }
  const std::string& conversation() const { return conversation_; }
  // For the log, when something went wrong with her.
  std::string describe();
  // She is still here though she should not be.
  void note_stranded() { day_.record.stranded(client().identity().device); }
  // The day is over: she goes, whether somebody came or not.
  void send_home();

 private:
  enum class State { away, waiting, talking, ended, gone };

  void arrive();
  void ask();
  void opened(const proto::Conversation&);
  std::string queue_class() const;
  void talk(const proto::Person& agent);
  void leave();
  void ended();

  void welcomed(const proto::Welcome&) override;
  void heard(const std::string&, const proto::Entry&) override;
  void told(const proto::ServerFrame&) override;
  void reset(const std::string& conversation) override;
  void vanished(const std::string& conversation) override;

  const Arrival& arrival_;
  std::string open_id_;  // the same at every repeat of her open
  std::shared_ptr<const Plan> plan_;
  State state_ = State::away;
  bool arrived_ = false;
  bool leaving_ = false;  // asked to close
  bool served_ = false;
  bool given_up_ = false;  // her patience was at its end
  std::string conversation_;
  Clock::time_point asked_at_;
  std::uint32_t head_ = 0;  // of the closed conversation
  unsigned chapter_ = 0;    // rises when she gets another agent: what was planned for the last one is void
};

}  // namespace switchboard::shopday
