#include "bench/modes/chaos.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <random>

#include "bench/chaos/busy_shop.hpp"
#include "bench/chaos/nemesis.hpp"
#include "bench/chaos/stage.hpp"
#include "bench/check/judge.hpp"
#include "bench/check/redis_reader.hpp"
#include "bench/load/pairs.hpp"
#include "bench/shopday/people.hpp"

namespace switchboard::bench {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using load::Clock;
using shopday::Day;

namespace {

constexpr auto look_every = 500ms;
constexpr auto flush_every = 1s;
// Nobody may wait beside a free agent for `stuck_after`, once nothing has been disturbed for `calm_after` (a
// lost agent's grace, an offer that nobody answers, a desk that is taken over are over by then).
constexpr auto stuck_after = 4s;
constexpr auto calm_after = 15s;
constexpr auto warm_up = 2s;

struct ShopRun {
  std::string id;
  shopday::Trace trace;
  std::unique_ptr<Day> day;
  shopday::People people;
  std::unique_ptr<check::EventFollower> events;
};

std::string mark_of(const std::string& shop) {
  return "<<of-" + shop + ">>";
}

// Both shops, on their way.
class Load {
 public:
  Load(const ChaosOptions& options, const std::string& folder, std::uint64_t seed)
      : options_(options), wire_(io_, seed), gateway_choice_(seed ^ 0xC0FFEE) {
    const chaos::BusySetting setting{.length = length(),
                                     .visitors_per_s = options.visitors_per_s / 2,
                                     .agents = std::max(3, static_cast<int>(options.visitors_per_s * 1.6))};
    for (const char* id : {"north", "south"}) {
      auto& shop = shops_.emplace_back();
      shop.id = id;
      shop.trace = chaos::busy_trace(seed * 2 + shops_.size(), setting);
    }
    folder_ = folder;
  }

  std::chrono::milliseconds length() const {
    return std::chrono::milliseconds(static_cast<std::int64_t>(options_.common.duration_s * 1000));
  }
  // `places`: what the router is told of an agent's places, times the truth.
  std::vector<shop::Shop> shop_files(int places) const {
    std::vector<shop::Shop> files;
    for (const ShopRun& shop : shops_) {
      files.push_back(chaos::busy_shop(shop.trace, shop.id));
      for (auto& agent : files.back().agents) agent.capacity *= places;
    }
    return files;
  }

  void begin(chaos::Stage& stage, const chaos::BadSystem* bad, std::uint64_t seed) {
    for (ShopRun& shop : shops_) {
      shopday::DaySetting setting;
      setting.shop = shop.id;
      setting.speed = chaos::busy_speed;
      setting.seed = seed;
      setting.mark = mark_of(shop.id);
      setting.foreign_mark = mark_of(shop.id == "north" ? "south" : "north");
      setting.retry_max = 1s;
      setting.silence_max = 3s;
      setting.may_vanish = std::ranges::find(options_.faults, "cut-log") != options_.faults.end();
      setting.agent_line_loss = 0.01;
      setting.agent_away = bad ? bad->agents_away : chaos::BadSystem{}.agents_away;
      setting.agent_away_max = 9s;  // beyond the grace
      setting.choose_target = [this, &stage] {
        return stage.target(std::uniform_int_distribution<>(0, stage.gateways() - 1)(gateway_choice_));
      };
      shop.day = std::make_unique<Day>(
          wire_, shopday::Server{stage.target(0), stage.key_of(shop.id), stage.redis_socket()}, shop.trace,
          setting);
      shop.day->record.keep(stage.folder() / ("history-" + shop.id + ".jsonl"));
      const auto redis = check::RedisReader::open(stage.redis_socket(), shop.id);
      for (const auto& arrival : shop.trace.arrivals) {
        if (redis && !arrival.last_agent.empty())
          redis->set_last_agent(shopday::Visitor::id_of(arrival), arrival.last_agent);
      }
      shop.events = std::make_unique<check::EventFollower>(stage.redis_socket(), shop.id);
      shop.day->begin(Clock::now() + warm_up);
      shop.people = shopday::make_people(*shop.day);
    }
    stage.when_cut([this](const chaos::Stage::LastEvents& last) {
      ++cuts_;
      for (ShopRun& shop : shops_) shop.events->rewind(last.at(shop.id));
    });
  }

