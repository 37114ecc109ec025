// Rule 2.8: a conversation whose visitor leaves the agent's answer without one is parked and takes a part of
// a place. The desk knows when to look; the store knows who wrote last, and parks. What the visitor writes
// wakes it there; the router hears of both by the event stream, like any transition.
#include "server/desk/reign.hpp"
#include "server/store/store_limits.hpp"

namespace switchboard::desk {

using store::Millis;
using store::State;
using store::Task;

// With the rule switched off, what is parked is looked at once more: to be woken.
void Desk::Reign::watch_silence(const store::ConversationView& view, Millis when) {
  const bool parks = context_->shop.routing.park_after_ms > 0;
  const bool parked = view.parked != 0;
  if (view.state != State::active || parks == parked) return silences_.forget(view.number);
  silences_.look_at(view.number, when);
  if (when < next_deadline_) wake();
}

void Desk::Reign::watch_all_silences() {
  for (const auto& [number, known] : known_) watch_silence(known.view, 0);
}

// In steps, one at a time: after a rebuild all are due at once, and others shall get their turn.
Task<void> Desk::Reign::look_at_silences() {
  looking_at_silences_ = true;
  while (!ended_) {
    const auto due = silences_.take_due(now(), store::park_max);
    if (due.empty()) break;
    std::vector<std::string> ids;
    std::vector<std::uint64_t> numbers;
    for (const auto number : due) {
      const auto known = known_.find(number);
      if (known == known_.end()) continue;
      ids.push_back(known->second.view.id);
      numbers.push_back(number);
    }
    const Millis silence = context_->shop.routing.park_after_ms;
    const auto again = co_await store_.park(shop_, epoch_, silence, ids);
    if (ended_ || (!again && !definite(again.error()))) co_return;
    for (std::size_t i = 0; again && i < std::min(again->size(), numbers.size()); ++i)
      if (const auto known = known_.find(numbers[i]); known != known_.end() && (*again)[i] > 0)
        watch_silence(known->second.view, now() + std::clamp<Millis>((*again)[i] - store_.now(), 1, silence));
  }
  looking_at_silences_ = false;
}

}  // namespace switchboard::desk
