// Visitors and agents brought together by the server as it does it: a visitor waits, some agent is offered
// her and accepts. A Pair is a visitor with whoever serves her.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/load/client.hpp"
#include "bench/load/gateway.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::load {

// One skill, one persona, `agents` agents of capacity 1, no holds and no auto-replies.
shop::Shop shop_of_pairs(const std::string& id, int agents);
std::string agent_id(int index);  // "a0007"

// Runs the io_context until `done` (looked at every few milliseconds) or the time is over; what `done` said
// last.
bool run_until(boost::asio::io_context&, std::chrono::milliseconds within, const std::function<bool()>& done);

class Floor;
class Pair;

// An agent with one place. Accepts whatever is offered.
class Seat final : private Client::Owner {
 public:
  Seat(Wire&, const Gateway&, const std::string& shop, int index, Floor&);
  Client& client() { return client_; }

 private:
  friend class Floor;
  void on_welcome(const proto::Welcome&) override;
  void on_entry(const std::string&, std::uint32_t, const proto::Entry&) override;
  void on_ack(const Posted&, const proto::Ack&, bool) override;
  void on_refused(const Posted&, const proto::Error&) override;
  void on_push(const proto::ServerFrame&) override;
  void serve(const proto::Conversation&);

  Floor& floor_;
  Client client_;
};

// Who talks to whom. Filled by seats and pairs.
class Floor {
 public:
  void asked(const std::string& conversation, Pair&);
  void served(const std::string& conversation, Seat&, std::uint32_t fence);
  void over(const std::string& conversation);
  Pair* pair_of(const std::string& conversation) const;

 private:
  struct Talk {
    Pair* pair = nullptr;
    Seat* seat = nullptr;
    std::uint32_t fence = 0;
  };
  void introduce(Talk&);
  std::unordered_map<std::string, Talk> talks_;
};

// Side 0 is the visitor, side 1 the agent.
class Pair : private Client::Owner {
 public:
  Pair(Wire&, const Gateway&, const std::string& shop, int index, Floor&);
  virtual ~Pair() = default;

  void start() { visitor_.start(); }
  bool active() const { return seat_ != nullptr; }
  Client& visitor() { return visitor_; }
  const std::string& conversation() const { return conversation_; }

 protected:
  void post(int side, std::string text, Clock::time_point due);
  void close();
  void open();

  virtual void on_active() = 0;  // both sides can write
  virtual void on_text(int reader, const std::string& text) = 0;
  virtual void on_ack(int side, const Posted&, const proto::Ack&) = 0;
  virtual void on_refused(int side) = 0;
  virtual void on_closed() = 0;  // the visitor has seen its end

 private:
  friend class Floor;
  friend class Seat;
  void on_welcome(const proto::Welcome&) override;
  void on_entry(const std::string&, std::uint32_t, const proto::Entry&) override;
  void on_ack(const Posted&, const proto::Ack&, bool) override;
  void on_refused(const Posted&, const proto::Error&) override;
  void read(int reader, const proto::Entry&);

  Floor& floor_;
  Client visitor_;
  Seat* seat_ = nullptr;
  std::uint32_t fence_ = 0;
  std::string conversation_;
};

}  // namespace switchboard::load
