// A Redis that answers what it is told: TCP on a free port of the loopback, in the test's own io_context.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/store/redis_options.hpp"

namespace switchboard::test {

class FakeRedis {
 public:
  using Words = std::vector<std::string>;
  // The octets to send for a command; empty: no answer at all.
  using Answer = std::function<std::string(const Words&)>;

  FakeRedis(boost::asio::io_context& io, Answer answer)
      : answer_(std::move(answer)), acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    boost::asio::co_spawn(io, accept(), boost::asio::detached);
  }
  ~FakeRedis() { close(); }

  store::RedisOptions options() const {
    store::RedisOptions options;
    options.url.host = "127.0.0.1";
    options.url.port = acceptor_.local_endpoint().port();
    options.name = "fake";
    options.command_timeout = std::chrono::milliseconds(2000);
    options.backoff_min = std::chrono::milliseconds(2);
    options.backoff_max = std::chrono::milliseconds(20);
    return options;
  }

  // Ends every connection; new ones are accepted.
  void drop() {
    for (auto& line : lines_) {
      boost::system::error_code ignored;
      line->close(ignored);
    }
    lines_.clear();
  }
  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    drop();
  }
  // Sends octets that nobody asked for.
  boost::asio::awaitable<void> say(std::string octets) {
    boost::system::error_code ignored;
    const auto line = lines_.back();
    co_await boost::asio::async_write(*line, boost::asio::buffer(octets),
                                      boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

  bool split = false;        // sends one octet at a time
  int connections = 0;       // accepted so far
  std::vector<Words> heard;  // all commands

  // What a connection of ours begins with; nullopt-like empty if `words` is something else.
  static std::string greeting(const Words& words) {
    if (words[0] == "PING") return "+PONG\r\n";
    if (words[0] == "ROLE") return "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
    if (words[0] == "CLIENT" || words[0] == "AUTH" || words[0] == "SELECT") return "+OK\r\n";
    return {};
  }

 private:
  using Line = std::shared_ptr<boost::asio::ip::tcp::socket>;

  boost::asio::awaitable<void> accept() {
    boost::system::error_code error;
    while (true) {
      auto socket =
          co_await acceptor_.async_accept(boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) co_return;
      ++connections;
      socket.set_option(boost::asio::ip::tcp::no_delay(true));
      lines_.push_back(std::make_shared<boost::asio::ip::tcp::socket>(std::move(socket)));
      boost::asio::co_spawn(acceptor_.get_executor(), serve(lines_.back()), boost::asio::detached);
    }
  }

  boost::asio::awaitable<void> serve(Line line) {
    boost::system::error_code error;
    std::string in;
    char buffer[4096];
    while (true) {
      const auto got = co_await line->async_read_some(
          boost::asio::buffer(buffer), boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) co_return;
      in.append(buffer, got);
      Words words;
      while (take(in, words)) {
        heard.push_back(words);
        const std::string out = answer_(words);
        const std::size_t step = split ? 1 : std::max<std::size_t>(out.size(), 1);
        for (std::size_t at = 0; at < out.size(); at += step) {
          co_await boost::asio::async_write(
              *line, boost::asio::buffer(out.data() + at, std::min(step, out.size() - at)),
              boost::asio::redirect_error(boost::asio::use_awaitable, error));
          if (error) co_return;
        }
        words.clear();
      }
    }
  }

  // Takes a whole command off the front of `in`.
  static bool take(std::string& in, Words& words) {
    std::size_t at = 0;
    const auto number = [&](char mark) -> long {
      const auto end = in.find("\r\n", at);
      if (end == std::string::npos || in[at] != mark) return -1;
      const long value = std::stol(in.substr(at + 1, end - at - 1));
      at = end + 2;
      return value;
    };
    const long count = number('*');
    if (count < 0) return false;
    words.clear();
    for (long i = 0; i < count; ++i) {
      const long size = at < in.size() ? number('$') : -1;
      if (size < 0 || in.size() < at + static_cast<std::size_t>(size) + 2) return false;
      words.push_back(in.substr(at, static_cast<std::size_t>(size)));
      at += static_cast<std::size_t>(size) + 2;
    }
    in.erase(0, at);
    return true;
  }

  Answer answer_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<Line> lines_;
};

}  // namespace switchboard::test
