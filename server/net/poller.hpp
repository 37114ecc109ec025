// Readiness of many sockets, told without a system call per wait. Asio re-arms a descriptor each time that
// somebody waits for it (an epoll_ctl per message, measured at 6 % of a relay's CPU); here every socket is
// registered once, edge triggered, in an epoll of the worker's own, and Asio waits for that one descriptor.
#pragma once

#include <sys/epoll.h>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <exception>
#include <span>

namespace switchboard::net {

// A service of the worker's io_context, made at its first use: it lives as long as that and is used on its
// one thread.
class Poller final : public boost::asio::execution_context::service {
 public:
  using key_type = Poller;
  static boost::asio::execution_context::id id;

  // A registered socket. It leaves by itself when it is destroyed.
  class Source
      : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    virtual ~Source() = default;

    // `events` of epoll(7) have happened. May destroy this source and any other.
    virtual void ready(std::uint32_t events) = 0;

    // The io_context is being destroyed: lets go of everyone who waits, without waking them. May destroy this
    // source.
    virtual void abandon() noexcept = 0;
  };

  explicit Poller(boost::asio::io_context& io);
  ~Poller() override;

  // Tells `source` of every edge of `descriptor` from now on; what is ready already counts as an edge.
  void add(int descriptor, Source& source);

  // `source` hears nothing more. To be called before its descriptor is closed.
  void remove(int descriptor, Source& source) noexcept;

 private:
  using Sources = boost::intrusive::list<Source, boost::intrusive::constant_time_size<false>>;

  void shutdown() noexcept override;
  void wait();
  void on_ready(boost::system::error_code error);
  std::exception_ptr dispatch();

  int epoll_;
  boost::asio::posix::stream_descriptor watched_;  // epoll_, as Asio sees it
  Sources sources_;
  std::span<epoll_event> batch_;  // what dispatch() has not come to yet
  bool waiting_ = false;
};

}  // namespace switchboard::net
