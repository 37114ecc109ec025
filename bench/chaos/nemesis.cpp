#include "bench/chaos/nemesis.hpp"

#include <signal.h>

#include <algorithm>
#include <random>

namespace switchboard::chaos {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr auto pause_max = 1500ms;          // between two faults
constexpr double second_fault_share = 0.3;  // of faults that another joins
constexpr auto look_every = 50ms;
// What a fault leaves behind is over by then: commands that time out, a desk that is taken over, clients that
// return.
constexpr std::int64_t aftermath_ms = 4'000;

using Wrong = std::string;

Wrong nothing(Stage&, const Fault&) {
  return {};
}

Wrong start_gateway(Stage& stage, const Fault& fault) {
  return stage.start_gateway(fault.gateway)
             ? Wrong()
             : "gateway " + std::to_string(fault.gateway) + " did not start again";
}

Wrong drain(Stage& stage, const Fault& fault) {
  const int code = stage.drain_gateway(fault.gateway);
  return code == 0 ? Wrong() : "a drained gateway ended with " + std::to_string(code);
}

Wrong kill_all(Stage& stage, const Fault&) {
  for (int i = 0; i < stage.gateways(); ++i) stage.kill_gateway(i);
  return {};
}

Wrong start_all(Stage& stage, const Fault&) {
  for (int i = 0; i < stage.gateways(); ++i)
    if (!stage.start_gateway(i)) return "gateway " + std::to_string(i) + " did not start again";
  return {};
}

Wrong start_redis(Stage& stage, const Fault&) {
  return stage.start_redis() ? Wrong() : "Redis did not start again";
}

Wrong trouble_line(Stage& stage, const Fault& fault, LineTrouble trouble) {
  stage.with_line(fault.gateway, [&](LineProxy& line) { line.trouble(trouble); });
  return {};
}

Wrong heal_line(Stage& stage, const Fault& fault) {
  return trouble_line(stage, fault, {});
}

Wrong trouble_link(Stage& stage, const Fault& fault, RedisTrouble trouble) {
  stage.with_redis_link(fault.gateway, [&](RedisProxy& link) { link.trouble(trouble); });
  return {};
}

Wrong heal_link(Stage& stage, const Fault& fault) {
  return trouble_link(stage, fault, {});
}

Wrong trouble_packets(Stage& stage, const Fault& fault, Side side, PacketTrouble trouble) {
  return stage.trouble_packets(fault.gateway, side, trouble) ? Wrong() : "tc refused";
}

Wrong heal_packets(Stage& stage, const Fault& fault) {
  for (const Side side : {Side::clients, Side::redis})
    if (auto wrong = trouble_packets(stage, fault, side, {}); !wrong.empty()) return wrong;
  return {};
}

// Octets after which the first of the new connections is cut; the next ones come further.
std::size_t first_cut(const Fault& fault) {
  return 1 + fault.strength % 1'200;
}

const std::vector<FaultKind> kinds = {
    {"kill-gateway", "kill -9 (1)", 200, 3'000, false,
     [](Stage& s, const Fault& f) {
       s.kill_gateway(f.gateway);
       return Wrong();
     },
     start_gateway},
    {"drain-gateway", "SIGTERM, wait, start (6)", 100, 1'000, false, drain, start_gateway},
    {"pause-gateway", "SIGSTOP (4, 5)", 300, 6'000, false,
     [](Stage& s, const Fault& f) {
       s.pause_gateway(f.gateway);
       return Wrong();
     },
     [](Stage& s, const Fault& f) {
       s.resume_gateway(f.gateway);
       return Wrong();
     }},
    {"kill-all-gateways", "kill -9 of all (2)", 200, 1'500, true, kill_all, start_all},
    {"kill-redis", "kill -9 (9)", 0, 3'000, true,
     [](Stage& s, const Fault&) {
       s.kill_redis();
       return Wrong();
     },
     start_redis},
    {"pause-redis", "SIGSTOP (15, 18)", 200, 5'000, true,
     [](Stage& s, const Fault&) {
       s.pause_redis();
       return Wrong();
     },
     [](Stage& s, const Fault&) {
       s.resume_redis();
       return Wrong();
     }},
    {"slow-fsync", "every fsync takes up to 1.5 s (10)", 1'000, 5'000, true,
     [](Stage& s, const Fault& f) {
       s.slow_fsync(milliseconds(20 + f.strength % 1'480));
       return Wrong();
     },
     [](Stage& s, const Fault&) {
       s.slow_fsync(0ms);
       return Wrong();
     }},
    {"kill-slow-redis", "slow fsyncs, then kill -9 in the middle (10, 11)", 0, 2'000, true,
     [](Stage& s, const Fault& f) {
       s.slow_fsync(1'400ms);
       std::this_thread::sleep_for(milliseconds(2'000 + f.strength % 1'000));
       s.kill_redis();
       s.slow_fsync(0ms);
       return Wrong();
     },
     start_redis},
    {"full-disk", "no room for the log: Redis ends itself (14)", 500, 3'000, true,
     [](Stage& s, const Fault&) {
       s.fill_disk(true);
       return Wrong();
     },
     [](Stage& s, const Fault& f) {
       s.fill_disk(false);
       return start_redis(s, f);
     }},
    {"full-memory", "Redis at maxmemory (16)", 500, 4'000, true,
     [](Stage& s, const Fault&) {
       s.fill_memory(true);
       return Wrong();
     },
     [](Stage& s, const Fault&) {
       s.fill_memory(false);
       return Wrong();
     }},
    {"no-descriptors", "the gateway gets no further descriptor, and its lines are reset (8)", 500, 4'000,
     false,
     [](Stage& s, const Fault& f) {
       s.take_descriptors(f.gateway, true);
       s.with_line(f.gateway, [](LineProxy& line) { line.cut_all(); });
       return Wrong();
     },
     [](Stage& s, const Fault& f) {
       s.take_descriptors(f.gateway, false);
       return Wrong();
     }},
    {"kill-subscribers", "Redis ends the connections it publishes on (19)", 0, 0, true,
     [](Stage& s, const Fault&) {
       s.kill_subscribers();
       return Wrong();
     },
     nothing},
    {"part-redis", "one gateway's lines to Redis fall silent (22)", 500, 6'000, false,
     [](Stage& s, const Fault& f) { return trouble_link(s, f, {.silent = true}); }, heal_link},
    {"slow-redis", "replies are held back (3)", 500, 4'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_link(s, f, {.reply_delay = milliseconds(20 + f.strength % 1'000)});
     },
     heal_link},
    {"lose-replies", "functions are done, their replies lost with the line (27)", 500, 2'000, false,
     [](Stage& s, const Fault& f) {
       s.with_redis_link(f.gateway, [&](RedisProxy& link) { link.lose_replies(1 + f.strength % 4); });
       return Wrong();
     },
     [](Stage& s, const Fault& f) {
       s.with_redis_link(f.gateway, [](RedisProxy& link) { link.lose_replies(0); });
       return Wrong();
     }},
    {"lose-reply-kill", "a reply held back, then the gateway killed (3)", 300, 2'000, false,
     [](Stage& s, const Fault& f) {
       trouble_link(s, f, {.reply_delay = 5s});
       std::this_thread::sleep_for(300ms);
       s.kill_gateway(f.gateway);
       return Wrong();
     },
     [](Stage& s, const Fault& f) {
       heal_link(s, f);
       return start_gateway(s, f);
     }},
    {"cut-redis", "one gateway's lines to Redis are cut", 0, 0, false,
     [](Stage& s, const Fault& f) {
       s.with_redis_link(f.gateway, [](RedisProxy& link) { link.cut_all(); });
       return Wrong();
     },
     nothing},
    {"cut-lines", "all client lines of a gateway are reset (28, 31)", 0, 0, false,
     [](Stage& s, const Fault& f) {
       s.with_line(f.gateway, [](LineProxy& line) { line.cut_all(); });
       return Wrong();
     },
     nothing},
    {"cut-at-octet", "each new line is cut after one octet more (26)", 1'000, 4'000, false,
     [](Stage& s, const Fault& f) {
       LineTrouble trouble;
       trouble.cut_after[f.strength % 2] = first_cut(f);
       s.with_line(f.gateway, [](LineProxy& line) { line.cut_all(); });
       return trouble_line(s, f, trouble);
     },
     heal_line},
    {"slow-lines", "300 +- 200 ms (25)", 500, 5'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_line(s, f, {.delay = milliseconds(20 + f.strength % 300), .jitter = 200ms});
     },
     heal_line},
    {"silence-lines", "client lines fall silent both ways (24)", 500, 7'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_line(s, f, {.silent = {true, true}});
     },
     heal_line},
    {"silence-down", "nothing comes to the clients, all of theirs arrives (23)", 500, 7'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_line(s, f, {.silent = {false, true}});
     },
     heal_line},
    {"silence-up", "nothing of the clients arrives, all comes to them", 500, 7'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_line(s, f, {.silent = {true, false}});
     },
     heal_line},
    {"cut-log", "kill -9 of Redis, and up to 500 octets of the end of its log are gone (12)", 0, 2'000, true,
     [](Stage& s, const Fault& f) {
       s.kill_redis();
       return s.cut_log(1 + f.strength % 500) ? Wrong() : "the log could not be cut";
     },
     start_redis, Drawn::by_name},
    {"drop-redis", "no packet between a gateway and Redis (22)", 1'000, 14'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_packets(s, f, Side::redis, {.to_gateway_lost = true, .from_gateway_lost = true});
     },
     heal_packets, Drawn::with_namespaces},
    {"drop-redis-one-way", "no packet of Redis to a gateway, or none of the gateway to Redis (22)", 1'000,
     8'000, false,
     [](Stage& s, const Fault& f) {
       const bool to_gateway = f.strength % 2 == 0;
       return trouble_packets(s, f, Side::redis,
                              {.to_gateway_lost = to_gateway, .from_gateway_lost = !to_gateway});
     },
     heal_packets, Drawn::with_namespaces},
    {"drop-down", "no packet of a gateway to its clients (23)", 1'000, 8'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_packets(s, f, Side::clients, {.from_gateway_lost = true});
     },
     heal_packets, Drawn::with_namespaces},
    {"drop-up", "no packet of its clients to a gateway (23)", 1'000, 8'000, false,
     [](Stage& s, const Fault& f) { return trouble_packets(s, f, Side::clients, {.to_gateway_lost = true}); },
     heal_packets, Drawn::with_namespaces},
    {"half-open", "no packet either way, and the clients vanish without a FIN (24)", 1'000, 8'000, false,
     [](Stage& s, const Fault& f) {
       const auto wrong =
           trouble_packets(s, f, Side::clients, {.to_gateway_lost = true, .from_gateway_lost = true});
       s.with_line(f.gateway, [](LineProxy& line) { line.cut_all(); });
       return wrong;
     },
     heal_packets, Drawn::with_namespaces},
    {"lose-packets", "a fifth of all packets is lost, to clients or to Redis (25)", 1'000, 6'000, false,
     [](Stage& s, const Fault& f) {
       return trouble_packets(s, f, f.strength % 3 == 0 ? Side::redis : Side::clients, {.lost_share = 0.2});
     },
     heal_packets, Drawn::with_namespaces},
    {"narrow-lines", "64 kbit/s to and from all clients of a gateway (25)", 1'000, 6'000, false,
     [](Stage& s, const Fault& f) { return trouble_packets(s, f, Side::clients, {.kbit_per_s = 64}); },
     heal_packets, Drawn::with_namespaces},
};