  bool all_gone() const {
    return std::ranges::all_of(
        shops_, [](const ShopRun& shop) { return shop.people.all_gone() && shop.people.agents_at_rest(); });
  }

  // To the last one's leaving. False: somebody could not leave.
  bool play(const chaos::Nemesis& nemesis) {
    auto next_look = Clock::now(), next_flush = next_look;
    const auto look = [&] {
      const auto now = Clock::now();
      if (now >= next_flush) {
        next_flush = now + flush_every;
        for (ShopRun& shop : shops_) shop.day->record.flush();
      }
      if (now >= next_look) {
        next_look = now + look_every;
        const auto calm = nemesis.calm_since();
        if (calm && now - *calm > calm_after)
          for (ShopRun& shop : shops_) shopday::note_stuck(*shop.day, shop.people, stuck_after);
      }
      return nemesis.over() && all_gone();
    };
    while (!nemesis.over()) load::run_until(io_, 1s, look);
    // Whoever waits then is served, or is stuck and noted; after that nothing would come any more. Of a bad
    // system nothing more is expected.
    const bool bad = !options_.bad.empty();
    if (load::run_until(io_, bad ? 12s : calm_after + 15s, look)) return true;
    bool good = true;
    for (ShopRun& shop : shops_) good = shopday::send_home(io_, shop.people, bad ? 3s : 30s) && good;
    // An agent who is away may still have something to say.
    return (load::run_until(io_, bad ? 0s : 15s, [&] { return all_gone(); }) || bad) && good;
  }

