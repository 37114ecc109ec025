#include "tests/support/gateway.hpp"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace switchboard::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {
constexpr std::string_view ready = "listening on http";  // or https
constexpr std::string_view port_after = "://127.0.0.1:";
constexpr auto start_limit = 60s;

}  // namespace

// SWITCHBOARD: scripts/sanitize has a binary of its own.
std::string Gateway::binary() {
  const char* other = std::getenv("SWITCHBOARD");
  return other ? other : SWITCHBOARD_BINARY;
}

Gateway::Gateway(GatewayOptions options) : options_(std::move(options)) {
  write_file("shop.toml", options_.shop_file);
}

Gateway::~Gateway() {
  if (process_ && process_->running()) kill_9();
}

void Gateway::start() {
  std::vector<std::string> command{options_.program.empty() ? binary() : options_.program,
                                   "serve",
                                   "--port",
                                   "0",
                                   "--data",
                                   data_dir(),
                                   "--shop",
                                   dir_ / "shop.toml",
                                   "--server.threads=" + std::to_string(options_.threads)};
  if (!options_.redis_url.empty()) command.insert(command.end(), {"--redis", options_.redis_url});
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  std::string error;
  process_.reset();
  auto process = load::Process::start(command, dir_ / "serve.log", error);
  if (!process) throw std::runtime_error(error);
  process_.emplace(std::move(*process));
  std::optional<std::string> line;
  do {
    line = process_->read_line(start_limit);
  } while (line && !line->starts_with(ready));
  if (!line) throw std::runtime_error("the gateway did not start:\n" + log());
  port_ = static_cast<std::uint16_t>(std::stoi(line->substr(line->find(port_after) + port_after.size())));
}

void Gateway::kill_9() {
  const auto redis = redis_pid();
  process_->signal(SIGKILL);
  process_->wait_for_end(start_limit);
  wait_until_gone(redis);
}

bool Gateway::answers() const {
  if (!process_ || !fs::exists("/proc/" + std::to_string(process_->pid()) + "/exe")) return false;
  try {
    return http(port_, "GET", "/healthz").status == 200;
  } catch (const std::exception&) {
    return false;
  }
}

void Gateway::terminate() {
  process_->signal(SIGTERM);
}

std::optional<int> Gateway::wait_for_end(std::chrono::milliseconds within) {
  return process_->wait_for_end(within);
}

void Gateway::pause() {
  process_->signal(SIGSTOP);
}
void Gateway::resume() {
  process_->signal(SIGCONT);
}

pid_t Gateway::redis_pid() const {
  const auto children = load::children_named(process_->pid(), "redis-server");
  return children.empty() ? 0 : children.front();
}

bool Gateway::redis_is_back(pid_t former) const {
  const auto now = redis_pid();
  return now != 0 && now != former;
}

// redis-server ends by itself when its gateway is gone; a stopped one must be helped.
void Gateway::wait_until_gone(pid_t redis) const {
  if (redis == 0) return;
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (fs::exists("/proc/" + std::to_string(redis) + "/exe") && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(5ms);
  std::error_code error;
  if (fs::read_symlink("/proc/" + std::to_string(redis) + "/exe", error).filename() == "redis-server")
    ::kill(redis, SIGKILL);
}

std::string Gateway::redis_url() const {
  if (!options_.redis_url.empty()) return options_.redis_url;
  for (const auto& file : fs::recursive_directory_iterator(data_dir()))
    if (file.is_socket()) return "unix://" + file.path().string();
  throw std::runtime_error("no socket of Redis in " + data_dir());
}

std::string Gateway::log() const {
  std::ifstream file(dir_ / "serve.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Gateway::token(shop::TokenRole role, const std::string& subject, const std::string& name,
                           std::uint32_t tier, const std::string& shop) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  shop::Claims claims{.subject = subject, .shop = shop, .role = role, .name = name, .tier = tier};
  claims.issued_s = now.count();
  claims.expires_s = now.count() + 3600;
  return shop::make_token(claims, key_of(shop));
}

std::string Gateway::key_of(const std::string& shop) {
  for (const auto& [name, key] : keys_)
    if (name == shop) return key;
  auto printed = command({"token", "--shop", shop, "--key"});
  if (!printed) throw std::runtime_error("`switchboard token --key` failed for shop " + shop);
  while (!printed->empty() && printed->back() == '\n') printed->pop_back();
  keys_.emplace_back(shop, *printed);
  return *printed;
}

std::optional<std::string> Gateway::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), binary());
  arguments.insert(arguments.end(), {"--redis", redis_url()});
  return load::output_of(arguments);
}

std::string Gateway::write_file(const std::string& name, const std::string& text) const {
  const auto path = dir_ / name.c_str();
  std::ofstream(path) << text;
  return path;
}

HttpAnswer http(std::uint16_t port, const std::string& method, const std::string& target,
                const std::string& body) {
  namespace http = boost::beast::http;
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  http::request<http::string_body> request{http::string_to_verb(method), target, 11};
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  request.set(http::field::connection, "close");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  return {response.result_int(), response.body()};
}

}  // namespace switchboard::test
