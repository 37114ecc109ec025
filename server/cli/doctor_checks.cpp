#include "server/cli/doctor_checks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "server/cli/store_session.hpp"
#include "server/shop/opening.hpp"

namespace switchboard::cli {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t socket_path_octets_max = 107;
constexpr std::int64_t clock_difference_max_ms = 1'000;
constexpr rlim_t files_beside_connections = 200;

// The program's path as the shell would find it; empty if there is none.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  std::istringstream directories(path ? path : "/usr/bin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string candidate = directory + '/' + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

// First line that `program --version` prints.
std::string version_line(const std::string& program) {
  std::string command = "'";
  for (const char c : program) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
  command += "' --version 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::array<char, 256> line{};
  if (!pipe || !std::fgets(line.data(), line.size(), pipe.get())) return "";
  std::string text(line.data());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// "Redis server v=7.0.15 sha=..." -> "7.0.15"
std::string version_in(const std::string& line) {
  const std::size_t at = line.find("v=");
  return at == std::string::npos ? "" : line.substr(at + 2, line.find(' ', at) - at - 2);
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Who holds a flock on this inode, by /proc/locks: "12: FLOCK ADVISORY WRITE 4711 fe:01:131075 0 EOF".
std::string lock_holder(const struct stat& inode) {
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, pid, place;
    words >> number >> kind >> mode >> access >> pid >> place;
    if (kind != "FLOCK" || !place.ends_with(':' + std::to_string(inode.st_ino))) continue;
    const std::string name = first_line("/proc/" + pid + "/comm");
    return "process " + pid +
           (name.empty() ? " (gone; a child of it still holds the lock)" : " (" + name + ')');
  }
  return "a process that cannot be seen from here";
}

std::string absolute_data_dir(const Config& config) {
  std::error_code error;
  return fs::absolute(config.server.data_dir, error).string();
}

}  // namespace

Finding check_redis_server(const Config& config) {
  const std::string subject = "redis-server";
  if (!config.redis.url.empty()) return {Health::ok, subject, "not needed: redis.url names a Redis"};
  const std::string program = find_program(config.redis.server_binary);
  if (program.empty()) {
    return {Health::bad, subject,
            config.redis.server_binary +
                " is not installed: `apt-get install redis-server`, or name a Redis with --redis"};
  }
  const std::string version = version_in(version_line(program));
  if (version.empty()) return {Health::bad, subject, program + " does not say its version: is it a Redis?"};
  if (std::atoi(version.c_str()) < 7)
    return {Health::bad, subject, program + " is " + version + "; 7.0 or later is needed"};
  return {Health::ok, subject, version + " at " + program};
}

Finding check_data_dir(const Config& config) {
  const std::string subject = "data directory", path = absolute_data_dir(config);
  if (!config.redis.url.empty()) return {Health::ok, subject, "not needed: redis.url names a Redis"};
  if (path.size() + std::string_view("/r.sock").size() > socket_path_octets_max) {
    return {Health::bad, subject,
            path + " is too long for a socket's path (107 octets): choose a shorter --data"};
  }
  std::error_code error;
  fs::path existing = path;
  while (!fs::exists(existing, error) && existing.has_relative_path()) existing = existing.parent_path();
  if (!fs::is_directory(existing, error))
    return {Health::bad, subject, existing.string() + " is no directory"};
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return {Health::bad, subject,
            existing.string() + " cannot be written by this user: chown it, or choose another --data"};
  }
  const auto space = fs::space(existing, error);
  const std::string free = error ? "" : ", " + std::to_string(space.available >> 20) + " MiB free";
  if (!error && space.available < (1ull << 30)) {
    return {Health::warn, subject, path + free + ": make room, Redis refuses writes on a full disk"};
  }
  return {Health::ok, subject,
          path + (existing == fs::path(path) ? "" : " (made at the first start)") + free};
}

Finding check_lock(const Config& config) {
  const std::string subject = "lock", path = absolute_data_dir(config) + "/lock";
  if (!config.redis.url.empty()) return {Health::ok, subject, "not needed: redis.url names a Redis"};
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return {Health::ok, subject, "free: nothing has run on this directory yet"};
  struct stat inode {};
  const bool known = ::fstat(file, &inode) == 0;
  const bool free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);  // lets go of it too
  if (free) return {Health::ok, subject, "free"};
  return {Health::warn, subject,
          "held by " + (known ? lock_holder(inode) : std::string("somebody")) +
              ": a gateway runs on this directory; a second one needs another --data, or the same --redis"};
}

