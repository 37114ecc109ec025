#include <algorithm>

#include "tests/sim/people.hpp"

namespace switchboard::sim {

using proto::AgentStatus;
using proto::ConversationState;

Server::Server(World& world, Employee who) : Person(world, who.shop), who_(std::move(who)) {
  add_tab(world_.agent_token(who_), who_.id).open();
  live(random_.between(2, 6) * second * world_.plan.habits.slowness);
}

void Server::want_status(AgentStatus wanted) {
  wanted_ = wanted;
  tabs_[0]->request(proto::SetStatus{wanted, ""}, [this, wanted](const proto::ServerFrame* reply) {
    if (reply && std::holds_alternative<proto::Done>(reply->body)) status_ = wanted;
  });
}

void Server::act() {
  if (left_) return;
  if (tabs_.size() == 1 && !world_.finishing && random_.chance(0.002))
    add_tab(tabs_[0]->identity().token, who_.id).open();
  for (const auto& one : tabs_) have_trouble(*one);
  // Away for a while without a word: shorter or longer than the grace.
  if (!world_.finishing && now() >= away_until_ && random_.chance(0.003)) {
    away_until_ = now() + random_.between(second, world_.plan.habits.away_most);
  }
  const bool at_work = world_.finishing || (now() >= away_until_ && world_.plan.is_open(now()));
  for (const auto& one : tabs_)
    if (!at_work)
      one->close();
    else
      one->open();
  if (!at_work) return;
  Tab& tab = *tabs_[tabs_.size() > 1 && random_.chance(0.3) ? 1 : 0];
  if (!tab.ready()) return;
  if (now() >= break_ends_ && !world_.finishing && random_.chance(0.01)) {
    break_ends_ = now() + random_.between(5 * second, world_.plan.habits.break_most);
    return want_status(random_.chance(0.5) ? AgentStatus::on_break : AgentStatus::drain);
  }
  if ((now() >= break_ends_ || world_.finishing) && status_ != AgentStatus::available && tabs_[0]->ready())
    return want_status(AgentStatus::available);
  if (serving_.empty()) return;
  auto chosen = serving_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(serving_.size())));
  auto& [conversation, chat] = *chosen;
  if (chat.to_say > 0) {
    --chat.to_say;
    return tab.post(conversation, chat.fence, words(tab, conversation));
  }
  if (random_.chance(0.1)) tab.repeat(conversation);
  if (random_.chance(0.1)) tab.request(proto::MarkRead{conversation, tab.position(conversation)});
  if (now() - chat.since > (world_.finishing ? 30 * second : chat.closes_after) && random_.chance(0.5))
    tab.request(proto::CloseConversation{conversation});
}

void Server::answer(Tab& tab, const proto::Offer& offer) {
  const auto choice = world_.finishing ? 0.0 : random_.unit();
  if (choice > 0.92) return;  // she does not look
  world_.timeline.after(random_.between(200 * ms, 8 * second), [this, &tab, offer, choice] {
    if (choice > 0.85) {
      tab.request(proto::DeclineOffer{offer.conversation, offer.fence, "busy"});
      return;
    }
    tab.request(proto::AcceptOffer{offer.conversation, offer.fence},
                [this, &tab](const proto::ServerFrame* reply) {
                  if (!reply) return;
                  if (const auto* mine = std::get_if<proto::Conversation>(&reply->body))
                    take_state(tab, *mine);
                });
  });
}

void Server::take_state(Tab& tab, const proto::Conversation& conversation) {
  const bool mine = conversation.agent.id == who_.id;
  if (mine && conversation.state == ConversationState::active) {
    auto& chat = serving_[conversation.id];
    if (chat.fence != conversation.fence) {
      chat = {conversation.fence, 1 + static_cast<unsigned>(random_.below(6)), now(),
              random_.between(90 * second, world_.plan.habits.chat_most)};
      ++world_.counts["assignments"];
    }
    fences_[{tab.identity().device, conversation.id}] = conversation.fence;
    tab.note_last_number(conversation.id, conversation.your_last_number);
    return;
  }
  serving_.erase(conversation.id);
  for (const auto& one : tabs_) one->unfollow(conversation.id);
}

void Server::on_welcome(Tab& tab, const proto::Welcome& welcome) {
  status_ = welcome.status.status;
  std::set<std::string> held;
  for (const auto& conversation : welcome.conversations) {
    held.insert(conversation.id);
    take_state(tab, conversation);
  }
  std::vector<std::string> gone;
  for (const auto& [conversation, chat] : serving_)
    if (!held.contains(conversation)) gone.push_back(conversation);
  for (const auto& conversation : gone) {
    serving_.erase(conversation);
    for (const auto& one : tabs_) one->unfollow(conversation);
  }
}

void Server::on_push(Tab& tab, const proto::ServerFrame& frame) {
  if (const auto* offer = std::get_if<proto::Offer>(&frame.body)) answer(tab, *offer);
  if (const auto* state = std::get_if<proto::Conversation>(&frame.body)) take_state(tab, *state);
  if (const auto* status = std::get_if<proto::Status>(&frame.body)) status_ = status->status;
}

// The conversation has moved on, or was closed in the same moment.
void Server::on_refused(Tab& tab, const Posted& post, const proto::Error& error) {
  Person::on_refused(tab, post, error);
}

std::string Server::reader(const Tab& tab, const std::string& conversation) const {
  const auto fence = fences_.find({tab.identity().device, conversation});
  return tab.identity().device + "/" + std::to_string(fence == fences_.end() ? 0 : fence->second);
}

bool Server::is_done() const {
  return serving_.empty() &&
         std::ranges::all_of(tabs_, [](const auto& tab) { return tab->unacknowledged() == 0; });
}

void Server::go_home() {
  left_ = true;
  for (const auto& one : tabs_) one->close();
}

std::string Server::left_to_do() const {
  std::string out;
  for (const auto& tab : tabs_)
    if (tab->unacknowledged() > 0) out += tab->identity().device + " has messages without an answer; ";
  for (const auto& [conversation, chat] : serving_) out += who_.id + " still serves " + conversation + "; ";
  return out;
}

}  // namespace switchboard::sim
