#include "bench/chaos/line_proxy.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <string>

namespace switchboard::chaos {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

class LineProxy::Connection : public std::enable_shared_from_this<LineProxy::Connection> {
 public:
  Connection(LineProxy& proxy, tcp::socket client)
      : proxy_(proxy),
        ends_{std::move(client), tcp::socket(proxy.io_)},
        timers_{asio::steady_timer(proxy.io_), asio::steady_timer(proxy.io_)} {
    for (const Way way : {Way::up, Way::down}) left_[at(way)] = proxy.trouble_.cut_after[at(way)];
  }

  void begin() {
    ends_[1].async_connect(proxy_.target_, [self = shared_from_this()](error_code error) {
      if (error) return self->cut();
      for (auto& end : self->ends_) {
        error_code ignored;
        end.set_option(tcp::no_delay(true), ignored);
      }
      self->read(Way::up);
      self->read(Way::down);
    });
  }

  // The trouble has changed.
  void look() {
    for (const Way way : {Way::up, Way::down}) forward(way);
  }

  void cut() {
    for (auto& end : ends_) {
      error_code ignored;
      end.set_option(tcp::socket::linger(true, 0), ignored);
    }
    close();
  }

 private:
  struct Piece {
    steady_clock::time_point due;
    std::string octets;
  };
  static constexpr std::size_t pieces_max = 64;  // then it is not read: the sender feels it as TCP lets him

  static std::size_t at(Way way) { return static_cast<std::size_t>(way); }
  tcp::socket& from(Way way) { return ends_[at(way)]; }
  tcp::socket& to(Way way) { return ends_[1 - at(way)]; }

  void read(Way way) {
    from(way).async_read_some(asio::buffer(buffers_[at(way)]),
                              [self = shared_from_this(), way](error_code error, std::size_t got) {
                                if (error) return self->ended(way, error);
                                self->take(way, got);
                              });
  }

  void take(Way way, std::size_t got) {
    auto& queue = queues_[at(way)];
    const auto& trouble = proxy_.trouble_;
    auto due = steady_clock::now() + trouble.delay;
    if (trouble.jitter.count() > 0)
      due += std::chrono::milliseconds(
          std::uniform_int_distribution<std::int64_t>(0, trouble.jitter.count())(proxy_.random_));
    if (!queue.empty()) due = std::max(due, queue.back().due);
    queue.push_back({due, std::string(buffers_[at(way)].data(), got)});
    if (queue.size() < pieces_max)
      read(way);
    else
      paused_[at(way)] = true;
    forward(way);
  }

  // What is under way arrives, and then the end as it was: in order, or by a reset.
  void ended(Way way, error_code error) {
    over_[at(way)] = true;
    reset_ = reset_ || error != asio::error::eof;
    forward(way);
  }

  void end(Way way) {
    error_code ignored;
    if (reset_ || ended_[1 - at(way)]) return reset_ ? cut() : close();
    ended_[at(way)] = true;
    to(way).shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() {
    for (auto& end : ends_) {
      error_code ignored;
      end.close(ignored);
    }
    for (auto& timer : timers_) timer.cancel();
  }

  void forward(Way way) {
    const auto i = at(way);
    if (writing_[i] || proxy_.trouble_.silent[i] || !to(way).is_open()) return;
    if (queues_[i].empty()) {
      if (over_[i] && !ended_[i]) end(way);
      return;
    }
    Piece& first = queues_[i].front();
    if (first.due > steady_clock::now()) {
      timers_[i].expires_at(first.due);
      timers_[i].async_wait([self = shared_from_this(), way](error_code error) {
        if (!error) self->forward(way);
      });
      return;
    }
    const bool last = left_[i] && *left_[i] <= first.octets.size();
    if (last) first.octets.resize(*left_[i]);
    if (left_[i]) *left_[i] -= first.octets.size();
    writing_[i] = true;
    asio::async_write(to(way), asio::buffer(first.octets),
                      [self = shared_from_this(), way, last](error_code error, std::size_t) {
                        self->written(way, error, last);
                      });
  }

  void written(Way way, error_code error, bool last) {
    const auto i = at(way);
    writing_[i] = false;
    if (last) ++proxy_.counts_.cut_at_octet[i];
    if (error || last) return cut();
    queues_[i].pop_front();
    if (std::exchange(paused_[i], false)) read(way);
    forward(way);
  }

  LineProxy& proxy_;
  std::array<tcp::socket, 2> ends_;  // the client's, the gateway's
  std::array<asio::steady_timer, 2> timers_;
  std::array<std::array<char, 16 * 1024>, 2> buffers_;
  std::array<std::deque<Piece>, 2> queues_;
  std::array<bool, 2> writing_{}, paused_{};
  std::array<bool, 2> over_{}, ended_{};  // by way: nothing more is read, and that was handed on
  bool reset_ = false;
  std::array<std::optional<std::size_t>, 2> left_;
};

LineProxy::LineProxy(asio::io_context& io, std::uint64_t seed)
    : io_(io), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), random_(seed) {
  port_ = acceptor_.local_endpoint().port();
  accept();
}

LineProxy::~LineProxy() {
  cut_all();
}

void LineProxy::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket client) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      const auto connection = std::make_shared<Connection>(*this, std::move(client));
      std::erase_if(connections_, [](const auto& one) { return one.expired(); });
      connections_.push_back(connection);
      ++counts_.connections;
      for (auto& cut_after : trouble_.cut_after) {
        if (cut_after) ++*cut_after;
      }
      connection->begin();
    }
    accept();
  });
}

void LineProxy::trouble(LineTrouble trouble) {
  trouble_ = trouble;
  for (const auto& one : connections_) {
    if (const auto connection = one.lock()) connection->look();
  }
}

void LineProxy::cut_all() {
  for (const auto& one : connections_) {
    if (const auto connection = one.lock()) connection->cut();
  }
  connections_.clear();
}

}  // namespace switchboard::chaos
