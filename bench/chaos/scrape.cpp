#include "bench/chaos/scrape.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

namespace switchboard::chaos {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

struct Socket {
  Socket() : descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~Socket() { ::close(descriptor); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  bool wait(short events, steady_clock::time_point until) const {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
    pollfd one{descriptor, events, 0};
    return left > 0 && ::poll(&one, 1, static_cast<int>(left)) == 1;
  }
  const int descriptor;
};

}  // namespace

std::optional<std::string> scrape(const boost::asio::ip::tcp::endpoint& gateway, milliseconds within) {
  const auto until = steady_clock::now() + within;
  const Socket socket;
  ::connect(socket.descriptor, gateway.data(), static_cast<socklen_t>(gateway.size()));
  constexpr std::string_view request =
      "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  if (!socket.wait(POLLOUT, until)) return std::nullopt;
  if (::send(socket.descriptor, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return std::nullopt;
  std::string answer;
  while (socket.wait(POLLIN, until)) {
    char octets[16'384];
    const auto got = ::recv(socket.descriptor, octets, sizeof octets, 0);
    if (got < 0) return std::nullopt;
    if (got == 0) return answer.starts_with("HTTP/1.1 200") ? std::optional(std::move(answer)) : std::nullopt;
    answer.append(octets, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

std::uint64_t counter_in(std::string_view text, std::string_view name) {
  const auto line = "\n" + std::string(name) + " ";
  const auto at = text.find(line);
  std::uint64_t value = 0;
  if (at != std::string_view::npos)
    std::from_chars(text.data() + at + line.size(), text.data() + text.size(), value);
  return value;
}

}  // namespace switchboard::chaos
