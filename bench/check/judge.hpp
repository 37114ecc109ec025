// Judges a history against the promises M1 to M5, R1 to R4 and S1. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/check/history.hpp"

namespace switchboard::check {

enum class Fault : std::uint8_t { lost, doubled, reordered, over_capacity, stuck, overtaken, leaked };
inline constexpr std::size_t faults = 7;

struct Finding {
  Fault fault = Fault::lost;
  std::string rule;  // the invariant's name
  std::string what;  // ids and numbers; never texts
};

struct Verdict {
  std::uint64_t counts[faults] = {};  // by Fault
  std::vector<Finding> findings;      // the first findings_max

  static constexpr std::size_t findings_max = 50;
  std::uint64_t count(Fault fault) const { return counts[static_cast<std::size_t>(fault)]; }
  bool good() const;
  void add(Fault, std::string rule, std::string what);
};

// The invariants, by name:
//   no-lost-ack      an acknowledged message is in the log, at the seq that the ack said (M1); one that was
//                    acknowledged on a timeline that was lost is there, unless its sender had gone before or
//                    was told that it cannot be taken any more (W20)
//   log-gap          the log's seqs are 1, 2, 3 ... (M3)
//   no-duplicate     a client id, and a sender's number, is in the log at most once (M2)
//   one-seq          all acks of a client id name one seq, and repeats are told as duplicates (M2)
//   no-phantom       every message in the log was sent, and as it stands there
//   not-refused      what was refused is not in the log (M5)
//   sender-order     a sender's numbers rise by one along the log (M3)
//   same-order       what a device received at a seq is what the log has there (M3)
//   session-order    on one connection the seqs rise (M4)
//   received-once    no connection gets an entry twice, and no device twice but after its line broke (M4)
//   delivered        a device that stayed to the end holds every entry (M4)
//   shown            a fresh connection is shown the log as the store has it (M4)
//   capacity         along the event stream nobody is offered more than his places can take, a parked
//                    conversation as the part of a place that it is (R2)
//   one-owner        along the event stream a conversation is offered only while it waits, and accepted by
//   whom it was
//                    offered to (R1)
//   owner-writes     along a log an agent writes only between her assignment and its end (R1)
//   waiting-kept     the time of entering, from which the rank comes, is that of the opening (R3)
//   fifo             while nothing is disturbed nobody is offered before one of the same class who came
//   earlier
//                    and was never offered to that agent; a commit may be calm_ms behind its decision (R3)
//   isolation        no device gets anything of another shop (S1)
//   answered         every message was acknowledged or refused (M5)
//   ended            every conversation came to its end: a participant saw it, or the log has it,
//                    and nobody was left over
//   not-stuck        nobody waited while somebody fitting was free (R4)
Verdict judge(const History&);
// How long nothing must have been disturbed before the order of offers is judged.
inline constexpr std::int64_t calm_ms = 2'000;

}  // namespace switchboard::check
