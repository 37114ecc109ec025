// Things to do at their time, on one timer.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>

namespace switchboard::shopday {

// On the io_context's thread. What is scheduled must stay valid until it is done or the schedule is gone.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Schedule(boost::asio::io_context& io) : timer_(io) {}

  // Never runs inside this call, also if `when` has passed.
  void at(Time when, std::function<void()> what) {
    const bool first = due_.empty() || when < due_.begin()->first;
    due_.emplace(when, std::move(what));
    if (first) arm();
  }
  void after(std::chrono::nanoseconds pause, std::function<void()> what) {
    at(std::chrono::steady_clock::now() + pause, std::move(what));
  }

 private:
  void arm() {
    timer_.expires_at(due_.begin()->first);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      run();
    });
  }

  void run() {
    const auto now = std::chrono::steady_clock::now();
    while (!due_.empty() && due_.begin()->first <= now) {
      const auto what = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      what();
    }
    if (!due_.empty()) arm();
  }

  boost::asio::steady_timer timer_;
  std::multimap<Time, std::function<void()>> due_;
};

}  // namespace switchboard::shopday
