#include "tests/support/redis_processes.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

namespace switchboard::test {

namespace {

bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return free;
}

std::string text_of(const redisReply* reply) {
  if (!reply) return {};
  switch (reply->type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply->integer);
    case REDIS_REPLY_ERROR:
      return "-" + std::string(reply->str, reply->len);
    case REDIS_REPLY_ARRAY: {
      std::string all;
      for (std::size_t i = 0; i < reply->elements; ++i) all += (i ? " " : "") + text_of(reply->element[i]);
      return all;
    }
    default:
      return std::string(reply->str ? reply->str : "", reply->len);
  }
}

[[noreturn]] void become_redis(const std::string& conf, bool sentinel) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0), ::dup2(nothing, 1), ::dup2(nothing, 2);
  ::close_range(3, ~0u, 0);
  ::execlp("redis-server", "redis-server", conf.c_str(), sentinel ? "--sentinel" : nullptr, nullptr);
  ::_exit(127);
}

// 40 hexadecimal digits, as Redis names its nodes.
std::string node_name(std::size_t number) {
  return std::string(39, 'a') + std::to_string(number);
}

}  // namespace

std::uint16_t free_redis_port() {
  static std::mt19937 random(std::random_device{}());
  for (;;) {
    const int port = 20'000 + static_cast<int>(random() % 10'000);
    if (is_free(port) && is_free(port + 10'000)) return static_cast<std::uint16_t>(port);
  }
}

void wait_until(const std::function<bool()>& holds, const std::string& what, std::chrono::seconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("waited in vain: " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

RedisProcess::RedisProcess(std::vector<std::string> lines, bool sentinel, std::uint16_t port)
    : sentinel_(sentinel), port_(port) {
  std::ofstream conf(dir_ / "redis.conf");
  conf << "port " << port_ << "\nbind 127.0.0.1\nprotected-mode no\ndaemonize no\ndir "
       << dir_.path().string() << "\nlogfile log\n";
  if (!sentinel)
    conf << "appendonly yes\nappendfsync always\nsave \"\"\nmaxmemory 256mb\nrepl-diskless-sync-delay 0\n"
            "repl-ping-replica-period 1\nrepl-timeout 5\n";
  for (const auto& line : lines) conf << line << "\n";
  conf.close();
  start();
}

RedisProcess::~RedisProcess() {
  kill_9();
}

void RedisProcess::start() {
  pid_ = ::fork();
  if (pid_ == 0) become_redis(dir_ / "redis.conf", sentinel_);
  if (pid_ < 0) throw std::runtime_error("fork failed");
  wait_until([this] { return ask({"PING"}) == "PONG"; }, "redis-server does not answer:\n" + log());
}

void RedisProcess::kill_9() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void RedisProcess::pause() {
  ::kill(pid_, SIGSTOP);
}
void RedisProcess::resume() {
  ::kill(pid_, SIGCONT);
}

std::string RedisProcess::log() const {
  std::ifstream file(dir_ / "log");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string RedisProcess::ask(const std::vector<std::string>& words) const {
  redisContext* line = redisConnectWithTimeout("127.0.0.1", port_, {2, 0});
  std::string text;
  if (line && line->err == 0) {
    redisSetTimeout(line, {2, 0});
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) arguments.push_back(word.data()), sizes.push_back(word.size());
    auto* reply = static_cast<redisReply*>(
        redisCommandArgv(line, static_cast<int>(words.size()), arguments.data(), sizes.data()));
    text = text_of(reply);
    if (reply) freeReplyObject(reply);
  }
  if (line) redisFree(line);
  return text;
}

std::string RedisProcess::info(const std::string& field) const {
  const auto all = "\n" + ask({"INFO", "everything"});
  const auto at = all.find("\n" + field + ":");
  if (at == all.npos) return {};
  const auto from = at + field.size() + 2;
  return all.substr(from, all.find('\r', from) - from);
}

// Has all that its master has, on its disk too: behind the first copy it writes its log anew, and killed
// before that is done it comes back empty.
static void wait_until_replicates(const RedisProcess& replica) {
  wait_until(
      [&] {
        return replica.info("master_link_status") == "up" && replica.info("aof_rewrite_in_progress") == "0" &&
               replica.info("aof_rewrite_scheduled") == "0";
      },
      "the replica has caught up");
}

SentinelRedis::SentinelRedis(int replicas, const std::string& min_replicas) {
  const std::vector<std::string> alike{"min-replicas-to-write " + min_replicas, "min-replicas-max-lag 2"};
  servers.push_back(std::make_unique<RedisProcess>(alike));
  const auto port = std::to_string(servers[0]->port());
  for (int i = 0; i < replicas; ++i) {
    auto lines = alike;
    lines.push_back("replicaof 127.0.0.1 " + port);
    servers.push_back(std::make_unique<RedisProcess>(lines));
  }
  for (std::size_t i = 1; i < servers.size(); ++i) wait_until_replicates(*servers[i]);
  wait_until([&] { return servers[0]->info("connected_slaves") == std::to_string(replicas); },
             "its replicas");
  // What they would find out of each other within seconds they know from the beginning.
  const std::vector<std::uint16_t> ports{free_redis_port(), free_redis_port(), free_redis_port()};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    std::vector<std::string> lines{"sentinel monitor shops 127.0.0.1 " + port + " 2",
                                   "sentinel down-after-milliseconds shops 500",
                                   "sentinel failover-timeout shops 4000", "sentinel myid " + node_name(i)};
    for (std::size_t k = 1; k < servers.size(); ++k)
      lines.push_back("sentinel known-replica shops 127.0.0.1 " + std::to_string(servers[k]->port()));
    for (std::size_t k = 0; k < ports.size(); ++k)
      if (k != i)
        lines.push_back("sentinel known-sentinel shops 127.0.0.1 " + std::to_string(ports[k]) + " " +
                        node_name(k));
    sentinels.push_back(std::make_unique<RedisProcess>(lines, true, ports[i]));
  }
  for (const auto& one : sentinels)
    wait_until([&] { return one->ask({"SENTINEL", "CKQUORUM", "shops"}).starts_with("OK 3"); }, "quorum");
}

std::string SentinelRedis::url() const {
  std::string url = "redis+sentinel://";
  for (const auto& one : sentinels) url += (&one == sentinels.data() ? "" : ",") + one->address();
  return url + "/shops";
}

RedisProcess* SentinelRedis::named() const {
  for (const auto& sentinel : sentinels) {
    const auto address = sentinel->ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shops"});
    for (const auto& one : servers)
      if (address == "127.0.0.1 " + std::to_string(one->port())) return one.get();
  }
  return nullptr;
}

RedisProcess& SentinelRedis::wait_for_failover(const RedisProcess& former) const {
  RedisProcess* now = nullptr;
  wait_until(
      [&] {
        now = named();
        return now && now != &former && now->info("role") == "master";
      },
      "the sentinels promote a replica");
  return *now;
}

ClusterRedis::ClusterRedis(int masters, int replicas, int node_timeout_ms) {
  for (int i = 0; i < masters * (1 + replicas); ++i)
    servers.push_back(std::make_unique<RedisProcess>(
        std::vector<std::string>{"cluster-enabled yes", "cluster-config-file nodes.conf",
                                 "cluster-node-timeout " + std::to_string(node_timeout_ms),
                                 "cluster-require-full-coverage no", "cluster-replica-validity-factor 0"}));
  for (int i = 0; i < masters; ++i) {
    auto& one = *servers[static_cast<std::size_t>(i)];
    one.ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    one.ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(16384 * i / masters),
             std::to_string(16384 * (i + 1) / masters - 1)});
  }
  for (std::size_t i = 1; i < servers.size(); ++i)
    servers[0]->ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(servers[i]->port())});
  wait_until_all_agree();
  for (std::size_t i = static_cast<std::size_t>(masters); i < servers.size(); ++i) {
    const auto& master = *servers[i % static_cast<std::size_t>(masters)];
    wait_until([&] { return servers[i]->ask({"CLUSTER", "REPLICATE", id_of(master)}) == "OK"; }, "a replica");
    wait_until_replicates(*servers[i]);
  }
  wait_until_all_agree();
}

