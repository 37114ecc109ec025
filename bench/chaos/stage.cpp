#include "bench/chaos/stage.hpp"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/resource.h>

#include <boost/asio/post.hpp>
#include <cstdio>
#include <fstream>
#include <future>

#include "bench/chaos/scrape.hpp"
#include "bench/check/redis_reader.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::chaos {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// As in the other modes: all clients come from one address.
const std::vector<std::string> serve_flags = {
    "--connections.per_address_max=100000", "--handshake.per_address_per_s=100000",
    "--handshake.per_address_burst=100000", "--handshake.total_per_s=100000",
    "--handshake.total_burst=100000",       "--inbound.messages_per_s=10000",
    "--inbound.messages_burst=10000",
};
// So that a minute holds many faults.
const std::vector<std::string> short_waits = {
    "--session.ping_interval_ms=1000",  "--session.ping_jitter_ms=200", "--session.silence_max_ms=5000",
    "--redis.command_timeout_ms=2000",  "--redis.ping_interval_ms=500", "--redis.reconnect_max_ms=500",
    "--node.desk_beat_interval_ms=300", "--node.desk_takeover_ms=1500", "--drain.window_ms=1000",
    "--drain.limit_ms=10000",
};

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

Context connect(const std::string& socket) {
  const timeval limit{2, 0};
  Context context(redisConnectUnixWithTimeout(socket.c_str(), limit));
  if (!context || context->err) return nullptr;
  redisSetTimeout(context.get(), limit);
  return context;
}

template <class... Words>
Reply ask(const Context& context, const char* format, Words... words) {
  return Reply(context ? static_cast<redisReply*>(redisCommand(context.get(), format, words...)) : nullptr);
}

// The value behind a key in a reply [key, value, key, value ...].
const redisReply* value_of(const redisReply& pairs, std::string_view key) {
  for (std::size_t i = 0; i + 1 < pairs.elements; i += 2)
    if (pairs.element[i]->str && key == pairs.element[i]->str) return pairs.element[i + 1];
  return nullptr;
}

}  // namespace

std::unique_ptr<Stage> Stage::start(const StageOptions& options, const std::vector<shop::Shop>& shops,
                                    std::string& error) {
  std::unique_ptr<Stage> stage(new Stage(options));
  error = stage->set_up(shops);
  if (!error.empty()) {
    error += "; see " + stage->folder_.string();
    return nullptr;
  }
  return stage;
}

Stage::Stage(const StageOptions& options) : options_(options), wire_work_(wire_.get_executor()) {
  wire_thread_ = std::thread([this] { wire_.run(); });
}

Stage::~Stage() {
  for (Node& node : nodes_) {
    if (node.process) node.process->signal(SIGCONT);
  }
  on_wire([this] {
    for (Node& node : nodes_) {
      node.line.reset();
      node.link.reset();
    }
  });
  wire_work_.reset();
  wire_.stop();
  wire_thread_.join();
}

std::string Stage::set_up(const std::vector<shop::Shop>& shops) {
  std::string pattern = (fs::temp_directory_path() / "switchboard-chaos-XXXXXX").string();
  if (!mkdtemp(pattern.data())) return "cannot make a temporary directory";
  folder_ = pattern;
  fs::create_directory(path("aof"));
  spoil_disk(0, 0);
  spoil_disk(1, 0);
  if (!start_redis()) return "redis-server did not start";
  const auto redis_url = "unix://" + redis_socket();
  for (const shop::Shop& shop : shops) {
    const auto file = path(shop.id + ".toml");
    std::ofstream(file) << shop::export_shop(shop);
    if (!load::output_of({options_.binary, "shop", "apply", file, "--redis", redis_url}))
      return "the shop " + shop.id + " could not be applied";
    auto key = load::output_of({options_.binary, "token", "--redis", redis_url, "--shop", shop.id, "--key"});
    if (!key) return "the shop " + shop.id + " has no key";
    keys_.emplace_back(shop.id, key->substr(0, key->find('\n')));
  }
  if (auto wrong = replace_functions(); !wrong.empty()) return wrong;
  nodes_.resize(static_cast<std::size_t>(options_.gateways));
  for (int i = 0; i < gateways(); ++i) {
    std::string error;
    if (!set_up_lines(i, error)) return error;
    if (!start_gateway(i) || !wait_ready(i, 30s)) return "gateway " + std::to_string(i) + " did not start";
  }
  return {};
}

