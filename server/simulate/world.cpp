#include "server/simulate/world.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>

namespace switchboard::simulate {

namespace {

// At one instant in this order.
enum class Kind : std::uint8_t { agent_off, chat_end, agent_on, arrival, timer, abandonment };

struct Moment {
  Millis at = 0;
  Kind kind = Kind::agent_off;
  std::int64_t key = 0;       // order within a kind
  std::uint32_t index = 0;    // shift or visitor
  std::uint32_t version = 0;  // of a chat's end: with gamma it moves

  auto order() const { return std::tie(at, kind, key); }
  bool operator>(const Moment& other) const { return order() > other.order(); }
  bool operator<(const Moment& other) const { return order() < other.order(); }
};

// A list of moments known beforehand, in order.
class Schedule {
 public:
  void add(Moment m) { moments_.push_back(m); }
  void sort() { std::stable_sort(moments_.begin(), moments_.end()); }
  const Moment* first() const { return next_ < moments_.size() ? &moments_[next_] : nullptr; }
  void pop() { ++next_; }
  std::size_t done() const { return next_; }
  std::size_t size() const { return moments_.size(); }

 private:
  std::vector<Moment> moments_;
  std::size_t next_ = 0;
};

struct Chat {
  double left_ms = 0;  // of work, with gamma
  Millis since = 0;
  std::uint32_t version = 0;
};

struct Desk {
  const Shift* shift = nullptr;  // null: off
  const Shift* last_shift = nullptr;
  std::vector<std::uint32_t> chats;
};

class World {
 public:
  World(const Trace& trace, Dispatcher& dispatcher, double gamma)
      : trace_(trace),
        dispatcher_(dispatcher),
        gamma_(gamma),
        desks_(trace.agents.size()),
        chats_(trace.arrivals.size()) {
    run_.fates.resize(trace.arrivals.size());
    for (std::uint32_t i = 0; i < trace.shifts.size(); ++i) {
      const Shift& s = trace.shifts[i];
      plan_.add({s.start_ms, Kind::agent_on, i, i, 0});
      plan_.add({s.end_ms, Kind::agent_off, i, i, 0});
    }
    for (std::uint32_t i = 0; i < trace.arrivals.size(); ++i) {
      const Arrival& a = trace.arrivals[i];
      plan_.add({a.t_ms, Kind::arrival, a.id, i, 0});
      if (a.patience_ms) patience_.add({a.t_ms + *a.patience_ms, Kind::abandonment, a.id, i, 0});
    }
    plan_.sort();
    patience_.sort();
  }

  Run play(const std::function<void(double)>& progress) {
    while (std::optional<Moment> m = next()) {
      placements_.clear();
      happen(*m);
      for (const Placement& p : placements_) start(p, m->at);
      if (m->kind == Kind::arrival && !settled(m->index)) {
        run_.fates[m->index].quote = dispatcher_.quote(m->index);
      }
      if (progress && ++run_.events % 65'536 == 0) {
        progress(static_cast<double>(plan_.done()) / static_cast<double>(plan_.size()));
      } else if (!progress) {
        ++run_.events;
      }
    }
    return std::move(run_);
  }

 private:
  std::optional<Moment> next() {
    std::optional<Moment> best;
    const auto see = [&](const Moment& m) {
      if (!best || m < *best) best = m;
    };
    if (plan_.first() != nullptr) see(*plan_.first());
    while (!ends_.empty() && ends_.top().version != chats_[ends_.top().index].version) ends_.pop();
    if (!ends_.empty()) see(ends_.top());
    while (patience_.first() != nullptr && settled(patience_.first()->index)) patience_.pop();
    if (patience_.first() != nullptr) see(*patience_.first());
    const bool alive = best.has_value();  // with nothing else to come a timer can change nothing
    if (const std::optional<Millis> at = dispatcher_.deadline(); at && alive)
      see({*at, Kind::timer, 0, 0, 0});
    if (!best) return best;
    switch (best->kind) {
      case Kind::agent_off:
      case Kind::agent_on:
      case Kind::arrival:
        plan_.pop();
        break;
      case Kind::chat_end:
        ends_.pop();
        break;
      case Kind::abandonment:
        patience_.pop();
        break;
      case Kind::timer:
        break;
    }
    return best;
  }

  bool settled(std::uint32_t visitor) const { return run_.fates[visitor].outcome != Outcome::waiting; }

