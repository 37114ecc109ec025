#include "tests/net/echo_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace switchboard::net::testing {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

asio::awaitable<void> echo(std::shared_ptr<Connection> connection) {
  while (auto message = co_await connection->read()) {
    const auto answer = std::make_shared<const std::string>(message->over_rate ? "busy" : message->payload);
    connection->send(answer, message->opcode);
  }
}

EchoOptions::EchoOptions() {
  connection.messages = {};
  admission.accepts = {};
  admission.accepts_per_address = {};
  connection.controls = {.per_s = 1'000, .burst = 1'000};
}

EchoServer::EchoServer(EchoOptions options)
    : session_(std::move(options.session)), admission_(Admission::make(options.admission)) {
  auto random = [state = std::uint32_t{1}]() mutable { return state = state * 1664525 + 1013904223; };
  group_ = ConnectionGroup::make({.io = io_, .metrics = metrics_, .random = random}, options.connection);
  options.http.on_websocket = [this](Upgraded upgraded) { begin(std::move(upgraded)); };
  http_ = std::make_unique<HttpServer>(io_, metrics_, std::move(options.http));
  const tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
  auto listener = Listener::open(io_, loopback, admission_, metrics_, options.listener);
  listener_ = std::move(listener.value());
  listener_->start([this](tcp::socket socket, Admission::Ticket ticket) {
    http_->serve(std::move(socket), std::move(ticket));
  });
  thread_ = std::thread([this] {
    const auto work = asio::make_work_guard(io_);
    io_.run();
  });
}

EchoServer::~EchoServer() {
  io_.stop();
  thread_.join();
}

void EchoServer::begin(Upgraded upgraded) {
  auto connection = Connection::open(group_, std::move(upgraded));
  asio::co_spawn(
      io_,
      [](EchoServer* server, std::shared_ptr<Connection> owned) -> asio::awaitable<void> {
        co_await server->session_(owned);
        owned->close(close_code::normal, "");
        const auto end = co_await owned->read();
        const std::lock_guard lock(server->mutex_);
        server->ends_.push_back(end.error());
        server->ended_.notify_all();
      }(this, std::move(connection)),
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
}

std::optional<End> EchoServer::next_end() {
  std::unique_lock lock(mutex_);
  if (!ended_.wait_for(lock, std::chrono::seconds(20), [this] { return !ends_.empty(); }))
    return std::nullopt;
  End end = std::move(ends_.front());
  ends_.pop_front();
  return end;
}

void EchoServer::run(std::function<void()> task) {
  std::promise<void> done;
  asio::post(io_, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace switchboard::net::testing