  std::string read_everything(const std::vector<check::Span>& disturbed) {
    std::string wrong;
    for (ShopRun& shop : shops_) {
      Day& day = *shop.day;
      for (auto& agent : shop.people.agents) agent->send_home();
      const auto read = shopday::read_final_logs(day, io_, shop.people, 1'000);
      if (read.from_redis != day.history.conversations.size())
        wrong = "not every log could be read from Redis";
      if (read.from_server != read.asked_of_server) wrong = "not every log could be read from the gateways";
      bool complete = false;
      auto transitions = shop.events->finish(complete);
      day.record.transitions(std::move(transitions), complete);
      if (!complete) wrong = "the event stream could not be followed without a gap";
      for (const auto& span : disturbed) day.record.disturbed(span);
      day.record.cuts(cuts_);
      day.record.flush();
    }
    return wrong;
  }

  const std::vector<ShopRun>& shops() const { return shops_; }

 private:
  const ChaosOptions& options_;
  boost::asio::io_context io_;
  load::Wire wire_;
  std::mt19937_64 gateway_choice_;
  std::vector<ShopRun> shops_;
  std::atomic<std::uint64_t> cuts_ = 0;
  std::string folder_;
};

void add_verdict(const check::History& history, const std::string& name, Outcome& outcome) {
  const auto verdict = check::judge(history);
  auto& faults = outcome.faults;
  faults.lost += verdict.count(check::Fault::lost);
  faults.doubled += verdict.count(check::Fault::doubled);
  faults.reordered += verdict.count(check::Fault::reordered);
  faults.over_capacity += verdict.count(check::Fault::over_capacity);
  faults.stuck += verdict.count(check::Fault::stuck);
  faults.overtaken += verdict.count(check::Fault::overtaken);
  faults.leaked += verdict.count(check::Fault::leaked);
  for (const auto& finding : verdict.findings)
    std::fprintf(stderr, "%s: %s: %s\n", name.c_str(), finding.rule.c_str(), finding.what.c_str());
}

// How much of everything happened, for people and for --require.
void describe(const Load& load, const chaos::Nemesis& nemesis, chaos::Stage& stage, Outcome& outcome) {
  std::map<std::string, std::uint64_t> sum;
  for (const ShopRun& shop : load.shops()) {
    const auto& tally = shop.day->tally;
    sum["messages"] += tally.acknowledged;
    sum["repeats"] += tally.repeats;
    sum["chats"] += tally.arrived;
    sum["served"] += tally.served;
    sum["abandoned"] += tally.abandoned;
    sum["entries_received"] += tally.entries;
    sum["resets"] += tally.resets;
    for (const auto& [id, conversation] : shop.day->history.conversations) {
      sum["duplicates_acknowledged"] +=
          static_cast<std::uint64_t>(std::ranges::count_if(conversation.acked, &check::Acked::duplicate));
      sum["offered_again"] += conversation.offered_again.size();
      sum["vanished"] += conversation.vanished ? 1 : 0;
      sum["judged_by_place"] += conversation.queue_class.empty() ? 0 : 1;
    }
    for (const auto& step : shop.day->history.transitions) {
      if (step.kind == 'R') ++sum["requeued"];
      if (step.kind == 'F') ++sum["offers"];
    }
    for (const auto& visitor : shop.people.visitors) sum["connections"] += visitor->client().connections();
    for (const auto& agent : shop.people.agents) sum["connections"] += agent->client().connections();
  }
  for (const auto& [name, count] : nemesis.done()) {
    sum["faults"] += count;
    outcome.figures["fault_" + name] = count;
  }
  for (int i = 0; i < stage.gateways(); ++i) {
    stage.with_line(i, [&](chaos::LineProxy& line) {
      sum["lines_cut_at_octet"] += line.counts().cut_at_octet[0] + line.counts().cut_at_octet[1];
    });
    stage.with_redis_link(i, [&](chaos::RedisProxy& link) {
      sum["replies_lost"] += link.counts().replies_lost;
      sum["lies"] += link.counts().lies;
      sum["redis_commands"] += link.counts().commands;
    });
  }
  for (const auto& [name, count] : sum) outcome.figures[name] = count;
  const auto row = [&](const char* title, const std::string& value) {
    outcome.rows.emplace_back(title, value);
  };
  const auto n = [&](const char* name) { return std::to_string(sum[name]); };
  row("chats / served / left", n("chats") + " / " + n("served") + " / " + n("abandoned"));
  row("messages / repeats / known again",
      n("messages") + " / " + n("repeats") + " / " + n("duplicates_acknowledged"));
  row("faults", n("faults"));
  row("lines made / cut at an octet / replies lost",
      n("connections") + " / " + n("lines_cut_at_octet") + " / " + n("replies_lost"));
  row("offers / given back", n("offers") + " / " + n("requeued"));
}

// No fault that is drawn explains that what is kept in two places disagrees, or the router and the store.
std::string add_books(const chaos::Stage::Books& books, const ChaosOptions& options, Outcome& outcome) {
  outcome.figures["reconciler_repairs"] = books.repairs;
  outcome.figures["desk_differences"] = books.differences;
  outcome.figures["gateways_asked"] = books.read;
  const auto counted = std::to_string(books.repairs) + " / " + std::to_string(books.differences);
  outcome.rows.emplace_back("repairs of the books / desk differences", counted);
  if (!options.bad.empty()) return {};
  if (books.read < static_cast<std::uint64_t>(options.gateways)) return "not every gateway told its counters";
  return books.repairs + books.differences == 0
             ? ""
             : "repairs of the books / desk differences: " + counted + " instead of none";
}

void look_at_requirements(const ChaosOptions& options, Outcome& outcome) {
  for (const auto& [name, least] : options.require) {
    const auto* value = outcome.figures.if_contains(name);
    const auto reached = value && value->is_uint64() ? value->as_uint64() : 0;
    if (reached < least)
      outcome.too_little += (outcome.too_little.empty() ? "" : ", ") + name + " " + std::to_string(reached) +
                            " of " + std::to_string(least);
  }
}

// Which faults can be drawn: what packets must be dropped for only where that can be done. Said once, and in
// the figures, if some are left out.
void choose_faults(ChaosOptions& options, Outcome& outcome) {
  const auto& kinds = chaos::fault_kinds();
  const auto of_packets = [&](const std::string& name) {
    return std::ranges::any_of(kinds, [&](const auto& kind) {
      return kind.name == name && kind.drawn == chaos::Drawn::with_namespaces;
    });
  };
  std::string why_not = "--namespaces is not given";
  if (options.namespaces) {
    why_not = chaos::enter_own_network();
    options.namespaces = why_not.empty();
    if (options.faults.empty()) {
      for (const auto& kind : kinds)
        if (kind.drawn != chaos::Drawn::by_name) options.faults.emplace_back(kind.name);
    }
  }
  if (options.namespaces || std::ranges::none_of(options.faults, of_packets)) return;
  std::erase_if(options.faults, of_packets);
  std::fprintf(stderr, "left out all that needs network namespaces: %s\n", why_not.c_str());
  outcome.figures["left_out"] = why_not;
  if (options.faults.empty()) outcome.failure = "no fault is left: " + why_not;
}

}  // namespace

std::map<std::string, std::uint64_t> required_by_default(const ChaosOptions& options) {
  const auto s = static_cast<std::uint64_t>(options.common.duration_s);
  return {
      {"messages", s * 5}, {"served", s / 2}, {"faults", std::max<std::uint64_t>(1, s / 8)}, {"repeats", 1}};
}

Outcome run_chaos(const ChaosOptions& given) {
  Outcome outcome{.mode = "chaos"};
  ChaosOptions options = given;
  auto& seed = options.common.seed;
  if (seed == 0) seed = std::random_device{}() % 1'000'000'000 + 1;
  outcome.figures["seed"] = seed;
  chaos::StageOptions setting{.binary = options.common.gateway.binary,
                              .bad_disk = options.bad_disk,
                              .gateways = options.gateways,
                              .arguments = options.common.gateway.arguments,
                              .seed = seed};
  if (!options.bad.empty()) {
    setting.bad = chaos::bad_system(options.bad);
    if (!setting.bad) throw std::invalid_argument("no such system: " + options.bad);
    if (options.faults.empty()) options.faults.assign(setting.bad->faults.begin(), setting.bad->faults.end());
    outcome.figures["bad"] = options.bad;
  }
  std::fprintf(stderr, "seed %llu\n", static_cast<unsigned long long>(seed));
  choose_faults(options, outcome);
  if (!outcome.failure.empty()) return outcome;
  setting.namespaces = options.namespaces;

  Load load(options, "", seed);
  const auto stage =
      chaos::Stage::start(setting, load.shop_files(setting.bad ? setting.bad->places : 1), outcome.failure);
  if (!stage) return outcome;
  const auto folder = stage->folder();
  load.begin(*stage, setting.bad, seed);
  bool ended = false;
  {
    const auto faults = chaos::plan_faults(seed, load.length(), options.gateways, options.faults);
    chaos::Nemesis nemesis(*stage, faults, folder / "faults.jsonl");
    ended = load.play(nemesis);
    outcome.failure = load.read_everything(nemesis.disturbed());
    if (const auto wrong = nemesis.finish(); !wrong.empty()) outcome.failure = wrong;
    if (const auto wrong = add_books(stage->books(), options, outcome); !wrong.empty())
      outcome.failure = wrong;
    describe(load, nemesis, *stage, outcome);
  }
  if (!ended) outcome.failure = "somebody could not leave after everything was healed";
  for (const ShopRun& shop : load.shops()) add_verdict(shop.day->history, shop.id, outcome);
  look_at_requirements(options, outcome);

  if (outcome.good() && !options.common.gateway.keep_data) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  } else {
    outcome.figures["folder"] = folder.string();
    std::fprintf(stderr, "histories, logs and the AOF: %s\nonce more: %s --seed %llu\n", folder.c_str(),
                 options.command.c_str(), static_cast<unsigned long long>(seed));
  }
  return outcome;
}

Outcome run_judge(const std::string& folder) {
  Outcome outcome{.mode = "judge"};
  std::uint64_t histories = 0;
  for (const auto& file : fs::directory_iterator(folder)) {
    const auto name = file.path().filename().string();
    if (!name.starts_with("history-") || !name.ends_with(".jsonl")) continue;
    check::History history;
    outcome.failure = check::read_history(file.path(), history);
    if (!outcome.failure.empty()) return outcome;
    add_verdict(history, file.path().stem().string(), outcome);
    ++histories;
  }
  outcome.figures["histories"] = histories;
  if (histories == 0) outcome.failure = "no history-*.jsonl in " + folder;
  return outcome;
}

}  // namespace switchboard::bench