std::int64_t wall_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  return kinds;
}

std::vector<Fault> plan_faults(std::uint64_t seed, milliseconds span, int gateways,
                               const std::vector<std::string>& names) {
  std::vector<const FaultKind*> among;
  for (const FaultKind& kind : kinds)
    if (names.empty() ? kind.drawn == Drawn::always : std::ranges::find(names, kind.name) != names.end())
      among.push_back(&kind);
  if (among.empty()) return {};
  std::mt19937_64 random(seed);
  const auto draw = [&](std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  };
  const auto fault = [&](milliseconds at, bool with_other, const Fault* other) {
    Fault one;
    do {
      one.kind = among[static_cast<std::size_t>(draw(0, static_cast<std::int64_t>(among.size()) - 1))];
      one.gateway = static_cast<int>(draw(0, gateways - 1));
    } while (with_other && one.kind->of_redis);
    if (with_other && one.gateway == other->gateway) one.gateway = (one.gateway + 1) % gateways;
    one.at = at;
    one.length = milliseconds(draw(one.kind->length_min_ms, one.kind->length_max_ms));
    one.strength = static_cast<std::uint32_t>(random());
    return one;
  };
  // Two at a time only of two gateways.
  const bool pairs = gateways > 1 && std::ranges::any_of(among, [](auto* kind) { return !kind->of_redis; });
  std::vector<Fault> plan;
  for (auto at = milliseconds(draw(200, pause_max.count()));;) {
    const Fault first = fault(at, false, nullptr);
    auto end = first.at + first.length;
    if (end > span) break;
    plan.push_back(first);
    if (pairs && first.kind->name != "kill-all-gateways" &&
        std::bernoulli_distribution(second_fault_share)(random)) {
      const Fault second = fault(at + milliseconds(draw(0, first.length.count())), true, &first);
      if (second.at + second.length <= span) {
        plan.push_back(second);
        end = std::max(end, second.at + second.length);
      }
    }
    at = end + milliseconds(draw(100, pause_max.count()));
  }
  return plan;
}