bool Stage::set_up_lines(int gateway, std::string& error) {
  Node& node = nodes_[static_cast<std::size_t>(gateway)];
  RedisProxy::stream::endpoint door;
  if (options_.namespaces) {
    node.network = Network::make(gateway, error);
    if (!node.network) return false;
    // A network of our own: every port is free.
    const boost::asio::ip::tcp::endpoint tcp(node.network->our_address(Side::redis), 6379);
    door = tcp;
    node.redis_url = "redis://" + tcp.address().to_string() + ":" + std::to_string(tcp.port());
  } else {
    const auto socket = path("redis-" + std::to_string(gateway) + ".sock");
    door = RedisProxy::local::endpoint(socket);
    node.redis_url = "unix://" + socket;
  }
  on_wire([&] {
    const auto seed = options_.seed * 1'000 + static_cast<std::uint64_t>(gateway);
    const auto lie = options_.bad ? options_.bad->lie : Lie::none;
    node.line = std::make_unique<LineProxy>(wire_, seed);
    node.link = std::make_unique<RedisProxy>(wire_, door, redis_socket(), lie, seed);
    node.port = node.line->port();
  });
  return true;
}

// The gateways take a library that is there already, if it is not older than their own.
std::string Stage::replace_functions() {
  if (!options_.bad || options_.bad->functions.empty()) return {};
  const auto redis = connect(redis_socket());
  const auto listed = ask(redis, "FUNCTION LIST LIBRARYNAME sb1 WITHCODE");
  if (!listed || listed->type != REDIS_REPLY_ARRAY || listed->elements != 1) return "no functions are loaded";
  const auto* stored = value_of(*listed->element[0], "library_code");
  if (!stored) return "the functions have no code";
  std::string code(stored->str, stored->len);
  for (const Replacement& replacement : options_.bad->functions) {
    const auto at = code.find(replacement.text);
    if (at == std::string::npos || code.find(replacement.text, at + 1) != std::string::npos)
      return "the functions have changed, " + std::string(options_.bad->name) +
             " must be written anew: " + std::string(replacement.text);
    code.replace(at, replacement.text.size(), replacement.by);
  }
  const auto loaded = ask(redis, "FUNCTION LOAD REPLACE %b", code.data(), code.size());
  if (!loaded || loaded->type == REDIS_REPLY_ERROR)
    return "the replaced functions cannot be loaded: " + std::string(loaded ? loaded->str : "no answer");
  return {};
}

std::string Stage::key_of(const std::string& shop) const {
  for (const auto& [id, key] : keys_)
    if (id == shop) return key;
  return {};
}

load::Target Stage::target(int gateway) const {
  const auto port = nodes_[static_cast<std::size_t>(gateway)].port;
  return {{boost::asio::ip::address_v4::loopback(), port}, "127.0.0.1:" + std::to_string(port)};
}

// ---------------------------------------------------------------- gateways

bool Stage::start_gateway(int gateway) {
  Node& node = nodes_[static_cast<std::size_t>(gateway)];
  const auto name = "gateway-" + std::to_string(gateway);
  std::vector<std::string> command{options_.binary, "serve",       "--port", std::to_string(node.own_port),
                                   "--threads",     "1",           "--data", path(name),
                                   "--redis",       node.redis_url};
  if (node.network) command.insert(command.end(), {"--address", "0.0.0.0"});
  command.insert(command.end(), serve_flags.begin(), serve_flags.end());
  if (options_.short_waits) command.insert(command.end(), short_waits.begin(), short_waits.end());
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  std::string error;
  node.process.reset();
  const auto network = node.network ? std::optional(node.network->descriptor()) : std::nullopt;
  auto process = load::Process::start(command, path(name + ".log"), error, network);
  if (!process) return false;
  node.process.emplace(std::move(*process));
  node.ready = false;
  return true;
}

