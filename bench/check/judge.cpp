#include "bench/check/judge.hpp"

#include <algorithm>
#include <optional>

namespace switchboard::check {

namespace {

std::string at(std::uint32_t seq) {
  return " at " + std::to_string(seq);
}

// Its opening was at the end that was lost: there is nothing to judge.
bool was_lost(const History& history, const Conversation& one) {
  return history.cuts > 0 && one.vanished && one.log_read && one.log.empty();
}

// One conversation's messages.
class Messages {
 public:
  Messages(const std::string& id, const Conversation& conversation, bool cut, Verdict& verdict)
      : id_(id), c_(conversation), cut_(cut), verdict_(verdict) {}

  void judge() {
    if (c_.log_read) {
      judge_log();
      judge_owners();
      judge_acks_against_log();
      judge_received_against_log();
      judge_delivered();
      judge_shown();
    }
    judge_acks();
    judge_received();
    for (const auto& [client_id, sent] : c_.sent) {
      const bool acked =
          std::ranges::any_of(c_.acked, [&](const Acked& ack) { return ack.client_id == client_id; });
      if (!acked && !c_.refused.contains(client_id))
        add(Fault::stuck, "answered", client_id + " has no answer");
    }
    const bool ended =
        c_.closed || std::ranges::any_of(c_.log, [](const Stored& entry) { return entry.kind == 'c'; });
    if (!ended) add(Fault::stuck, "ended", "did not end");
  }

 private:
  void add(Fault fault, const char* rule, const std::string& what) {
    verdict_.add(fault, rule, id_ + ": " + what);
  }

  // What was told on a timeline that was lost says nothing about the places of the log as it is.
  bool of_this_timeline(std::uint32_t epoch) const { return !cut_ || epoch == c_.epoch; }
  // Whether the device heard of this timeline. Who had gone before need not.
  bool came_back(const std::string& device) const {
    const auto here = [&](const auto& one) { return one.device == device && of_this_timeline(one.epoch); };
    return std::ranges::any_of(c_.received, here) || std::ranges::any_of(c_.acked, here);
  }
  // At the end of a conversation that nobody is in any more.
  bool may_be_cut_off(const Received& entry) const {
    return cut_ && entry.client_id.empty() && (c_.log.empty() || entry.seq > c_.log.back().seq);
  }

  const Stored* stored(std::uint32_t seq) const {
    // Gap-free logs are found at once; others have been reported already.
    if (seq >= 1 && seq <= c_.log.size() && c_.log[seq - 1].seq == seq) return &c_.log[seq - 1];
    const auto found = std::ranges::find(c_.log, seq, &Stored::seq);
    return found == c_.log.end() ? nullptr : &*found;
  }

  void judge_log() {
    std::uint32_t expected = 1;
    std::set<std::string> ids;
    std::map<std::string, std::uint32_t> last_number;
    for (const Stored& entry : c_.log) {
      if (entry.seq > expected) add(Fault::lost, "log-gap", "no entry" + at(expected));
      if (entry.seq < expected) add(Fault::reordered, "log-gap", "out of order" + at(entry.seq));
      expected = entry.seq + 1;
      if (entry.client_id.empty()) continue;
      if (!ids.insert(entry.client_id).second)
        add(Fault::doubled, "no-duplicate", entry.client_id + at(entry.seq));
      auto& last = last_number[entry.sender];
      if (entry.number <= last) add(Fault::reordered, "sender-order", entry.sender + at(entry.seq));
      if (entry.number > last + 1)
        add(Fault::lost, "sender-order", entry.sender + " skips a number" + at(entry.seq));
      last = std::max(last, entry.number);
      judge_origin(entry);
    }
  }

