// How a coroutine lets time pass.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>

namespace switchboard {

// Returns after `time`, or as soon as the timer is cancelled; at once if `time` is not positive. The timer
// must outlive it.
inline boost::asio::awaitable<void> pause(boost::asio::steady_timer& timer, std::chrono::milliseconds time) {
  timer.expires_after(time);
  boost::system::error_code ignored;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

// Returns after `time`, on the coroutine's executor.
inline boost::asio::awaitable<void> pause(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  co_await pause(timer, time);
}

}  // namespace switchboard
