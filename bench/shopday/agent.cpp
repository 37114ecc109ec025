#include "bench/shopday/agent.hpp"

#include <algorithm>

namespace switchboard::shopday {

using namespace proto;

Agent::Agent(Day& day, const std::string& id, std::vector<const Shift*> shifts)
    : Person(day, id, true, "", 0), shifts_(std::move(shifts)) {
  std::uint32_t capacity = 0;
  for (const Shift* shift : shifts_)
    capacity = std::max(capacity, static_cast<std::uint32_t>(shift->capacity));
  day.record.capacity(id, capacity);
}

void Agent::live() {
  for (const Shift* shift : shifts_) {
    day_.schedule.at(day_.at(shift->start_ms) - day_.setting.lead, [this] { client().start(); });
    day_.schedule.at(day_.at(shift->start_ms), [this, shift] { come_on(*shift); });
    day_.schedule.at(day_.at(shift->end_ms), [this, shift] { go_off(*shift); });
  }
}

// ---------------------------------------------------------------- shifts

void Agent::come_on(const Shift& shift) {
  shift_ = &shift;
  want(AgentStatus::available);
}

// From a shift's end on nothing new; what runs may finish.
void Agent::go_off(const Shift& shift) {
  if (shift_ != &shift) return;  // the next one has begun
  want(idle() ? AgentStatus::offline : AgentStatus::drain);
}

void Agent::want(AgentStatus status) {
  wanted_ = status;
  load_changed();
  client().request(SetStatus{status, ""}, [this, status](const ServerFrame* reply) {
    if (!reply || wanted_ != status) return;  // welcomed() asks again
    if (std::holds_alternative<proto::Done>(reply->body)) {
      confirmed_ = status;
      load_changed();
    } else {
      day_.schedule.after(std::chrono::milliseconds(200), [this, status] {
        if (wanted_ == status) want(status);
      });
    }
  });
}

void Agent::load_changed() {
  const auto load = chats_.size() + offers_.size();
  const bool free = confirmed_ == AgentStatus::available && wanted_ == AgentStatus::available &&
                    client().ready() && shift_ && load < static_cast<std::size_t>(shift_->capacity);
  if (!free) {
    free_since_ = Clock::time_point::max();
  } else if (free_since_ == Clock::time_point::max()) {
    free_since_ = Clock::now();
  }
  if (wanted_ == AgentStatus::drain && load == 0) want(AgentStatus::offline);
}

bool Agent::free_for(const Arrival& arrival, Clock::time_point since) const {
  if (free_since_ > since || !shift_ || !ready()) return false;
  if (arrival.strict && arrival.persona != shift_->persona) return false;
  return std::ranges::any_of(shift_->skills, [&](const auto& skill) { return skill.first == arrival.skill; });
}

// ---------------------------------------------------------------- offers

void Agent::welcomed(const Welcome& welcome) {
  offers_.clear();
  // What he held and is not named any more has ended or gone to somebody else while he was away.
  std::vector<std::string> lost;
  for (const auto& [id, chat] : chats_) {
    if (std::ranges::find(welcome.conversations, id, &Conversation::id) == welcome.conversations.end())
      lost.push_back(id);
  }
  for (const auto& id : lost) drop(id);
  for (const auto& conversation : welcome.conversations) serve(conversation);
  confirmed_ = welcome.status.status;
  if (confirmed_ != wanted_) want(wanted_);
  load_changed();
}

void Agent::told(const ServerFrame& frame) {
  if (const auto* offer = std::get_if<Offer>(&frame.body)) take(*offer);
  if (const auto* end = std::get_if<OfferEnd>(&frame.body)) {
    offers_.erase(end->conversation);
    load_changed();
  }
  if (const auto* status = std::get_if<Status>(&frame.body)) {
    confirmed_ = status->status;
    if (confirmed_ != wanted_) want(wanted_);
    load_changed();
  }
  if (const auto* conversation = std::get_if<Conversation>(&frame.body)) {
    if (conversation->state == ConversationState::active) return serve(*conversation);
    const auto found = chats_.find(conversation->id);
    if (found == chats_.end()) return;
    if (conversation->state == ConversationState::closed) found->second.head = conversation->head;
    if (conversation->state == ConversationState::waiting) drop(conversation->id);
  }
}

void Agent::take(const Offer& offer) {
  offers_.insert(offer.conversation);
  day_.offered_at[offer.conversation] = Clock::now();
  load_changed();
  client().request(AcceptOffer{offer.conversation, offer.fence},
                   [this, id = offer.conversation](const ServerFrame* reply) {
                     if (!reply) return;
                     offers_.erase(id);
                     if (const auto* conversation = std::get_if<Conversation>(&reply->body))
                       serve(*conversation);
                     load_changed();
                   });
}

// ---------------------------------------------------------------- chats

void Agent::serve(const Conversation& conversation) {
  offers_.erase(conversation.id);
  if (conversation.state != ConversationState::active) return;
  auto [found, fresh] = chats_.try_emplace(conversation.id);
  found->second.fence = conversation.fence;
  load_changed();
  const bool reopened = std::exchange(found->second.closed, false);
  if (!fresh && !reopened) return;
  if (fresh) anew(conversation.id);
  const auto plan = day_.plans.find(conversation.visitor.id);
  if (fresh && plan != day_.plans.end())
    play(conversation.id, plan->second);
  else
    end(conversation.id);  // its end was lost, and she may have gone
}

// Its end comes once more, or was lost.
void Agent::reset(const std::string& conversation) {
  if (const auto found = chats_.find(conversation); found != chats_.end()) found->second.head = 0;
}

void Agent::play(const std::string& conversation, std::shared_ptr<const Plan> plan) {
  const auto fence = chats_[conversation].fence;
  const auto still = [this, conversation, fence](auto what) {
    return [this, conversation, fence, what] {
      const auto found = chats_.find(conversation);
      if (found != chats_.end() && found->second.fence == fence && !found->second.closed) what();
    };
  };
  // A chat takes handle_ms * 1000 / speed_pm from the offer on.
  const double pace = day_.pace_of(id());
  const auto when = [&, began = day_.began(conversation)](double share) {
    return began +
           day_.scaled(static_cast<std::int64_t>(share * pace * static_cast<double>(plan->handle_ms)));
  };
  for (const auto& utterance : plan->utterances) {
    if (utterance.by_shopper) continue;
    day_.schedule.at(when(utterance.share), still([this, conversation, fence, plan, &utterance] {
                       say(conversation, fence, utterance.text);
                       if (day_.chance(day_.setting.agent_line_loss)) lose_line();
                       if (day_.chance(day_.setting.agent_away)) go_away();
                     }));
  }
  if (!plan->agent_closes) return;
  day_.schedule.at(when(1.0), still([this, conversation] { end(conversation); }));
}

// As in a tunnel: he writes on, and when he is back some of it is not his to say any more.
void Agent::go_away() {
  const auto most = day_.setting.agent_away_max.count();
  lose_line(
      std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(most / 4, most)(day_.random)));
}

void Agent::end(const std::string& conversation) {
  close(conversation, [this, conversation] {
    const auto found = chats_.find(conversation);
    return found == chats_.end() || found->second.closed;
  });
}

void Agent::heard(const std::string& conversation, const Entry& entry) {
  if (!std::holds_alternative<ClosedNote>(entry.body)) return;
  const auto found = chats_.find(conversation);
  if (found == chats_.end() || found->second.closed) return;
  found->second.closed = true;
  const auto head = [this, conversation] {
    const auto chat = chats_.find(conversation);
    return chat == chats_.end() ? dropped : chat->second.head;
  };
  settle(conversation, head, [this, conversation] {
    chats_.erase(conversation);
    load_changed();
  });
}

// He did not see its end, so he is not one of those who must hold its whole log.
void Agent::drop(const std::string& conversation) {
  chats_.erase(conversation);
  load_changed();
}

}  // namespace switchboard::shopday
