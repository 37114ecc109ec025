#include "server/store/redis_connection.hpp"

#include "server/store/redis_socket.hpp"

namespace switchboard::store {

namespace asio = boost::asio;

std::shared_ptr<RedisConnection> make_connection(const RedisOptions& options,
                                                 const asio::any_io_executor& executor) {
  if (options.connection) return options.connection(executor);
  return make_socket(executor);
}

unsigned add_log_in(const RedisUrl& url, std::string& octets) {
  Command auth("AUTH");
  if (!url.user.empty()) auth.arg(url.user);
  octets += auth.arg(url.password).octets();
  return 1;
}

unsigned greet(const RedisOptions& options, std::string& octets) {
  unsigned replies = 2;
  if (!options.url.password.empty()) replies += add_log_in(options.url, octets);
  if (options.url.database != 0) {
    octets += Command("SELECT").arg(std::uint32_t{options.url.database}).octets();
    ++replies;
  }
  octets += Command("CLIENT").arg("SETNAME").arg(options.name).octets();
  if (options.must_be_master || options.url.kind == RedisUrl::Kind::sentinel) {
    octets += Command("ROLE").octets();
    ++replies;
  }
  octets += Command("PING").octets();
  return replies;
}

std::string refusal_of_greeting(ReplyView reply) {
  if (reply.is_error()) return std::string(reply.text());
  // Only ROLE is answered with an array.
  if (reply.is_array() && reply[0].text() != "master")
    return "it is no master, but: " + std::string(reply[0].text());
  return {};
}

}  // namespace switchboard::store
