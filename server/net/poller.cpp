#include "server/net/poller.hpp"

#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

namespace switchboard::net {
namespace {

// Sockets served before other handlers of the worker get their turn.
constexpr std::size_t batch_size = 256;

}  // namespace

boost::asio::execution_context::id Poller::id;

Poller::Poller(boost::asio::io_context& io)
    : service(io), epoll_(::epoll_create1(EPOLL_CLOEXEC)), watched_(io) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  watched_.assign(epoll_);
}

Poller::~Poller() = default;

void Poller::add(int descriptor, Source& source) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &source;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  sources_.push_back(source);
  if (!waiting_) wait();
}

void Poller::remove(int descriptor, Source& source) noexcept {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  if (source.is_linked()) source.unlink();
  for (epoll_event& event : batch_) {
    if (event.data.ptr == &source) event.data.ptr = nullptr;
  }
}

// While no socket is registered nothing is waited for, so that an io_context without work may end.
void Poller::wait() {
  waiting_ = true;
  watched_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](boost::system::error_code error) { on_ready(error); });
}

// An exception (which nobody below should let out) leaves run() as always, but not before everybody else has
// been told: an edge comes only once.
void Poller::on_ready(boost::system::error_code error) {
  waiting_ = false;
  if (error) return;
  const std::exception_ptr thrown = dispatch();
  if (!sources_.empty() && !waiting_) wait();
  if (thrown) std::rethrow_exception(thrown);
}

std::exception_ptr Poller::dispatch() {
  std::exception_ptr thrown;
  std::array<epoll_event, batch_size> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  batch_ = std::span(events).first(count > 0 ? static_cast<std::size_t>(count) : 0);
  while (!batch_.empty()) {
    const epoll_event event = batch_.front();
    batch_ = batch_.subspan(1);
    // Null: an earlier one of this batch ended it.
    if (event.data.ptr == nullptr) continue;
    try {
      static_cast<Source*>(event.data.ptr)->ready(event.events);
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  return thrown;
}

// A waiting coroutine owns its connection, which owns its stream, which holds the coroutine: letting go of
// those who wait is what opens that circle.
void Poller::shutdown() noexcept {
  while (!sources_.empty()) {
    Source& source = sources_.front();
    sources_.pop_front();
    source.abandon();
  }
}

}  // namespace switchboard::net
