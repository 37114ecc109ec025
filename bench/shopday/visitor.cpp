#include "bench/shopday/visitor.hpp"

#include <algorithm>

namespace switchboard::shopday {

using namespace proto;

// One id per visit: the trace says who served her last time, so nobody else must have done so in the
// meantime.
std::string Visitor::id_of(const Arrival& arrival) {
  return arrival.customer + "-" + std::to_string(arrival.id);
}

Visitor::Visitor(Day& day, const Arrival& arrival)
    : Person(day, id_of(arrival), false, "顾客" + std::to_string(arrival.id % 1000), arrival.vip),
      arrival_(arrival),
      open_id_(load::random_word(day.random, 22)),
      plan_(std::make_shared<const Plan>(day.plan_for(arrival))) {}

void Visitor::live() {
  day_.plans[id()] = plan_;
  day_.schedule.at(day_.at(arrival_.t_ms) - day_.setting.lead, [this] { client().start(); });
  day_.schedule.at(day_.at(arrival_.t_ms), [this] { arrive(); });
}

void Visitor::arrive() {
  arrived_ = true;
  ++day_.tally.arrived;
  ++day_.tally.waiting_now;
  state_ = State::waiting;
  asked_at_ = Clock::now();
  if (client().ready()) ask();
  if (!arrival_.patience_ms) return;
  day_.schedule.after(day_.scaled(*arrival_.patience_ms), [this] {
    if (state_ != State::waiting) return;
    given_up_ = true;
    leave();
  });
}

// Harmless when repeated: she has one open conversation at most.
void Visitor::ask() {
  Wish wish;
  if (!arrival_.persona.empty())
    wish = {arrival_.strict ? WishMode::strict : WishMode::prefer, arrival_.persona};
  client().request(OpenConversation{arrival_.skill, wish, open_id_}, [this](const ServerFrame* reply) {
    if (!reply) return;
    if (const auto* conversation = std::get_if<Conversation>(&reply->body)) {
      opened(*conversation);
    } else {  // busy: as people do, again
      day_.schedule.after(std::chrono::milliseconds(200), [this] { ask(); });
    }
  });
}

// Among visitors with the same needs and no claim on one agent the first is served first (R3).
std::string Visitor::queue_class() const {
  if (!arrival_.persona.empty() || !arrival_.last_agent.empty()) return {};
  return arrival_.skill + "/" + std::to_string(arrival_.vip);
}

void Visitor::opened(const Conversation& conversation) {
  if (!conversation_.empty()) return;
  conversation_ = conversation.id;
  day_.record.opened(conversation_, queue_class());
  say(conversation_, 0, plan_->question, false);
  if (leaving_ || given_up_) return leave();
  if (conversation.state == ConversationState::active) talk(conversation.agent);
}

// She leaves once more if her end was lost.
void Visitor::reset(const std::string& conversation) {
  if (conversation != conversation_ || state_ != State::ended) return;
  head_ = 0;
  close(conversation, [this] { return head_ != 0 || state_ == State::gone; });
}

// As if she had not asked.
void Visitor::vanished(const std::string& conversation) {
  if (conversation != conversation_ || state_ == State::gone) return;
  day_.record.vanished(conversation);
  conversation_.clear();
  ++chapter_;
  if (state_ == State::ended || leaving_) {
    state_ = State::gone;
    client().stop(true);
  } else {
    state_ = State::waiting;
    open_id_ = load::random_word(day_.random, 22);
    ask();
  }
}

void Visitor::welcomed(const Welcome& welcome) {
  const bool hers =
      std::ranges::any_of(welcome.conversations, [&](const auto& one) { return one.id == conversation_; });
  if (day_.setting.may_vanish && !conversation_.empty() && !hers) vanished(std::string(conversation_));
  if (arrived_ && conversation_.empty() && state_ == State::waiting) ask();
}

void Visitor::told(const ServerFrame& frame) {
  const auto* conversation = std::get_if<Conversation>(&frame.body);
  if (!conversation || conversation->id != conversation_) return;
  if (conversation->state == ConversationState::active) talk(conversation->agent);
  if (conversation->state == ConversationState::closed) head_ = conversation->head;
}

void Visitor::heard(const std::string& conversation, const Entry& entry) {
  if (conversation != conversation_) return;
  if (const auto* assigned = std::get_if<AssignedNote>(&entry.body)) talk(assigned->agent);
  if (std::holds_alternative<RequeuedNote>(entry.body) && state_ == State::talking) {
    state_ = State::waiting;
    ++chapter_;
  }
  if (std::holds_alternative<ClosedNote>(entry.body)) ended();
}

void Visitor::talk(const proto::Person& agent) {
  if (state_ != State::waiting) return;
  state_ = State::talking;
  ++chapter_;
  if (!served_) {
    served_ = true;
    const auto waited =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - asked_at_).count();
    auto& tally = day_.tally;
    --tally.waiting_now;
    ++tally.talking_now;
    ++tally.served;
    tally.wait_us.record(waited);
    tally.wait_served_us.record(waited);
    if (!arrival_.persona.empty()) {
      ++tally.asked_persona;
      if (agent.persona == arrival_.persona) ++tally.got_persona;
    }
    for (const Shift& shift : day_.trace.roster) {
      const bool has_skill =
          std::ranges::any_of(shift.skills, [&](auto& s) { return s.first == arrival_.skill; });
      const bool on_shift = shift.start_ms <= arrival_.t_ms && arrival_.t_ms < shift.end_ms;
      if (shift.agent == arrival_.last_agent && on_shift && has_skill) {
        ++tally.had_last_agent;
        if (agent.id == arrival_.last_agent) ++tally.got_last_agent;
        break;
      }
    }
  }
  const auto in_this = [this, chapter = chapter_](auto what) {
    return [this, chapter, what] {
      if (chapter_ == chapter && state_ == State::talking) what();
    };
  };
  const auto when = [this, pace = day_.pace_of(agent.id), began = day_.began(conversation_)](double share) {
    return began +
           day_.scaled(static_cast<std::int64_t>(share * pace * static_cast<double>(plan_->handle_ms)));
  };
  for (const auto& utterance : plan_->utterances) {
    if (!utterance.by_shopper) continue;
    day_.schedule.at(when(utterance.share),
                     in_this([this, &utterance] { say(conversation_, 0, utterance.text); }));
  }
  if (plan_->line_breaks_at >= 0)
    day_.schedule.at(when(plan_->line_breaks_at), in_this([this] { lose_line(); }));
  // If the agent is the one to end it, she goes by herself only when he does not come to it.
  day_.schedule.at(
      when(plan_->agent_closes ? 20.0 : 1.0) + std::chrono::seconds(plan_->agent_closes ? 10 : 0),
      in_this([this] { leave(); }));
}

