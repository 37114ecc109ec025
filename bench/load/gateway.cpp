#include "bench/load/gateway.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "server/shop/shop.hpp"
#include "server/shop/token.hpp"

namespace switchboard::load {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// A bench comes from one address with everybody at once: the limits per address and per second would measure
// themselves. Everything else stays at its default.
const std::vector<std::string> wide_limits = {
    "--connections.per_address_max=100000", "--handshake.per_address_per_s=100000",
    "--handshake.per_address_burst=100000", "--handshake.total_per_s=100000",
    "--handshake.total_burst=100000",       "--inbound.messages_per_s=10000",
    "--inbound.messages_burst=10000",
};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string tail_of(const std::string& file) {
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

}  // namespace

std::unique_ptr<Gateway> Gateway::start(const GatewayOptions& options, const shop::Shop& shop,
                                        std::string& error) {
  std::unique_ptr<Gateway> gateway(new Gateway);
  if (!options.url.empty()) {
    gateway->target_ = parse_target(options.url, error);
    gateway->key_ = options.key;
    return gateway->target_.host.empty() ? nullptr : std::move(gateway);
  }

  gateway->keep_data_ = options.keep_data;
  std::string pattern = (fs::temp_directory_path() / "switchboard-bench-XXXXXX").string();
  if (!mkdtemp(pattern.data())) {
    error = "cannot make a temporary directory";
    return nullptr;
  }
  gateway->data_dir_ = pattern;
  const std::string shop_file = pattern + "/shop.toml", log_file = pattern + "/serve.log",
                    data = pattern + "/data";
  std::ofstream(shop_file) << shop::export_shop(shop);

  std::vector<std::string> command{options.binary, "serve", "--port", "0",
                                   "--data",       data,    "--shop", shop_file};
  if (options.threads > 0) command.push_back("--server.threads=" + std::to_string(options.threads));
  command.insert(command.end(), wide_limits.begin(), wide_limits.end());
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  auto process = Process::start(command, log_file, error);
  if (!process) return nullptr;
  gateway->process_.emplace(std::move(*process));

  constexpr std::string_view ready = "listening on http://";
  std::optional<std::string> line;
  do {
    line = gateway->process_->read_line(60s);
  } while (line && !line->starts_with(ready));
  if (!line) {
    error = "the server did not start:\n" + tail_of(log_file);
    return nullptr;
  }
  auto url = "ws://" + line->substr(ready.size());
  if (url.ends_with('/')) url.pop_back();
  gateway->target_ = parse_target(url, error);
  const auto key = output_of({options.binary, "token", "--data", data, "--shop", shop.id, "--key"});
  if (!key || first_line(*key).empty()) {
    error = "`switchboard token --key` gave no key";
    return nullptr;
  }
  gateway->key_ = first_line(*key);
  const auto redis = children_named(gateway->process_->pid(), "redis-server");
  gateway->redis_ = redis.empty() ? 0 : redis.front();
  for (const auto& file : fs::recursive_directory_iterator(data)) {
    if (file.is_socket()) gateway->redis_socket_ = file.path().string();
  }
  return gateway;
}

Gateway::~Gateway() {
  stop();
  if (data_dir_.empty()) return;
  if (keep_data_) {
    std::fprintf(stderr, "data kept in %s\n", data_dir_.c_str());
    return;
  }
  std::error_code ignored;
  fs::remove_all(data_dir_, ignored);
}

Usage Gateway::usage() const {
  if (!process_) return {};
  return {cpu_us(process_->pid()), redis_ ? cpu_us(redis_) : 0};
}

std::int64_t Gateway::resident() const {
  return process_ ? resident_octets(process_->pid()) : 0;
}

std::int64_t Gateway::redis_resident() const {
  return redis_ ? resident_octets(redis_) : 0;
}

void Gateway::watch(boost::asio::io_context& io) {
  if (!process_) return;
  watch_ = std::make_unique<boost::asio::steady_timer>(io);
  look();
}

void Gateway::look() {
  if (!process_->running()) {
    throw std::runtime_error("the server ended by itself, code " +
                             std::to_string(process_->wait_for_end(0ms).value_or(-1)) + "\n" +
                             tail_of(data_dir_ + "/serve.log"));
  }
  watch_->expires_after(200ms);
  watch_->async_wait([this](boost::system::error_code error) {
    if (!error) look();
  });
}

int Gateway::stop() {
  watch_.reset();
  if (!process_) return 0;
  process_->signal(SIGTERM);
  auto code = process_->wait_for_end(30s);
  if (!code) {
    process_->signal(SIGKILL);
    code = process_->wait_for_end(10s);
  }
  return code.value_or(-1);
}

std::string make_token(const std::string& key, const std::string& shop, const std::string& subject,
                       bool agent, const std::string& name, std::uint32_t tier) {
  shop::Claims claims;
  claims.subject = subject;
  claims.shop = shop;
  claims.role = agent ? shop::TokenRole::agent : shop::TokenRole::visitor;
  claims.name = name;
  claims.tier = tier;
  claims.expires_s = std::time(nullptr) + 86'400;
  return shop::make_token(claims, key);
}

}  // namespace switchboard::load