bool Stage::wait_ready(int gateway, std::chrono::milliseconds within) {
  Node& node = nodes_[static_cast<std::size_t>(gateway)];
  constexpr std::string_view ready = "listening on http://";
  while (!node.ready) {
    const auto line = node.process->read_line(within);
    if (!line) return false;
    if (!line->starts_with(ready)) continue;
    node.own_port = static_cast<std::uint16_t>(std::stoi(line->substr(line->rfind(':') + 1)));
    with_line(gateway, [&](LineProxy& proxy) { proxy.lead_to(own(gateway, Side::clients)); });
    node.ready = true;
  }
  return true;
}

bool Stage::gateway_was_ready(int gateway) {
  return wait_ready(gateway, 0ms);
}

// Where the gateway is reached, over which line.
boost::asio::ip::tcp::endpoint Stage::own(int gateway, Side side) const {
  const Node& node = nodes_[static_cast<std::size_t>(gateway)];
  return {node.network ? node.network->address(side) : boost::asio::ip::address_v4::loopback(),
          node.own_port};
}

std::optional<std::string> Stage::metrics(int gateway) const {
  const Node& node = nodes_[static_cast<std::size_t>(gateway)];
  return node.ready ? scrape(own(gateway, Side::redis), 500ms) : std::nullopt;
}

// A gateway that does not answer in time is not asked again: it is stopped, or already gone.
void Stage::look_at_books(int gateway) {
  const auto text = metrics(gateway);
  if (!text) return;
  ++books_.read;
  books_.repairs += counter_in(*text, "switchboard_reconciler_repairs_total");
  books_.differences += counter_in(*text, "switchboard_desk_differences_total");
}

void Stage::take_descriptors(int gateway, bool taken) {
  const auto pid = nodes_[static_cast<std::size_t>(gateway)].process->pid();
  rlimit limit{};
  if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) != 0) return;
  std::error_code gone;
  const auto open = std::distance(fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone), {});
  limit.rlim_cur = taken ? static_cast<rlim_t>(open) : limit.rlim_max;
  ::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr);
}

void Stage::kill_gateway(int gateway) {
  look_at_books(gateway);
  auto& process = nodes_[static_cast<std::size_t>(gateway)].process;
  process->signal(SIGKILL);
  process->wait_for_end(10s);
}

int Stage::drain_gateway(int gateway) {
  look_at_books(gateway);
  auto& process = nodes_[static_cast<std::size_t>(gateway)].process;
  process->signal(SIGTERM);
  if (const auto code = process->wait_for_end(25s)) return *code;
  process->signal(SIGKILL);
  process->wait_for_end(10s);
  return 128 + SIGKILL;
}

void Stage::pause_gateway(int gateway) {
  nodes_[static_cast<std::size_t>(gateway)].process->signal(SIGSTOP);
}

void Stage::resume_gateway(int gateway) {
  nodes_[static_cast<std::size_t>(gateway)].process->signal(SIGCONT);
}

bool Stage::gateway_runs(int gateway) {
  auto& process = nodes_[static_cast<std::size_t>(gateway)].process;
  return process && process->running();
}

// ---------------------------------------------------------------- Redis

bool Stage::start_redis() {
  return run_redis(redis_socket());
}

bool Stage::run_redis(const std::string& socket) {
  std::string error;
  redis_.reset();
  std::vector<std::string> command{"env", "SWITCHBOARD_BAD_DISK=" + path("disk")};
  if (!options_.bad_disk.empty()) command.push_back("LD_PRELOAD=" + options_.bad_disk);
  const std::string appendfsync(options_.bad ? options_.bad->appendfsync : "always");
  for (const char* word : {"redis-server", "--port", "0", "--daemonize", "no", "--appendonly", "yes",
                           "--save", "", "--aof-load-truncated", "yes", "--maxmemory-policy", "noeviction"})
    command.push_back(word);
  for (const auto& word :
       {std::string("--unixsocket"), socket, std::string("--dir"), path("aof"), std::string("--logfile"),
        path("redis.log"), std::string("--appendfsync"), appendfsync})
    command.push_back(word);
  auto process = load::Process::start(command, path("redis.err"), error);
  if (!process) return false;
  redis_.emplace(std::move(*process));
  return redis_answers(socket, 20s);
}

