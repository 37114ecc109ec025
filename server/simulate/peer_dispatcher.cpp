// The rules of other chat systems, for comparison. A freed place takes the longest waiting of all whose skill
// the agent has; what differs is which of several free agents an arriving visitor gets.
#include <deque>
#include <limits>
#include <random>

#include "server/simulate/dispatcher.hpp"

namespace switchboard::simulate {

namespace {

struct Peer {
  const Shift* shift = nullptr;  // null: not on
  std::int32_t load = 0;
  Millis idle_since = 0;                                      // wholly idle and on
  Millis last_assigned = std::numeric_limits<Millis>::min();  // never

  bool free() const { return shift != nullptr && load < shift->capacity; }
};

// Which of the able agents (in roster order, never empty) takes an arriving visitor.
class Chooser {
 public:
  virtual ~Chooser() = default;
  virtual std::uint32_t choose(const std::vector<Peer>& agents, const std::vector<std::uint32_t>& able) = 0;
};

// The one wholly idle longest; if nobody is, the one whose last chat was assigned longest ago; then roster
// order.
class FcfsAlis : public Chooser {
 public:
  std::uint32_t choose(const std::vector<Peer>& agents, const std::vector<std::uint32_t>& able) override {
    std::uint32_t best = able.front();
    for (std::uint32_t i : able) {
      if (before(agents[i], agents[best])) best = i;
    }
    return best;
  }

 private:
  static bool before(const Peer& a, const Peer& b) {
    if ((a.load == 0) != (b.load == 0)) return a.load == 0;
    return a.load == 0 ? a.idle_since < b.idle_since : a.last_assigned < b.last_assigned;
  }
};

// The lowest load per capacity; then the longest since the last assignment; then roster order.
class LeastLoaded : public Chooser {
 public:
  std::uint32_t choose(const std::vector<Peer>& agents, const std::vector<std::uint32_t>& able) override {
    std::uint32_t best = able.front();
    for (std::uint32_t i : able) {
      if (before(agents[i], agents[best])) best = i;
    }
    return best;
  }

 private:
  static bool before(const Peer& a, const Peer& b) {
    const std::int64_t mine = std::int64_t{a.load} * b.shift->capacity;
    const std::int64_t other = std::int64_t{b.load} * a.shift->capacity;
    return mine != other ? mine < other : a.last_assigned < b.last_assigned;
  }
};

class Random : public Chooser {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Not std::uniform_int_distribution: its values differ between libraries.
  std::uint32_t choose(const std::vector<Peer>&, const std::vector<std::uint32_t>& able) override {
    return able[engine_() % able.size()];
  }

 private:
  std::mt19937_64 engine_;
};

class RoundRobin : public Chooser {
 public:
  std::uint32_t choose(const std::vector<Peer>&, const std::vector<std::uint32_t>& able) override {
    std::uint32_t next = able.front();
    for (std::uint32_t i : able) {
      if (i > last_) {
        next = i;
        break;
      }
    }
    return last_ = next;
  }

 private:
  std::uint32_t last_ = std::numeric_limits<std::uint32_t>::max();
};

class PeerDispatcher : public Dispatcher {
 public:
  PeerDispatcher(const Trace& trace, std::unique_ptr<Chooser> chooser)
      : trace_(trace),
        chooser_(std::move(chooser)),
        agents_(trace.agents.size()),
        queues_(trace.skills.size()),
        waits_(trace.arrivals.size()) {}

  void agent_on(const Shift& shift, Millis now, Placements& out) override {
    Peer& agent = agents_[shift.agent];
    agent.shift = &shift;
    if (agent.load == 0) agent.idle_since = now;
    take_waiting(shift.agent, now, out);
  }
  void agent_off(std::uint32_t agent, Millis, Placements&) override { agents_[agent].shift = nullptr; }

  void arrived(std::uint32_t visitor, Millis now, Placements& out) override {
    const std::uint8_t skill = trace_.arrivals[visitor].skill;
    able_.clear();
    for (std::uint32_t i = 0; i < agents_.size(); ++i) {
      if (agents_[i].free() && agents_[i].shift->has(skill)) able_.push_back(i);
    }
    if (able_.empty()) {
      waits_[visitor] = true;
      queues_[skill].push_back(visitor);
    } else {
      place(visitor, chooser_->choose(agents_, able_), now, out);
    }
  }
  void chat_ended(std::uint32_t, std::uint32_t agent, Millis now, Placements& out) override {
    if (--agents_[agent].load == 0) agents_[agent].idle_since = now;
    take_waiting(agent, now, out);
  }
  void left(std::uint32_t visitor, Millis, Placements&) override { waits_[visitor] = false; }

 private:
  void place(std::uint32_t visitor, std::uint32_t agent, Millis now, Placements& out) {
    ++agents_[agent].load;
    agents_[agent].last_assigned = now;
    out.push_back({visitor, agent});
  }

  // Indexes of arrivals rise with (t, id), so the smallest front has waited longest.
  void take_waiting(std::uint32_t index, Millis now, Placements& out) {
    while (agents_[index].free()) {
      std::deque<std::uint32_t>* best = nullptr;
      for (const router::SkillLevel& s : agents_[index].shift->skills) {
        std::deque<std::uint32_t>& queue = queues_[s.skill.value];
        while (!queue.empty() && !waits_[queue.front()]) queue.pop_front();
        if (!queue.empty() && (best == nullptr || queue.front() < best->front())) best = &queue;
      }
      if (best == nullptr) return;
      waits_[best->front()] = false;
      place(best->front(), index, now, out);
      best->pop_front();
    }
  }

  const Trace& trace_;
  std::unique_ptr<Chooser> chooser_;
  std::vector<Peer> agents_;
  std::vector<std::deque<std::uint32_t>> queues_;  // by skill; those who left are skipped
  std::vector<bool> waits_;
  std::vector<std::uint32_t> able_;
};

}  // namespace

std::unique_ptr<Dispatcher> peer_dispatcher(std::string_view name, const Trace& trace, std::uint64_t seed) {
  std::unique_ptr<Chooser> chooser;
  if (name == "fcfs_alis") chooser = std::make_unique<FcfsAlis>();
  if (name == "least_loaded") chooser = std::make_unique<LeastLoaded>();
  if (name == "random") chooser = std::make_unique<Random>(seed);
  if (name == "round_robin") chooser = std::make_unique<RoundRobin>();
  if (!chooser) return nullptr;
  return std::make_unique<PeerDispatcher>(trace, std::move(chooser));
}

}  // namespace switchboard::simulate
