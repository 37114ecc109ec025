// An agent's password for a token. Hashing takes a tenth of a second of a core and 64 MiB, so it happens on
// threads of its own, few at a time, and who asks too often is refused before any work. How often an address
// or a name may ask in a minute each gateway counts for itself; wrong passwords in a row are counted in the
// store, for all gateways together.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "server/config.hpp"
#include "server/net/http_message.hpp"
#include "server/net/token_bucket.hpp"

namespace switchboard::store {
class Store;
}
namespace switchboard::conversation {
class ShopDirectory;
}

namespace switchboard::app {

// One for all workers of a gateway.
class Login {
 public:
  explicit Login(const LoginConfig& config);
  ~Login();

  // POST /api/v1/login {"shop","agent","password"} -> 200 {"token","expires_ms"}; 400 not such a body; 401
  // wrong, the same for an unknown shop or agent as for a wrong password; 429 too often, or locked out after
  // too many wrong passwords, with Retry-After; 503 the store is away. On the executor of the calling worker,
  // whose store and directory are given.
  boost::asio::awaitable<net::HttpResponse> answer(net::HttpRequest request, store::Store& store,
                                                   conversation::ShopDirectory& shops);

 private:
  // For an address or an agent's name, whether or not there is such an agent: an answer tells nothing.
  struct Tries {
    net::TokenBucket bucket;
    std::int64_t wrong_in_a_row = 0;
    std::chrono::steady_clock::time_point locked_until{};
  };

  // How long this address and this agent must wait before they may try; zero: now. Any thread.
  std::chrono::seconds must_wait(const std::string& address, const std::string& agent);
  std::shared_ptr<void> take_place();
  void note_outcome(const std::string& agent, bool right);
  void forget_the_idle(std::chrono::steady_clock::time_point now);
  boost::asio::awaitable<bool> matches(std::string hash, std::string password);

  const LoginConfig config_;
  boost::asio::thread_pool hashing_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Tries> tries_;
  std::int64_t waiting_ = 0;
};

}  // namespace switchboard::app
