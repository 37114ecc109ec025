// Runs a coroutine on an io_context from a test's plain code, with a limit that only a hanging test reaches.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>

namespace switchboard::test {

inline constexpr std::chrono::seconds hang_limit{60};

// Runs `io` until `ready()` holds.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& ready,
                      std::chrono::milliseconds limit = hang_limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!ready()) {
    if (std::chrono::steady_clock::now() >= until) throw std::runtime_error("the test hangs");
    io.run_one_for(std::chrono::milliseconds(20));
    if (io.stopped()) io.restart();
  }
}

// Lets `io` work for a while.
inline void run_for(boost::asio::io_context& io, std::chrono::milliseconds time) {
  io.restart();
  io.run_for(time);
}

template <class T>
boost::asio::awaitable<void> keep(boost::asio::awaitable<T> task, std::optional<T>& value) {
  value.emplace(co_await std::move(task));
}

// Runs `io` until the coroutine has returned; its value, or its exception.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> task,
      std::chrono::milliseconds limit = hang_limit) {
  std::optional<T> value;
  std::exception_ptr thrown;
  bool done = false;
  boost::asio::co_spawn(io, keep(std::move(task), value), [&](std::exception_ptr e) {
    thrown = e;
    done = true;
  });
  run_until(
      io, [&] { return done; }, limit);
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*value);
}

}  // namespace switchboard::test
