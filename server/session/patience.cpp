#include "server/session/patience.hpp"

#include <algorithm>
#include <utility>

namespace switchboard::session {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds look_every{5};  // at the door, while somebody waits there

}  // namespace

Patience::Patience(asio::any_io_executor executor, const store::Store& store, std::chrono::milliseconds wait)
    : executor_(std::move(executor)), store_(store), wait_(wait), door_(executor_), watch_(executor_) {}

// ---------------------------------------------------------------- before asking

store::Task<bool> Patience::wait_for_room() {
  const auto waiter = std::make_shared<Waiter>(executor_);
  at_the_door_.push_back(waiter);
  look_at_the_door();
  waiter->timer.expires_after(wait_);
  boost::system::error_code ignored;
  if (!waiter->let_in) co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!waiter->let_in) std::erase(at_the_door_, waiter);
  co_return waiter->let_in;
}

// Lets in as many as there is room for. Each asks once at least; what is too much after all is refused as
// busy.
void Patience::look_at_the_door() {
  for (auto room = store_.room(); room > 0 && !at_the_door_.empty(); --room) {
    at_the_door_.front()->let_in = true;
    at_the_door_.front()->timer.cancel();
    at_the_door_.pop_front();
  }
  if (at_the_door_.empty() || door_is_watched_) return;
  door_is_watched_ = true;
  door_.expires_after(look_every);
  door_.async_wait([this](const boost::system::error_code& error) {
    door_is_watched_ = false;
    if (!error) look_at_the_door();
  });
}

// ---------------------------------------------------------------- after asking

bool Patience::Asked::answered() {
  give_up_ = nullptr;
  return !std::exchange(over_, true);
}

std::shared_ptr<Patience::Asked> Patience::ask(std::function<void()> give_up) {
  while (!asked_.empty() && asked_.front()->over_) asked_.pop_front();
  auto asked = std::make_shared<Asked>();
  asked->give_up_ = std::move(give_up);
  asked->until_ = steady_clock::now() + wait_;
  asked_.push_back(asked);
  watch_the_asked();
  return asked;
}

// All wait equally long, so the first is always the next to be given up.
void Patience::watch_the_asked() {
  while (!asked_.empty() && asked_.front()->over_) asked_.pop_front();
  if (asked_.empty() || asked_are_watched_) return;
  asked_are_watched_ = true;
  watch_.expires_at(asked_.front()->until_);
  watch_.async_wait([this](const boost::system::error_code& error) {
    asked_are_watched_ = false;
    if (error) return;
    const auto now = steady_clock::now();
    while (!asked_.empty() && (asked_.front()->over_ || asked_.front()->until_ <= now)) {
      const auto first = std::move(asked_.front());
      asked_.pop_front();
      if (std::exchange(first->over_, true)) continue;
      std::exchange(first->give_up_, nullptr)();
    }
    watch_the_asked();
  });
}

}  // namespace switchboard::session
