// How long those on the line wait for the store: at its door, while too much is under way to it, and for its
// answer to what was sent. One per worker, on its executor; outlives its sessions.
//
// An answer that comes after the wait is dropped here, so that nobody acts on it: its asker has been told
// that the outcome is not known, and repeats (W15).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "server/store/store.hpp"

namespace switchboard::session {

class Patience {
 public:
  Patience(boost::asio::any_io_executor, const store::Store&, std::chrono::milliseconds wait);

  // --- before asking

  // The store takes one more now, and nobody has come before.
  bool has_room() const { return at_the_door_.empty() && store_.room() > 0; }
  // Waits for that, in the order of coming. False: there was none within the wait; nothing was sent.
  store::Task<bool> wait_for_room();

  // --- after asking

  class Asked {
   public:
    // The answer is there. False: too late, it has been given up.
    bool answered();

   private:
    friend class Patience;
    std::function<void()> give_up_;
    std::chrono::steady_clock::time_point until_;
    bool over_ = false;
  };
  // Calls `give_up` when the wait is over, unless Asked::answered came first.
  std::shared_ptr<Asked> ask(std::function<void()> give_up);

  // The answer, or `unavailable` when the wait is over; what was asked then runs to its end unheard, so it
  // must keep alive what it needs.
  template <class T>
  store::Task<store::Answer<T>> answer_of(store::Task<store::Answer<T>> asking) {
    const auto race = std::make_shared<Race<T>>(executor_);
    race->timer.expires_after(wait_);
    boost::asio::co_spawn(executor_, run(race, std::move(asking)), [race](std::exception_ptr failure) {
      race->failure = failure;
      race->timer.cancel();
    });
    boost::system::error_code ignored;
    if (!race->answer && !race->failure)
      co_await race->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    if (race->failure) std::rethrow_exception(race->failure);
    if (!race->answer) co_return store::Refusal::unavailable;
    co_return std::move(*race->answer);
  }

 private:
  template <class T>
  struct Race {
    explicit Race(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    std::optional<store::Answer<T>> answer;
    std::exception_ptr failure;
  };
  template <class T>
  static store::Task<void> run(std::shared_ptr<Race<T>> race, store::Task<store::Answer<T>> asking) {
    race->answer = co_await std::move(asking);
  }

  struct Waiter {
    explicit Waiter(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    bool let_in = false;
  };

  void look_at_the_door();
  void watch_the_asked();

  boost::asio::any_io_executor executor_;
  const store::Store& store_;
  const std::chrono::milliseconds wait_;
  std::deque<std::shared_ptr<Waiter>> at_the_door_;  // the first to come in front
  std::deque<std::shared_ptr<Asked>> asked_;         // the first to be given up in front
  boost::asio::steady_timer door_;
  boost::asio::steady_timer watch_;
  bool door_is_watched_ = false;
  bool asked_are_watched_ = false;
};

}  // namespace switchboard::session