void ClusterRedis::wait_until_all_agree() const {
  wait_until(
      [&] {
        return std::ranges::all_of(servers, [&](const auto& one) {
          const auto info = one->ask({"CLUSTER", "INFO"});
          return info.find("cluster_state:ok") != info.npos &&
                 info.find("cluster_known_nodes:" + std::to_string(servers.size()) + "\r") != info.npos &&
                 one->ask({"CLUSTER", "SLOTS"}).size() > 0 &&
                 info.find("cluster_slots_assigned:16384") != info.npos;
        });
      },
      "the nodes agree on the cluster");
}

std::string ClusterRedis::url() const {
  return "redis+cluster://" + servers[0]->address() + "," + servers[1]->address();
}

std::string ClusterRedis::id_of(const RedisProcess& node) const {
  return node.ask({"CLUSTER", "MYID"});
}

int ClusterRedis::slot_of(const std::string& key) const {
  for (const auto& one : servers) {
    const auto slot = one->ask({"CLUSTER", "KEYSLOT", key});
    if (!slot.empty()) return std::stoi(slot);
  }
  throw std::runtime_error("no node answers");
}

RedisProcess* ClusterRedis::owner(const std::string& key) const {
  // A node answers for a key of its own, and says MOVED for another's.
  for (const auto& one : servers) {
    const auto answer = one->ask({"EXISTS", key});
    if (answer == "0" || answer == "1") return one.get();
  }
  return nullptr;
}

void ClusterRedis::move_slot(int slot, RedisProcess& from, RedisProcess& to,
                             const std::function<void(std::size_t)>& meanwhile) {
  const auto number = std::to_string(slot);
  to.ask({"CLUSTER", "SETSLOT", number, "IMPORTING", id_of(from)});
  from.ask({"CLUSTER", "SETSLOT", number, "MIGRATING", id_of(to)});
  for (;;) {
    const auto left = static_cast<std::size_t>(std::stoi(from.ask({"CLUSTER", "COUNTKEYSINSLOT", number})));
    meanwhile(left);
    if (left == 0) break;
    const auto key = from.ask({"CLUSTER", "GETKEYSINSLOT", number, "1"});
    from.ask({"MIGRATE", "127.0.0.1", std::to_string(to.port()), key, "0", "2000"});
  }
  for (auto* one : {&to, &from}) one->ask({"CLUSTER", "SETSLOT", number, "NODE", id_of(to)});
}

}  // namespace switchboard::test