  void judge_origin(const Stored& entry) {
    if (entry.sender.empty()) return;  // the system's own, said once by a client id
    const auto sent = c_.sent.find(entry.client_id);
    if (sent == c_.sent.end())
      return add(Fault::doubled, "no-phantom", entry.client_id + " was never sent" + at(entry.seq));
    if (sent->second.digest != entry.digest || sent->second.device != entry.sender) {
      add(Fault::reordered, "no-phantom", entry.client_id + " is not what was sent" + at(entry.seq));
    }
    if (c_.refused.contains(entry.client_id))
      add(Fault::doubled, "not-refused", entry.client_id + at(entry.seq));
  }

  void judge_owners() {
    std::string owner;
    for (const Stored& entry : c_.log) {
      if (entry.kind == 'a') owner = entry.person;
      if (entry.kind == 'r' || entry.kind == 'c') owner.clear();
      if (entry.kind == 'm' && !entry.person.empty() && entry.person != owner) {
        add(Fault::over_capacity, "owner-writes",
            entry.person + " wrote" + at(entry.seq) +
                (owner.empty() ? ", owned by nobody" : ", owned by " + owner));
      }
    }
  }

  void judge_acks_against_log() {
    for (const Acked& ack : c_.acked) {
      if (!of_this_timeline(ack.epoch)) {
        judge_old_ack(ack);
        continue;
      }
      const Stored* entry = stored(ack.seq);
      if (!entry || entry->client_id != ack.client_id) {
        add(Fault::lost, "no-lost-ack", ack.client_id + " was acknowledged" + at(ack.seq));
      }
    }
  }

  // It may have been lost with the end of the log; then whoever held it has offered it again.
  void judge_old_ack(const Acked& ack) {
    if (std::ranges::find(c_.log, ack.client_id, &Stored::client_id) != c_.log.end()) return;
    const auto again = c_.offered_again.find(ack.client_id);
    if (again == c_.offered_again.end() ? came_back(ack.device) : !again->second)
      add(Fault::lost, "no-lost-ack", ack.client_id + " was of the lost end, and did not come back");
  }

  void judge_acks() {
    std::map<std::pair<std::string, std::uint32_t>, const Acked*> first;
    for (const Acked& ack : c_.acked) {
      const auto [known, fresh] = first.emplace(std::pair(ack.client_id, cut_ ? ack.epoch : 0), &ack);
      if (!fresh && (known->second->seq != ack.seq || known->second->epoch != ack.epoch)) {
        add(Fault::doubled, "one-seq", ack.client_id + " was acknowledged twice," + at(ack.seq));
      }
      if (ack.repeat && !ack.duplicate && (!cut_ || !fresh))
        add(Fault::doubled, "one-seq", ack.client_id + " was taken as new" + at(ack.seq));
    }
  }

  void judge_received_against_log() {
    for (const Received& entry : c_.received) {
      const Stored* kept = stored(entry.seq);
      if (entry.seq == 0 || !of_this_timeline(entry.epoch)) continue;
      if (!kept) {
        if (!may_be_cut_off(entry))
          add(Fault::lost, "same-order", entry.device + " got what is not in the log" + at(entry.seq));
      } else if (kept->client_id != entry.client_id || kept->digest != entry.digest) {
        add(Fault::reordered, "same-order", entry.device + " got something else" + at(entry.seq));
      }
    }
  }

  void judge_received() {
    struct Place {
      std::uint64_t connection = 0;
      std::uint32_t epoch = 0, seq = 0;
      std::map<std::uint32_t, std::uint64_t> connection_of;  // by seq: the connection that brought it last
    };
    std::map<std::string, Place> places;
    for (const Received& entry : c_.received) {
      Place& place = places[entry.device];
      if (entry.seq == 0) {
        std::erase_if(place.connection_of, [&](const auto& one) { return one.first > entry.digest; });
        place.connection = 0;
        place.seq = 0;
        continue;
      }
      if (place.epoch != entry.epoch) place = {entry.connection, entry.epoch, 0, {}};
      if (place.connection == entry.connection && entry.seq < place.seq) {
        add(Fault::reordered, "session-order", entry.device + at(entry.seq));
      }
      const auto [known, fresh] = place.connection_of.emplace(entry.seq, entry.connection);
      if (!fresh) {
        // A client says in hello what it holds, so even another connection must not bring it again.
        add(Fault::doubled, "received-once", entry.device + at(entry.seq));
        known->second = entry.connection;
      }
      place.connection = entry.connection;
      place.seq = entry.seq;
    }
  }

