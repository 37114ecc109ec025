// What an event costs the router, by size of shop and by length of queue.
//
//   router_bench                      the table: time per event, and its 99th percentile
//   router_bench --benchmark_filter=Loaded --benchmark_format=json
//
// A shop is agents in groups (own skill, a backup, a persona), classes = skills x wishes x tiers, and so many
// waiting all the time. One turn ends a chat (a place falls free, 2.4), accepts what was offered, and lets a
// visitor come (2.3): three events.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "router/router.hpp"

namespace {

using namespace switchboard::router;  // NOLINT

struct Size {
  int agents;
  int skills;
  int personas;
  int waiting;
};

class BusyShop {
 public:
  explicit BusyShop(const Size& size) : size_(size), router_(policy(size)), dice_(1) {
    for (int i = 0; i < size.agents; ++i) {
      const auto own = static_cast<std::uint8_t>(i % size.skills);
      const auto backup = static_cast<std::uint8_t>((own + 1 + i / size.skills % 2) % size.skills);
      std::vector<SkillLevel> skills = {{SkillId(own), 0}};
      if (backup != own) skills.push_back({SkillId(backup), 1});
      std::optional<PersonaId> persona;
      if (size.personas > 0) persona = PersonaId(static_cast<std::uint8_t>(i / size.skills % size.personas));
      const AgentId agent(static_cast<std::uint32_t>(i));
      router_.handle(AgentConfigured{agent, skills, persona, 5, std::nullopt, std::nullopt}, now_);
      router_.handle(AgentStatusChanged{agent, AgentStatus::available}, now_);
    }
    router_.handle(Started{}, now_);
    while (router_.counts().waiting < static_cast<std::uint32_t>(size.waiting) || active_.size() < 8) {
      arrive();
      now_ += size.waiting > 0 ? std::max(1, 600'000 / std::max(size.waiting, 1)) : 10;
    }
  }

  void turn() {
    const std::size_t at = dice_() % active_.size();
    const ConversationId ended = active_[at];
    active_[at] = active_.back();
    active_.pop_back();
    now_ += 7;
    const std::optional<Millis> due = router_.next_deadline();
    if (due && *due <= now_) take(Tick{});
    take(ChatEnded{ended});
    arrive();
  }

  std::vector<double> turn_times_ns(int turns) {
    std::vector<double> times;
    for (int i = 0; i < turns; ++i) {
      const auto began = std::chrono::steady_clock::now();
      turn();
      times.push_back(
          std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count());
    }
    std::sort(times.begin(), times.end());
    return times;
  }

  std::uint64_t events() const { return router_.events_handled(); }
  Counts counts() const { return router_.counts(); }

 private:
  static Policy policy(const Size& size) {
    Policy p;
    p.target_ms.assign(static_cast<std::size_t>(size.skills), 30'000);
    p.persona_count = static_cast<std::uint8_t>(size.personas);
    p.ramp_ms = 0;
    return p;
  }

  void arrive() {
    Visit v;
    v.skill = SkillId(static_cast<std::uint8_t>(dice_() % static_cast<unsigned>(size_.skills)));
    const std::uint64_t wish = dice_() % 20;
    if (size_.personas > 0 && wish < 11) {
      const bool everybody_there =
          size_.agents >= 2 * size_.skills * size_.personas;  // else some could wait for ever
      v.wish.kind = wish == 0 && everybody_there ? WishKind::strict : WishKind::prefer;
      v.wish.persona = PersonaId(static_cast<std::uint8_t>(dice_() % static_cast<unsigned>(size_.personas)));
    }
    const std::uint64_t tier = dice_() % 100;
    v.tier = Tier(tier < 3 ? 2 : tier < 12 ? 1 : 0);
    if (dice_() % 4 == 0)
      v.last_agent = AgentId(static_cast<std::uint32_t>(dice_() % static_cast<unsigned>(size_.agents)));
    v.entered_at = now_;
    take(VisitorArrived{ConversationId(next_++), v});
  }

  void take(const Event& event) {
    offers_.clear();
    for (const Decision& d : router_.handle(event, now_)) {
      if (const auto* offer = std::get_if<Offer>(&d)) offers_.emplace_back(offer->conversation, offer->agent);
    }
    for (const auto& [conversation, agent] : offers_) {
      router_.handle(OfferAccepted{conversation, agent}, now_);
      active_.push_back(conversation);
    }
  }

  Size size_;
  Router router_;
  std::mt19937_64 dice_;
  Millis now_ = 1'000'000;
  std::uint64_t next_ = 1;
  std::vector<ConversationId> active_;
  std::vector<std::pair<ConversationId, AgentId>> offers_;
};

void run(benchmark::State& state, const Size& size) {
  BusyShop shop(size);
  const std::uint64_t before = shop.events();
  const auto began = std::chrono::steady_clock::now();
  for (auto _ : state) shop.turn();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
  const auto events = static_cast<double>(shop.events() - before);
  state.counters["events_per_s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
  state.counters["ns_per_event"] = took.count() / events;
  const std::vector<double> times = shop.turn_times_ns(20'000);
  state.counters["p99_turn_ns"] = times[times.size() * 99 / 100];
  state.counters["waiting"] = shop.counts().waiting;
}

// agents, skills, personas, waiting: 24 skills x 9 wishes x 3 tiers = 648 classes.
void Loaded(benchmark::State& state) {
  run(state, {static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
              static_cast<int>(state.range(2)), static_cast<int>(state.range(3))});
}
BENCHMARK(Loaded)
    ->ArgNames({"agents", "skills", "personas", "waiting"})
    ->Args({6, 2, 4, 10})
    ->Args({60, 4, 4, 100})
    ->Args({600, 6, 4, 1'000})
    ->Args({5'000, 24, 4, 0})
    ->Args({5'000, 24, 4, 1'000})
    ->Args({5'000, 24, 4, 10'000})
    ->Args({5'000, 24, 4, 100'000})
    ->Args({5'000, 6, 4, 100'000})
    ->Args({500, 24, 4, 100'000});

}  // namespace

BENCHMARK_MAIN();
