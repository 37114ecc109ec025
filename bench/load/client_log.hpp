// What one device of a client holds and has said of each conversation, and what it owes the server by the
// wire contract (proto/README.md, whose rules are named here): the position that its hello tells, the numbers
// of its posts, which of them are sent again, and when. It knows no line, no clock and no chance: who drives
// it sends what next_to_send() hands out, tells it every answer, waits when repeat_after() says so, and tells
// it when the line is gone. Not safe for several threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/frames.hpp"

namespace switchboard::load {

// A message of this device, from its writing on.
struct Posted {
  std::string conversation;
  std::string client_id;
  std::uint32_t number = 0;
  std::uint32_t fence = 0;
  std::string text;
  std::chrono::steady_clock::time_point due;  // when it should have been sent: for who measures, nothing else
  bool in_flight = false;                     // sent on this connection and not answered yet
  bool again = false;  // acknowledged on a timeline that is gone, and offered anew (W20)

  proto::Post frame() const { return {conversation, client_id, number, fence, {text}}; }
};

// One conversation.
class ClientLog {
 public:
  // `offer_again`: keeps what is acknowledged, all of it, to post it again after a reset (W20).
  ClientLog(std::string conversation, bool offer_again);

  // --- held
  // An entry has come, `seq` from 1: in any order, and as often as it comes (W18). Own acks count as well
  // (W19). What is of another timeline begins the log anew: an agent who accepts a conversation once more
  // gets no reset.
  void hold(std::uint32_t epoch, std::uint32_t seq);
  // The highest seq up to which everything is held, with the epoch of what came last (0: nothing has; W19).
  proto::Position position() const { return {conversation_, epoch_, seq_}; }
  // It is over or has moved on, and hellos do not name it until an entry of it comes.
  void unfollow() { followed_ = false; }
  bool followed() const { return followed_; }
  // Something is held above the position: it may come once more after the line broke.
  bool has_gap() const { return !beyond_.empty(); }
  // Lets go of what is held above the position, and says what that was, ascending. A client may do so when
  // its line is gone, or may keep it: what it lacks by its position comes in either case.
  std::vector<std::uint32_t> forget_beyond();
  // W20: what is held is of another timeline. With `offer_again` what had been acknowledged is unacknowledged
  // once more, in its old order and with its old numbers, before what was written later: what the server lost
  // was the end, so those are the numbers it knows. Returns that. All that is unacknowledged is to be
  // repeated.
  std::vector<Posted> reset(std::uint32_t epoch);

  // --- said
  // One more message, numbered 1, 2, 3 ... (W14), unacknowledged until it is answered for good.
  const Posted& post(std::string client_id, std::uint32_t fence, std::string text,
                     std::chrono::steady_clock::time_point due = {});
  // The server's word on how far this device's numbers have come (`your_last_number`, W14).
  void know_last_number(std::uint32_t number);
  // What is to be sent now on a line that has been welcomed, the oldest first; in flight from then on. Null
  // if there is nothing, or if repeats wait. Valid until the next call of anything here.
  const Posted* next_to_send();
  // The answers to what was sent. `repeat`: to last_acknowledged(), sent once more of one's own accord.
  void acknowledged(const Posted&, const proto::Ack&, bool repeat);
  // True: it is definitely not done and given up; every later number would be a gap, so the rest moves up by
  // one. False: the same message is to be repeated (W15, W16, W28).
  bool refused(const Posted&, const proto::Error&);
  // After a reset or an answer: how long to wait before repeat(), the longest that an answer has named since
  // the last one (W28). Nothing if no repeats wait, or while something is in flight, which they would
  // overtake. Said once.
  std::optional<std::chrono::milliseconds> repeat_after();
  // The time is over: next_to_send() goes on with what was not acknowledged.
  void repeat();
  // Nothing is in flight any more, and on the next line everything unacknowledged is sent at once (W26).
  void line_lost();

  std::size_t unacknowledged() const { return unacknowledged_.size(); }
  // Null before the first ack and after a reset.
  const Posted* last_acknowledged() const { return last_acknowledged_ ? &*last_acknowledged_ : nullptr; }

 private:
  void begin(std::uint32_t epoch);
  void take(std::uint32_t seq);
  void drop(const std::string& client_id);

  std::string conversation_;
  bool offer_again_;
  bool followed_ = true;
  std::uint32_t epoch_ = 0;
  std::uint32_t seq_ = 0;           // held without a gap
  std::set<std::uint32_t> beyond_;  // held above a gap
  std::uint32_t last_number_ = 0;
  std::deque<Posted> unacknowledged_;
  std::vector<Posted> acknowledged_;  // with offer_again; of one timeline
  std::optional<Posted> last_acknowledged_;
  bool repeating_ = false;  // what is unacknowledged and not in flight waits for repeat()
  bool pausing_ = false;    // repeat_after() has said how long
  std::chrono::milliseconds pause_{0};
};

// All conversations of one device.
class ClientLogs {
 public:
  static constexpr std::size_t positions_max = 16;  // in one hello (W28)

  // Of the logs that begin from now on.
  bool offer_again = false;

  // The log of a conversation, begun if there was none. Valid until it is forgotten.
  ClientLog& of(const std::string& conversation);
  ClientLog* find(const std::string& conversation);
  const ClientLog* find(const std::string& conversation) const;
  // Of a conversation that is over.
  void forget(const std::string& conversation) { logs_.erase(conversation); }

  // For the hello (W19): of those that are followed, at most positions_max. What is left out is read again
  // from the start and known by its seq.
  std::vector<proto::Position> positions() const;
  // 0 for what is not known.
  std::uint32_t position(const std::string& conversation) const;
  std::size_t unacknowledged(const std::string& conversation) const;
  std::size_t unacknowledged() const;  // in all conversations

  // By their names, so that the same history is the same run.
  auto begin() { return logs_.begin(); }
  auto end() { return logs_.end(); }
  auto begin() const { return logs_.begin(); }
  auto end() const { return logs_.end(); }

 private:
  std::map<std::string, ClientLog> logs_;
};

}  // namespace switchboard::load