std::string describe(const Fault& fault) {
  return std::string(fault.kind->name) + (fault.kind->of_redis ? "" : " " + std::to_string(fault.gateway)) +
         " at " + std::to_string(fault.at.count()) + " ms for " + std::to_string(fault.length.count()) +
         " ms, strength " + std::to_string(fault.strength);
}

Nemesis::Nemesis(Stage& stage, std::vector<Fault> plan, const std::filesystem::path& told_in)
    : stage_(stage),
      plan_(std::move(plan)),
      told_(std::fopen(told_in.c_str(), "we"), [](std::FILE* file) { return file ? std::fclose(file) : 0; }),
      thread_([this] { run(); }) {}

Nemesis::~Nemesis() {
  finish();
}

std::optional<steady_clock::time_point> Nemesis::calm_since() const {
  const std::lock_guard lock(mutex_);
  return active_ > 0 ? std::nullopt : std::optional(calm_since_);
}

std::vector<check::Span> Nemesis::disturbed() const {
  const std::lock_guard lock(mutex_);
  auto spans = disturbed_;
  for (auto& span : spans) span.to_ms += aftermath_ms;
  return spans;
}

std::string Nemesis::finish() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  return wrong_;
}

// ---------------------------------------------------------------- its thread

void Nemesis::run() {
  std::vector<Step> steps;
  for (const Fault& fault : plan_) {
    steps.push_back({fault.at, &fault, true});
    steps.push_back({fault.at + fault.length, &fault, false});
  }
  std::ranges::stable_sort(steps, {}, &Step::at);
  const auto start = steady_clock::now();
  std::unique_lock lock(mutex_);
  for (const Step& step : steps) {
    while (!end_ && steady_clock::now() < start + step.at) {
      changed_.wait_until(lock, std::min(start + step.at, steady_clock::now() + look_every));
      lock.unlock();
      look_after_gateways();
      lock.lock();
    }
    if (end_ && step.begins) continue;  // what has begun is healed
    lock.unlock();
    take(step);
    lock.lock();
  }
  over_ = true;
  while (!end_) {
    changed_.wait_for(lock, look_every);
    lock.unlock();
    look_after_gateways();
    lock.lock();
  }
  lock.unlock();
  if (const auto wrong = stage_.stop(); !wrong.empty()) went_wrong(wrong);
}

