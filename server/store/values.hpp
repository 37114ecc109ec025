// The nouns that the store reads and writes, as plain values. Bodies of log entries are opaque bytes here:
// what they mean is known to proto/ alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace switchboard::store {

using Millis = std::int64_t;  // Redis TIME in milliseconds since 1970; the one clock of shared state

// Why the store did not do what it was asked. Everything but `unavailable` is definite: nothing was written.
enum class Refusal {
  unavailable,        // no answer: the outcome is unknown, and repeating the same request is harmless
  busy,               // Redis said no before it wrote (loading, out of memory, read only, no replicas ...)
  not_found,          // no such conversation, agent or shop
  not_yours,          // it exists, but this person is no participant, or its fence is stale
  closed,             // the conversation takes nothing any more
  number_gap,         // the sender's number is not the last one plus one
  duplicate_differs,  // this number was used before with another client id
  stale,              // the version has moved on; look again
  full,               // the agent has no free place, or the log or the queue is at its limit
  not_available,      // the agent is not available and live
  fenced,             // a newer desk leads this shop
  invalid,            // an argument is out of its bounds
};

// The store does not say now, and may later: ask again.
constexpr bool not_now(Refusal refusal) {
  return refusal == Refusal::unavailable || refusal == Refusal::busy;
}

enum class Role : char { visitor = 'v', agent = 'a', system = 's' };
enum class State : char { waiting = 'w', offered = 'o', active = 'a', closed = 'z' };
enum class WishMode : char { any = 'a', prefer = 'p', strict = 's' };
enum class AgentStatus : char { available = 'a', drain = 'd', on_break = 'b', offline = 'o' };
enum class Line : char { live = 'l', suspect = 's', lost = 'x' };

struct Wish {
  WishMode mode = WishMode::any;
  std::string persona;  // empty with `any`
  friend bool operator==(const Wish&, const Wish&) = default;
};

struct LogEntry {
  std::uint32_t seq = 0;  // 1, 2, 3 ... without gaps (M3)
  Millis time = 0;
  std::string sender;        // the device that sent it; empty for the system
  std::uint32_t number = 0;  // the sender's own counter in this conversation; 0 for the system
  std::string client_id;     // the client's message id; empty for the system
  std::string body;          // opaque
};

struct ConversationView {
  std::string id;
  std::uint32_t epoch = 0;   // identity of the log's timeline
  std::uint64_t number = 0;  // rises with every conversation of the shop: the router's id and tie-breaker
  State state = State::waiting;
  std::uint32_t version = 0;  // rises with every transition
  std::uint32_t fence = 0;    // rises with every assignment
  std::string visitor;
  std::string visitor_name;
  std::string language;  // BCP 47 primary tag, "zh" or "en"
  std::string skill;
  Wish wish;
  std::uint32_t tier = 0;
  std::string agent;          // offered to or served by; empty while waiting
  std::string last_agent;     // who served this visitor last time, empty if nobody
  Millis entered = 0;         // start of waiting; never reset (R3)
  Millis offer_deadline = 0;  // of the offer that is open, else 0
  Millis assigned = 0;        // when the present agent accepted, else 0
  std::uint32_t head = 0;     // seq of the last entry
  std::uint32_t read_by_visitor = 0;
  std::uint32_t read_by_agent = 0;
  char assign_reason = 0;  // of the latest offer, as the desk gave it; 0 = none
  Millis parked = 0;  // since when it waits for its visitor, who left an answer without one; 0 = it does not
};

struct AgentView {
  std::string id;
  AgentStatus status = AgentStatus::offline;
  std::string reason;  // of a break
  Line line = Line::lost;
  Millis line_since = 0;
  std::uint32_t capacity = 0;
  std::string node;  // incarnation of the gateway that holds the agent's session
  std::string session;
  std::uint32_t version = 0;
  std::vector<std::string> conversations;  // offered to and active with (R2)
  bool moving = false;  // line suspect because her gateway drains: she is about to come back on another one
};

// A gateway's incarnation and how often it has beaten. Whoever watches compares beats on a steady clock of
// its own: no time to live and no wall clock says who is alive.
struct NodeBeat {
  std::string incarnation;  // "<node>.<start>.<random>"
  std::uint64_t beat = 0;
};

// An offer that was made, with what is known of its conversation now; empty if that is not kept any more.
struct OfferMade {
  std::string id;  // of the stream
  Millis time = 0;
  std::string conversation, agent;
  std::string why;  // opaque: Offer::why
  std::string visitor, visitor_name, skill;
  Wish wish;
  std::uint32_t tier = 0;
};

// One transition of the shop's event stream, in the order in which they became true.
struct Event {
  enum class Kind : char {
    opened = 'O',    // conversation: began to wait
    wish = 'W',      // conversation: another wish, place kept
    offered = 'F',   // conversation, agent: place reserved
    accepted = 'A',  // conversation, agent
    declined = 'D',  // conversation, agent, reason: the agent said no; waits again
    requeued = 'R',  // conversation, agent, reason: missed, withdrawn, agent lost; waits again
    closed = 'Z',    // conversation, agent if there was one
    parked = 'K',    // conversation, agent: waits for its visitor, takes a part of a place
    woken = 'U',     // conversation, agent: takes a whole place again
    agent = 'P',     // agent: status or line changed
    shop = 'C',      // the shop's settings changed
  };
  std::string id;  // stream id, "<ms>-<n>"
  Kind kind = Kind::opened;
  Millis time = 0;
  std::string conversation;
  std::uint32_t version = 0;  // the conversation's or agent's version after the transition
  std::string agent;
  std::string reason;
};

}  // namespace switchboard::store