  void judge_delivered() {
    if (c_.log.empty()) return;
    for (const std::string& device : c_.readers) {
      if (cut_ && !came_back(device)) continue;
      std::set<std::uint32_t> held;
      for (const Received& entry : c_.received) {
        if (entry.device == device && of_this_timeline(entry.epoch)) held.insert(entry.seq);
      }
      for (const Acked& ack : c_.acked) {
        if (ack.device == device && of_this_timeline(ack.epoch)) held.insert(ack.seq);
      }
      for (const Stored& entry : c_.log) {
        if (!held.contains(entry.seq)) add(Fault::lost, "delivered", device + " lacks" + at(entry.seq));
      }
    }
  }

  void judge_shown() {
    if (!c_.shown_read) return;
    if (c_.shown.size() != c_.log.size()) {
      return add(Fault::lost, "shown",
                 std::to_string(c_.shown.size()) + " of " + std::to_string(c_.log.size()) + " entries");
    }
    for (std::size_t i = 0; i < c_.log.size(); ++i) {
      const Stored& kept = c_.log[i];
      const Stored& shown = c_.shown[i];
      if (kept.seq != shown.seq || kept.client_id != shown.client_id || kept.digest != shown.digest) {
        add(Fault::reordered, "shown", "something else" + at(kept.seq));
      }
    }
  }

  const std::string& id_;
  const Conversation& c_;
  const bool cut_;
  Verdict& verdict_;
};

// Who holds what, along the event stream.
void judge_transitions(const History& history, Verdict& verdict) {
  struct Holding {
    char state = 'w';  // w waiting, o offered, a active, k parked, z closed
    std::string agent;
  };
  constexpr std::uint32_t whole = 4;
  std::unordered_map<std::string, Holding> holdings;
  std::map<std::string, std::uint32_t> load;  // units
  for (const Transition& step : history.transitions) {
    Holding& holding = holdings[step.conversation];
    const auto release = [&] {
      if (!holding.agent.empty()) load[holding.agent] -= holding.state == 'k' ? history.park_units : whole;
      holding.agent.clear();
    };
    switch (step.kind) {
      case 'F': {
        if (holding.state != 'w')
          verdict.add(Fault::over_capacity, "one-owner",
                      step.conversation + " was offered while it was " + holding.state);
        release();
        holding = {'o', step.agent};
        const auto limit = history.capacity.find(step.agent);
        const auto units = load[step.agent] += whole;
        if (units > whole * (limit == history.capacity.end() ? 0 : limit->second)) {
          verdict.add(Fault::over_capacity, "capacity",
                      step.agent + " holds " + std::to_string(units) + " quarters of a place");
        }
        break;
      }
      case 'A':
        if (holding.state != 'o' || holding.agent != step.agent) {
          verdict.add(Fault::over_capacity, "one-owner",
                      step.conversation + " was accepted by " + step.agent);
        }
        holding.state = 'a';
        break;
      case 'K':
      case 'U': {
        const char from = step.kind == 'K' ? 'a' : 'k';
        if (holding.state != from || holding.agent != step.agent) {
          verdict.add(Fault::over_capacity, "one-owner",
                      step.conversation + " was parked or woken while it was " + holding.state);
          break;
        }
        holding.state = step.kind == 'K' ? 'k' : 'a';
        if (step.kind == 'K')
          load[step.agent] -= whole - history.park_units;
        else
          load[step.agent] += whole - history.park_units;
        break;
      }
      case 'D':
      case 'R':
        release();
        holding.state = 'w';
        break;
      case 'Z':
        release();
        holding.state = 'z';
        break;
      default:
        break;
    }
  }
}

// Who waits, along the event stream, and who is served before whom.
class Places {
 public:
  Places(const History& history, Verdict& verdict) : history_(history), verdict_(verdict) {}

