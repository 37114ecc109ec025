// What a run saw, from both sides and from the store: the judge's only input. The rule that makes it sound:
// what a client begins is noted before it is sent, what it learns after it has learnt it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace switchboard::check {

using Digest = std::uint64_t;  // of a text or of a system entry's kind

struct Sent {
  std::string device;
  std::uint32_t number = 0;
  Digest digest = 0;
};

struct Acked {
  std::string device;
  std::string client_id;
  std::uint32_t epoch = 0;
  std::uint32_t seq = 0;
  bool duplicate = false;
  bool repeat = false;  // the answer to a message that had been acknowledged before
};

struct Received {
  std::string device;
  std::uint64_t connection = 0;  // of the device, counted from 1
  std::uint32_t epoch = 0;
  std::uint32_t seq = 0;  // 0: no entry, but from here on all above the position in `digest` may come again:
                          // after each assignment (W23) and each reset (W20), or when her own words were not
                          // acknowledged before the line broke
  std::string client_id;
  Digest digest = 0;
};

// One entry of a log as it is stored.
struct Stored {
  std::uint32_t seq = 0;
  std::string sender;  // device; empty for the system
  std::uint32_t number = 0;
  std::string client_id;
  Digest digest = 0;
  char kind = 0;       // m a message, a assigned, r requeued, c closed, s else of the system; 0 not known
  std::string person;  // m: who wrote it, if it was an agent; a: to whom
  friend bool operator==(const Stored&, const Stored&) = default;
};

struct Conversation {
  std::map<std::string, Sent> sent;  // by client id
  std::vector<Acked> acked;
  std::set<std::string> refused;  // client ids that the server definitely did not take
  // By client id, of messages that had been acknowledged on a timeline that was lost: offered anew, and
  // whether that was definitely not taken.
  std::map<std::string, bool> offered_again;
  std::vector<Received> received;  // in the order of their coming, per device
  std::set<std::string> readers;   // devices that stayed to the end and must hold the whole log
  bool closed = false;             // a participant saw its end
  std::vector<Stored> log;         // as the store keeps it, at the end of the run
  std::uint32_t epoch = 0;  // of that; what was told on another timeline was of a lost end; 0: not known
  bool log_read = false;
  bool vanished = false;      // a participant was told that it is not there
  std::vector<Stored> shown;  // as a fresh connection got it from the server (no sender, no number)
  bool shown_read = false;
  std::string queue_class;      // among those of one class the first is served first; empty: not judged
  std::int64_t entered_ms = 0;  // when she came into the queue, as the store keeps it; 0: not read
};

// One entry of the shop's event stream, in its order.
struct Transition {
  char kind = 0;  // O opened, F offered, A accepted, D declined, R requeued, K parked, U woken, Z closed;
                  // others do not matter
  std::string conversation;
  std::string agent;
  std::int64_t t_ms = 0;  // of the store's clock
};

// A time of the wall clock in which a fault was at work, or its consequences.
struct Span {
  std::int64_t from_ms = 0, to_ms = 0;
};

struct History {
  std::unordered_map<std::string, Conversation> conversations;
  std::vector<Transition> transitions;
  bool transitions_complete = false;              // read from the first to the last without a gap
  std::uint64_t cuts = 0;                         // times that the store lost the end of its log on purpose
  std::map<std::string, std::uint32_t> capacity;  // by agent, in places of four units
  std::uint32_t park_units = 4;                   // what a parked conversation takes
  std::uint64_t unanswered = 0;                   // requests without any reply though the connection lived
  std::set<std::string> overdue;                  // conversations that waited while somebody fitting was free
  std::set<std::string> stranded;                 // devices that could not come to an end
  std::set<std::string> leaked;                   // devices that got something of another shop
  std::vector<Span> disturbed;
};

Digest digest_of(std::string_view);

}  // namespace switchboard::check
