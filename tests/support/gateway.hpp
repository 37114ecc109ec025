// The real binary in a directory of its own: started, killed, stopped and started again, with its private
// Redis. What it leaves is cleared away by the destructor, whatever a test did. The binary is the one of
// this build; the environment's SWITCHBOARD names another one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/process.hpp"
#include "server/shop/token.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::test {

struct GatewayOptions {
  std::string shop_file;               // the text; applied at every start
  std::vector<std::string> arguments;  // further ones for serve
  std::string redis_url;               // empty: a private one
  int threads = 2;
  std::string program;  // to be run instead of Gateway::binary()
};

class Gateway {
 public:
  static std::string binary();

  explicit Gateway(GatewayOptions);
  ~Gateway();

  // Returns when it listens; throws with its log if it does not come up. On a directory that was used before
  // it goes on from what is there.
  void start();
  // Dead when it returns, and so is its Redis.
  void kill_9();
  // SIGTERM; does not wait.
  void terminate();
  // The exit code, when it ends within the time.
  std::optional<int> wait_for_end(std::chrono::milliseconds within);
  void pause();
  void resume();

  // It lives and answers HTTP.
  bool answers() const;
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_->pid(); }
  // The redis-server that lives now, 0 if none.
  pid_t redis_pid() const;
  // Another redis-server than `former` lives.
  bool redis_is_back(pid_t former) const;
  std::string redis_url() const;
  std::string data_dir() const { return dir_ / "data"; }
  std::string log() const;

  // Signed with the shop's key as a shop's backend would.
  std::string token(shop::TokenRole, const std::string& subject, const std::string& name = {},
                    std::uint32_t tier = 0, const std::string& shop = "corner");
  std::string key_of(const std::string& shop);
  // `switchboard ARGUMENTS` on this gateway's Redis; its stdout, or nullopt if it failed.
  std::optional<std::string> command(std::vector<std::string> arguments) const;
  // A file in the test's directory.
  std::string write_file(const std::string& name, const std::string& text) const;

 private:
  void wait_until_gone(pid_t redis) const;

  TempDir dir_;
  GatewayOptions options_;
  std::optional<load::Process> process_;
  std::uint16_t port_ = 0;
  std::vector<std::pair<std::string, std::string>> keys_;
};

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};
// One request over a connection of its own, by Beast; blocks. Throws if there is no answer.
HttpAnswer http(std::uint16_t port, const std::string& method, const std::string& target,
                const std::string& body = {});

}  // namespace switchboard::test
