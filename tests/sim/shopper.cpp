#include "tests/sim/people.hpp"

namespace switchboard::sim {

using proto::ConversationState;

Shopper::Shopper(World& world, std::string shop, std::string name) : Person(world, std::move(shop)) {
  visits_left_ = 1 + static_cast<unsigned>(random_.below(3));
  add_tab("", std::move(name)).open();
  live(random_.between(2, 15) * second * world_.plan.habits.slowness);
}

void Shopper::act() {
  if (left_) return;
  // A second tab, on whichever gateway.
  if (tabs_.size() == 1 && !tabs_[0]->identity().token.empty() && !world_.finishing && random_.chance(0.005))
    add_tab(tabs_[0]->identity().token, tabs_[0]->identity().name).open();
  Tab& tab = *tabs_[tabs_.size() > 1 && random_.chance(0.3) ? 1 : 0];
  for (const auto& one : tabs_) have_trouble(*one);
  if (!tab.ready()) return;
  if (!open_.empty() && knows(tab, open_))
    go_on(tab);
  else if (may_leave() && random_.chance(0.1))
    leave();
  else
    begin(tab);
}

// All her visits are over, and she holds all that was said.
bool Shopper::may_leave() const {
  return (visits_left_ == 0 || world_.finishing) && !asking_ && is_done();
}

void Shopper::leave() {
  left_ = true;
  for (const auto& tab : tabs_) tab->close();
}

proto::Wish Shopper::wish() {
  const auto kind = random_.below(10);
  const std::string persona = random_.chance(0.5) ? "calm" : "bold";
  if (kind < 5) return {};
  return {kind < 8 ? proto::WishMode::prefer : proto::WishMode::strict, persona};
}

bool Shopper::knows(const Tab& tab, const std::string& conversation) const {
  return told_.contains({tab.identity().device, conversation});
}

// Also when another tab has opened one: then the reply is that one (W22).
void Shopper::begin(Tab& tab) {
  const bool wanted = !open_.empty() || (visits_left_ > 0 && !world_.finishing && random_.chance(0.3));
  if (asking_ || !wanted) return;
  asking_ = tab.request(proto::OpenConversation{random_.chance(0.7) ? "presale" : "aftersale", wish()},
                        [this, &tab](const proto::ServerFrame* reply) {
                          asking_ = false;
                          if (!reply) return;
                          if (const auto* opened = std::get_if<proto::Conversation>(&reply->body)) {
                            if (!visits_.contains(opened->id) && visits_left_ > 0) --visits_left_;
                            take_state(tab, *opened);
                          }
                        });
}

void Shopper::go_on(Tab& tab) {
  auto& visit = visits_[open_];
  const bool active = visit.state == ConversationState::active;
  const auto close = [&] { tab.request(proto::CloseConversation{open_}); };
  if (!world_.finishing && now() > visit.patience_ends && !active) return close();
  const auto& habits = world_.plan.habits;
  if (active && now() >= visit.silent_until && random_.chance(habits.falls_silent))
    visit.silent_until = now() + random_.between(minute, habits.silent_most);
  if (now() < visit.silent_until && !world_.finishing) return;
  if (visit.to_say > 0 && (active || random_.chance(0.3))) {
    --visit.to_say;
    const auto burst = random_.chance(0.1) ? random_.between(2, 6) : 1;
    for (std::int64_t i = 0; i < burst; ++i) tab.post(open_, 0, words(tab, open_));
    return;
  }
  if (random_.chance(0.1)) tab.repeat(open_);
  if (random_.chance(0.1)) tab.request(proto::SetTyping{open_, true});
  if (random_.chance(0.1)) tab.request(proto::MarkRead{open_, tab.position(open_)});
  if (!active && random_.chance(0.05)) tab.request(proto::ChangeWish{open_, wish()});
  if (active && visit.to_say == 0 && random_.chance(0.3)) close();
}

void Shopper::take_state(Tab& tab, const proto::Conversation& conversation) {
  // What was closed before a tab heard of it is told by its state alone.
  if (conversation.state != ConversationState::closed) told_.insert({tab.identity().device, conversation.id});
  auto& visit = visits_[conversation.id];
  if (visit.state == ConversationState::unspecified) {
    visit.to_say = static_cast<unsigned>(random_.below(9));
    visit.patience_ends = now() + 30 * second + random_.exponential(world_.plan.habits.patience);
    ++world_.counts["conversations"];
  }
  if (visit.state == ConversationState::closed) return;  // news that overtook each other
  visit.state = conversation.state;
  visit.head = conversation.head;
  if (conversation.state != ConversationState::closed) {
    open_ = conversation.id;
    return;
  }
  history().conversations[conversation.id].closed = true;
  if (open_ == conversation.id) open_.clear();
}

void Shopper::on_welcome(Tab& tab, const proto::Welcome& welcome) {
  for (const auto& conversation : welcome.conversations) take_state(tab, conversation);
}

void Shopper::on_push(Tab& tab, const proto::ServerFrame& frame) {
  if (const auto* conversation = std::get_if<proto::Conversation>(&frame.body))
    take_state(tab, *conversation);
}

bool Shopper::is_done() const {
  if (!open_.empty()) return false;
  for (const auto& [id, visit] : visits_) {
    if (visit.state != ConversationState::closed) return false;
    for (const auto& tab : tabs_)
      if (tab->unacknowledged(id) > 0) return false;
    if (knows(*tabs_[0], id) && tabs_[0]->position(id) < visit.head) return false;
  }
  return true;
}

std::string Shopper::left_to_do() const {
  std::string out;
  for (const auto& [id, visit] : visits_) {
    std::size_t unacknowledged = 0;
    for (const auto& tab : tabs_) unacknowledged += tab->unacknowledged(id);
    if (visit.state == ConversationState::closed && unacknowledged == 0 &&
        (!knows(*tabs_[0], id) || tabs_[0]->position(id) >= visit.head))
      continue;
    out += shop_ + "/" + id + " state " + std::to_string(static_cast<int>(visit.state)) + ", " +
           std::to_string(unacknowledged) + " unacknowledged, " + std::to_string(tabs_[0]->position(id)) +
           " of " + std::to_string(visit.head) + " held; ";
  }
  return out;
}

void Shopper::say_what_is_held() {
  const auto& first = tabs_[0]->identity().device;
  for (const auto& [id, visit] : visits_)
    if (knows(*tabs_[0], id)) history().conversations[id].readers.insert(first);
}

}  // namespace switchboard::sim
