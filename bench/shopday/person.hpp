// Somebody with a line to the server, whose every word and every learnt entry goes into the history.
#pragma once

#include <functional>
#include <string>

#include "bench/shopday/day.hpp"

namespace switchboard::shopday {

class Person : private load::Client::Owner {
 public:
  virtual ~Person() = default;
  load::Client& client() { return client_; }
  bool ready() const { return client_.ready(); }
  const std::string& id() const { return id_; }

 protected:
  Person(Day&, std::string id, bool agent, const std::string& name, std::uint32_t tier);

  // `read_now`: somebody is there to read it, so that its way is measured.
  void say(const std::string& conversation, std::uint32_t fence, std::string text, bool read_now = true);
  // For W26's delay, or for so long.
  void lose_line(std::optional<std::chrono::milliseconds> away = std::nullopt);
  // Everything above that position comes once more; by default all, as after a new assignment.
  void anew(const std::string& conversation, std::uint32_t position = 0);
  // Asks until the conversation is over: `over` says so; `then` is not called, its end comes as an entry.
  void close(const std::string& conversation, std::function<bool()> over);
  // Waits until everything of an ended conversation is here (`head` says up to where, 0: not known yet), then
  // notes that this device holds its whole log, and calls `then`. `head` says `dropped` if it is this
  // device's no more: then it is no witness.
  static constexpr std::uint32_t dropped = 0xFFFFFFFF;
  void settle(const std::string& conversation, std::function<std::uint32_t()> head,
              std::function<void()> then);

  virtual void welcomed(const proto::Welcome&) = 0;
  virtual void heard(const std::string& conversation, const proto::Entry&) = 0;
  virtual void told(const proto::ServerFrame&) = 0;
  // All of it comes once more, of another timeline: what has been seen may not have happened.
  virtual void reset(const std::string& conversation) = 0;
  // There is no such conversation, though there was one.
  virtual void vanished(const std::string& conversation) = 0;

  Day& day_;

 private:
  void on_welcome(const proto::Welcome&) override;
  void on_entry(const std::string&, std::uint32_t, const proto::Entry&) override;
  void on_ack(const load::Posted&, const proto::Ack&, bool) override;
  void on_refused(const load::Posted&, const proto::Error&) override;
  void on_reset(const proto::Reset&, const std::vector<load::Posted>& offered) override;
  void on_down(std::uint16_t, std::string_view) override;
  void on_push(const proto::ServerFrame& frame) override { told(frame); }
  void on_octets(std::string_view) override;
  void settle_until(const std::string&, const std::function<std::uint32_t()>&, const std::function<void()>&,
                    Clock::time_point);

  const std::string id_;
  load::Client client_;
};

}  // namespace switchboard::shopday