bool Stage::redis_answers(const std::string& socket, std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (std::chrono::steady_clock::now() < until && redis_->running()) {
    const auto reply = ask(connect(socket), "PING");
    if (reply && reply->type == REDIS_REPLY_STATUS) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

void Stage::kill_redis() {
  redis_->signal(SIGKILL);
  redis_->wait_for_end(10s);
}

bool Stage::cut_log(std::size_t octets) {
  std::error_code error;
  for (const auto& file : fs::directory_iterator(path("aof/appendonlydir"), error)) {
    if (file.path().extension() != ".aof" || file.path().string().find(".incr.") == std::string::npos)
      continue;
    const auto size = fs::file_size(file.path(), error);
    if (!error && size > octets) fs::resize_file(file.path(), size - octets, error);
  }
  // What is left is seen where no gateway looks for Redis.
  const auto aside = path("aside.sock");
  if (error || !run_redis(aside)) return false;
  LastEvents last;
  for (const auto& [shop, key] : keys_) {
    const auto reader = check::RedisReader::open(aside, shop);
    const auto event = reader ? reader->last_event() : std::nullopt;
    if (!event) return false;
    last[shop] = *event;
  }
  kill_redis();
  if (when_cut_) when_cut_(last);
  return true;
}

void Stage::pause_redis() {
  redis_->signal(SIGSTOP);
}

void Stage::resume_redis() {
  redis_->signal(SIGCONT);
}

void Stage::slow_fsync(std::chrono::microseconds delay) {
  spoil_disk(0, static_cast<std::uint32_t>(delay.count()));
}

void Stage::fill_disk(bool full) {
  spoil_disk(1, full ? 1 : 0);
}

void Stage::spoil_disk(std::size_t place, std::uint32_t value) {
  // In place: Redis has the file mapped.
  std::fstream file(path("disk"), std::ios::binary | std::ios::in | std::ios::out);
  if (!file) file.open(path("disk"), std::ios::binary | std::ios::out);
  file.seekp(static_cast<std::streamoff>(place * sizeof value));
  file.write(reinterpret_cast<const char*>(&value), sizeof value);
}

void Stage::fill_memory(bool full) {
  ask(connect(redis_socket()), full ? "CONFIG SET maxmemory 1mb" : "CONFIG SET maxmemory 0");
}

void Stage::kill_subscribers() {
  ask(connect(redis_socket()), "CLIENT KILL TYPE pubsub");
}

// ---------------------------------------------------------------- lines

void Stage::on_wire(const std::function<void()>& what) {
  std::promise<void> done;
  boost::asio::post(wire_, [&] {
    what();
    done.set_value();
  });
  done.get_future().wait();
}

void Stage::with_line(int gateway, const std::function<void(LineProxy&)>& what) {
  on_wire([&] { what(*nodes_[static_cast<std::size_t>(gateway)].line); });
}

void Stage::with_redis_link(int gateway, const std::function<void(RedisProxy&)>& what) {
  on_wire([&] { what(*nodes_[static_cast<std::size_t>(gateway)].link); });
}

bool Stage::trouble_packets(int gateway, Side side, PacketTrouble trouble) {
  const Node& node = nodes_[static_cast<std::size_t>(gateway)];
  return node.network && node.network->trouble(side, trouble);
}

std::string Stage::stop() {
  std::string wrong;
  for (int i = 0; i < gateways(); ++i) {
    if (!gateway_runs(i)) continue;
    if (const int code = drain_gateway(i); code != 0)
      wrong += "gateway " + std::to_string(i) + " ended with " + std::to_string(code) + "; ";
  }
  redis_->signal(SIGTERM);
  redis_->wait_for_end(10s);
  return wrong;
}

}  // namespace switchboard::chaos