  void judge() {
    std::int64_t place = 0;
    for (const Transition& step : history_.transitions) {
      Waiting& one = conversations_[step.conversation];
      switch (step.kind) {
        case 'O':
          one = {++place, step.t_ms, true, class_of(step.conversation), {}};
          judge_entered(step);
          break;
        case 'F':
          judge_offer(step, one);
          one.waits = false;
          one.offered_to.insert(step.agent);
          break;
        case 'D':
        case 'R':
          one.waits = true;
          one.since_ms = step.t_ms;
          break;
        case 'Z':
          conversations_.erase(step.conversation);
          break;
        default:
          break;
      }
    }
  }

 private:
  struct Waiting {
    std::int64_t place = 0;  // in the order of opening
    std::int64_t since_ms = 0;
    bool waits = false;
    std::string queue_class;
    std::set<std::string> offered_to;
  };

  std::string class_of(const std::string& conversation) const {
    const auto found = history_.conversations.find(conversation);
    return found == history_.conversations.end() ? std::string() : found->second.queue_class;
  }
  void judge_entered(const Transition& opened) {
    const auto found = history_.conversations.find(opened.conversation);
    if (found == history_.conversations.end() || found->second.entered_ms == 0) return;
    if (found->second.entered_ms != opened.t_ms)
      verdict_.add(Fault::overtaken, "waiting-kept", opened.conversation + " has another time of entering");
  }
  bool calm_before(std::int64_t t_ms) const {
    return std::ranges::none_of(history_.disturbed, [&](const Span& span) {
      return span.from_ms <= t_ms && span.to_ms >= t_ms - calm_ms;
    });
  }
  void judge_offer(const Transition& offered, const Waiting& hers) {
    if (hers.queue_class.empty() || !calm_before(offered.t_ms)) return;
    for (const auto& [id, other] : conversations_) {
      if (!other.waits || other.queue_class != hers.queue_class || other.place >= hers.place) continue;
      if (other.since_ms > offered.t_ms - calm_ms || other.offered_to.contains(offered.agent)) continue;
      verdict_.add(Fault::overtaken, "fifo", offered.conversation + " was offered before " + id);
    }
  }

  const History& history_;
  Verdict& verdict_;
  std::unordered_map<std::string, Waiting> conversations_;
};

}  // namespace

bool Verdict::good() const {
  return std::ranges::all_of(counts, [](std::uint64_t n) { return n == 0; });
}

void Verdict::add(Fault fault, std::string rule, std::string what) {
  ++counts[static_cast<std::size_t>(fault)];
  if (findings.size() < findings_max) findings.push_back({fault, std::move(rule), std::move(what)});
}

Digest digest_of(std::string_view text) {
  Digest digest = 14695981039346656037ULL;  // FNV-1a, 64 bits
  for (const char c : text) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return digest;
}

Verdict judge(const History& history) {
  Verdict verdict;
  for (const auto& [id, conversation] : history.conversations)
    if (!was_lost(history, conversation)) Messages(id, conversation, history.cuts > 0, verdict).judge();
  if (history.transitions_complete) {
    judge_transitions(history, verdict);
    Places(history, verdict).judge();
  }
  for (const std::string& device : history.stranded)
    verdict.add(Fault::stuck, "ended", device + " was still there when everything was over");
  for (const std::string& device : history.leaked)
    verdict.add(Fault::leaked, "isolation", device + " got something of another shop");
  for (const std::string& id : history.overdue) {
    const auto found = history.conversations.find(id);
    if (found != history.conversations.end() && was_lost(history, found->second)) continue;
    verdict.add(Fault::stuck, "not-stuck", id + " waited beside a free agent");
  }
  for (std::uint64_t i = 0; i < history.unanswered; ++i)
    verdict.add(Fault::stuck, "answered", "a request has no reply");
  return verdict;
}

}  // namespace switchboard::check