void Visitor::leave() {
  leaving_ = true;
  if (conversation_.empty()) return;  // opened() comes back here
  close(conversation_, [this] { return state_ == State::ended || state_ == State::gone; });
}

std::string Visitor::describe() {
  static constexpr const char* states[] = {"away", "waiting", "talking", "ended", "gone"};
  return id() + " in " + (conversation_.empty() ? "no conversation" : conversation_) + ", " +
         states[static_cast<int>(state_)] + (ready() ? ", signed in" : ", not signed in") +
         " on connection " + std::to_string(client().connections()) + ", holds " +
         std::to_string(client().position(conversation_)) + ", unacknowledged " +
         std::to_string(client().unacknowledged(conversation_)) + (leaving_ ? ", leaving" : "");
}

void Visitor::send_home() {
  if (state_ == State::waiting) ++day_.tally.waiting_at_end;
  given_up_ = false;
  leave();
}

void Visitor::ended() {
  if (state_ == State::ended || state_ == State::gone) return;
  auto& tally = day_.tally;
  if (served_) {
    --tally.talking_now;
  } else {
    --tally.waiting_now;
    tally.wait_us.record(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - asked_at_).count());
    if (given_up_) ++tally.abandoned;
  }
  state_ = State::ended;
  day_.record.closed(conversation_);
  settle(
      conversation_, [this] { return head_; },
      [this] {
        state_ = State::gone;
        day_.plans.erase(id());
        client().stop(true);
      });
}

}  // namespace switchboard::shopday