void Nemesis::take(const Step& step) {
  const Fault& fault = *step.fault;
  if (step.begins) {
    {
      const std::lock_guard lock(mutex_);
      ++active_;
      disturbed_.push_back({wall_ms(), wall_ms() + fault.length.count()});
      began_ms_[&fault] = wall_ms();
    }
    ++done_[std::string(fault.kind->name)];
    const bool downs = fault.kind->heal == start_gateway || fault.kind->name == "lose-reply-kill";
    if (downs) down_[fault.gateway] = &fault;
    if (fault.kind->heal == start_all)
      for (int i = 0; i < stage_.gateways(); ++i) down_[i] = &fault;
    tell("fault", fault, fault.kind->begin(stage_, fault));
    return;
  }
  tell("heal", fault, fault.kind->heal(stage_, fault));
  std::erase_if(down_, [&](const auto& one) { return one.second == &fault; });
  const std::lock_guard lock(mutex_);
  --active_;
  calm_since_ = steady_clock::now();
  disturbed_.push_back({began_ms_[&fault], wall_ms()});
}

// A gateway that ends though nobody ended it is a bug, whatever the histories say.
void Nemesis::look_after_gateways() {
  for (int i = 0; i < stage_.gateways(); ++i) {
    if (down_.contains(i) || stage_.gateway_runs(i)) continue;
    if (stage_.gateway_was_ready(i)) went_wrong("gateway " + std::to_string(i) + " ended by itself");
    stage_.start_gateway(i);
  }
}

void Nemesis::tell(const char* what, const Fault& fault, const std::string& wrong) {
  if (!wrong.empty()) went_wrong(wrong);
  std::fprintf(stderr, "%s %s%s\n", what, describe(fault).c_str(),
               wrong.empty() ? "" : (": " + wrong).c_str());
  if (!told_) return;
  const auto ns = steady_clock::now().time_since_epoch();
  std::fprintf(
      told_.get(),
      "{\"ns\":%lld,\"what\":\"%s\",\"fault\":\"%s\",\"gateway\":%d,\"length_ms\":%lld,\"strength\":%u}\n",
      static_cast<long long>(std::chrono::duration_cast<std::chrono::nanoseconds>(ns).count()), what,
      std::string(fault.kind->name).c_str(), fault.gateway, static_cast<long long>(fault.length.count()),
      fault.strength);
  std::fflush(told_.get());
}

void Nemesis::went_wrong(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (!wrong_.empty()) wrong_ += "; ";
  wrong_ += what;
}

}  // namespace switchboard::chaos