  void happen(const Moment& m) {
    switch (m.kind) {
      case Kind::agent_off: {
        const Shift& s = trace_.shifts[m.index];
        if (desks_[s.agent].shift != &s) break;  // a shift that overlaps the next one has ended already
        desks_[s.agent].shift = nullptr;
        dispatcher_.agent_off(s.agent, m.at, placements_);
        break;
      }
      case Kind::chat_end:
        end(m.index, m.at);
        break;
      case Kind::agent_on: {
        const Shift& s = trace_.shifts[m.index];
        if (s.end_ms == s.start_ms) break;
        desks_[s.agent].shift = desks_[s.agent].last_shift = &s;
        dispatcher_.agent_on(s, m.at, placements_);
        break;
      }
      case Kind::arrival:
        dispatcher_.arrived(m.index, m.at, placements_);
        break;
      case Kind::timer:
        dispatcher_.timer(m.at, placements_);
        break;
      case Kind::abandonment:
        run_.fates[m.index].outcome = Outcome::abandoned;
        run_.fates[m.index].end_ms = m.at;
        dispatcher_.left(m.index, m.at, placements_);
        break;
    }
  }

  void start(const Placement& p, Millis now) {
    ++run_.decisions;
    const Arrival& a = trace_.arrivals[p.visitor];
    Fate& fate = run_.fates[p.visitor];
    Desk& desk = desks_[p.agent];
    judge(p, now);
    if (fate.outcome != Outcome::waiting || desk.shift == nullptr) return;
    fate = {Outcome::served, p.agent, desk.shift, now, 0, fate.quote};
    const Millis work = a.handle_ms * 1000 / desk.shift->speed_pm;
    progress_chats(desk, now);
    chats_[p.visitor].left_ms = static_cast<double>(work);
    chats_[p.visitor].since = now;
    desk.chats.push_back(p.visitor);
    if (gamma_ == 0) {
      ends_.push({now + work, Kind::chat_end, a.id, p.visitor, chats_[p.visitor].version});
    } else {
      reschedule(desk, now);
    }
  }

  // G1: what no dispatcher may do.
  void judge(const Placement& p, Millis now) {
    const Arrival& a = trace_.arrivals[p.visitor];
    const Desk& desk = desks_[p.agent];
    const char* wrong = nullptr;
    if (settled(p.visitor))
      wrong = "is not waiting";
    else if (desk.shift == nullptr)
      wrong = "agent is off";
    else if (desk.chats.size() >= static_cast<std::size_t>(desk.shift->capacity))
      wrong = "agent is full";
    else if (!desk.shift->has(a.skill))
      wrong = "agent has not the skill";
    if (wrong != nullptr && run_.illegal.size() < kIllegalMax) {
      run_.illegal.push_back(std::to_string(a.id) + " at " + std::to_string(now) + ": " + wrong);
    }
  }

  void end(std::uint32_t visitor, Millis now) {
    Fate& fate = run_.fates[visitor];
    fate.end_ms = now;
    Desk& desk = desks_[fate.agent];
    progress_chats(desk, now);
    desk.chats.erase(std::find(desk.chats.begin(), desk.chats.end(), visitor));
    if (gamma_ != 0) reschedule(desk, now);
    dispatcher_.chat_ended(visitor, fate.agent, now, placements_);
  }

  // --- chats that slow each other down

  double slowness(const Desk& desk) const {
    return 1 + gamma_ * (static_cast<double>(desk.chats.size()) - 1);
  }

  void progress_chats(Desk& desk, Millis now) {
    if (gamma_ == 0) return;
    for (std::uint32_t visitor : desk.chats) {
      Chat& chat = chats_[visitor];
      chat.left_ms -= static_cast<double>(now - chat.since) / slowness(desk);
      chat.since = now;
    }
  }

  void reschedule(Desk& desk, Millis now) {
    for (std::uint32_t visitor : desk.chats) {
      Chat& chat = chats_[visitor];
      const double left = std::max(chat.left_ms, 0.0) * slowness(desk);
      ++chat.version;
      ends_.push({now + static_cast<Millis>(std::llround(left)), Kind::chat_end, trace_.arrivals[visitor].id,
                  visitor, chat.version});
    }
  }

  const Trace& trace_;
  Dispatcher& dispatcher_;
  double gamma_;
  std::vector<Desk> desks_;
  std::vector<Chat> chats_;
  Schedule plan_;  // shifts and arrivals
  Schedule patience_;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> ends_;
  Placements placements_;
  Run run_;
};

}  // namespace

Run play(const Trace& trace, Dispatcher& dispatcher, double gamma,
         const std::function<void(double)>& progress) {
  return World(trace, dispatcher, gamma).play(progress);
}

}  // namespace switchboard::simulate