Finding check_port(const Config& config) {
  const std::string subject = "port";
  const std::string where = config.server.address + ':' + std::to_string(config.server.port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(config.server.address, error);
  if (error)
    return {Health::bad, subject,
            config.server.address + " is no IP address: give --address one of this machine's"};
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io);
  const asio::ip::tcp::endpoint endpoint(address, static_cast<unsigned short>(config.server.port));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1, error);
  if (!error) return {Health::ok, subject, where + " is free"};
  if (error == asio::error::address_in_use) {
    return {Health::bad, subject,
            where + " is taken: stop who listens there (`ss -ltnp`), or choose another --port"};
  }
  return {Health::bad, subject, where + " cannot be used: " + error.message()};
}

Finding check_files(const Config& config) {
  const std::string subject = "open files";
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {Health::warn, subject, "the limit cannot be read"};
  const auto wanted = static_cast<rlim_t>(config.connections.total_max) + files_beside_connections;
  const std::string now =
      "limit " + std::to_string(limit.rlim_cur) + " (hard " + std::to_string(limit.rlim_max) + ')';
  if (limit.rlim_max < 1'024)
    return {Health::bad, subject, now + ": raise it, `ulimit -n 65536` or LimitNOFILE="};
  if (limit.rlim_max < wanted) {
    return {Health::warn, subject,
            now + " holds about " +
                std::to_string(limit.rlim_max - std::min(limit.rlim_max, files_beside_connections)) +
                " connections, connections.total_max is " + std::to_string(config.connections.total_max) +
                ": raise LimitNOFILE= or lower connections.total_max"};
  }
  return {Health::ok, subject, now};
}

Finding check_clock() {
  const std::string subject = "clock";
  if (::time(nullptr) < 1'735'689'600)
    return {Health::bad, subject, "is before 2025: tokens would not work; set the time"};
  struct timex state {};
  if (::adjtimex(&state) == TIME_ERROR) {
    return {Health::warn, subject,
            "is not synchronised: run chrony or systemd-timesyncd, tokens allow one minute of difference"};
  }
  return {Health::ok, subject, "synchronised"};
}

Finding check_time_zones() {
  const std::string subject = "time zones";
  if (const auto zone = shop::TimeZone::load("Asia/Shanghai"); !zone) {
    return {Health::warn, subject,
            "Asia/Shanghai " + zone.error() + ": opening hours need `apt-get install tzdata`"};
  }
  return {Health::ok, subject, "tz database is there"};
}

Finding check_overcommit(const Config& config) {
  const std::string subject = "overcommit";
  if (!config.redis.url.empty()) return {Health::ok, subject, "not needed: redis.url names a Redis"};
  if (first_line("/proc/sys/vm/overcommit_memory") == "1")
    return {Health::ok, subject, "vm.overcommit_memory is 1"};
  return {Health::warn, subject,
          "vm.overcommit_memory is not 1: with little free memory Redis may fail to rewrite its log; "
          "`sysctl vm.overcommit_memory=1`"};
}

std::vector<Finding> check_running_redis(const Config& config) {
  const std::string subject = "redis";
  const StoreTarget target{config.server.data_dir, config.redis.url};
  if (const auto options = redis_options(target); !options) {
    if (!config.redis.url.empty()) return {{Health::bad, subject, options.error()}};
    return {{Health::ok, subject, "none runs on this data directory now; serve starts its own"}};
  }
  std::vector<Finding> findings;
  const int reached = with_store(target, [&](store::RedisStore& store) -> store::Task<int> {
    const auto& durability = store.durability();
    findings.push_back({Health::ok, subject, "answers, version " + durability.version});
    for (const std::string& warning : durability.warnings)
      findings.push_back({Health::warn, subject, warning});
    if (durability.promises_kept)
      findings.push_back({Health::ok, subject, "what is acknowledged is on disk"});
    const auto shops = co_await store.shops();
    if (shops) findings.push_back({Health::ok, "shops", std::to_string(shops->size()) + " applied"});
    const auto ours = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
    const auto difference = store.now() - ours;
    if (store.now() > 0 && std::abs(difference) > clock_difference_max_ms) {
      findings.push_back(
          {Health::warn, "clock",
           "differs from Redis' by " + std::to_string(difference) + " ms: synchronise both machines"});
    }
    co_return 0;
  });
  if (reached != 0) findings.push_back({Health::bad, subject, "cannot be used (see above)"});
  return findings;
}

}  // namespace switchboard::cli
