#include "bench/router/measure.hpp"

#include <ctime>
#include <memory>

namespace switchboard::bench {

namespace {

constexpr ShopSize kLargest{5'000, 24, 4, 100'000};

double cpu_us() {
  std::timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

double us(std::int64_t ns) {
  return static_cast<double>(ns) / 1e3;
}

EventCost quantiles(const ShopSize& size, const Meter& meter) {
  EventCost cost;
  cost.size = size;
  cost.p50_us = us(meter.all.quantile(.5));
  cost.p99_us = us(meter.all.quantile(.99));
  cost.p999_us = us(meter.all.quantile(.999));
  cost.line_us = us(meter.lines.quantile(.5));
  return cost;
}

class Measuring {
 public:
  Measuring(int turns, const std::function<void(const std::string&)>& say) : turns_(turns), say_(say) {}

  RouterCost run() {
    for (const ShopSize& size : {ShopSize{6, 2, 4, 10}, ShopSize{60, 4, 4, 100}, ShopSize{600, 6, 4, 1'000}})
      cost_.small.push_back(measure(size));
    for (int agents : {100, 300, 1'000, 3'000, 10'000}) grow("agents", agents, {agents, 24, 4, 10'000});
    for (int skills : {1, 3, 6, 12, 24}) {
      const ShopSize size{5'000, skills, 4, 10'000};
      grow("classes", size.classes(), size);
    }
    for (int waiting : {100, 1'000, 10'000, 30'000}) grow("waiting", waiting, {5'000, 24, 4, waiting});
    largest();
    return std::move(cost_);
  }

 private:
  EventCost measure(const ShopSize& size) {
    say_(name(size));
    BusyShop shop(size);
    return measure(shop, size, nullptr);
  }

  // Warmed up by as many turns again.
  EventCost measure(BusyShop& shop, const ShopSize& size, Meter* kinds) {
    for (int i = 0; i < turns_; ++i) shop.turn(nullptr);
    const std::uint64_t events = shop.events();
    const double began = cpu_us();
    for (int i = 0; i < turns_; ++i) shop.turn(nullptr);
    const double mean = (cpu_us() - began) / static_cast<double>(shop.events() - events);
    const auto meter = std::make_unique<Meter>();
    for (int i = 0; i < turns_; ++i) shop.turn(meter.get());
    if (kinds != nullptr) *kinds = *meter;
    check(shop);
    EventCost cost = quantiles(size, *meter);
    cost.mean_us = mean;
    return cost;
  }

  void grow(const std::string& what, double at, const ShopSize& size) {
    if (cost_.growths.empty() || cost_.growths.back().what != what) cost_.growths.push_back({what, {}, {}});
    cost_.growths.back().points.push_back(measure(size));
    cost_.growths.back().at.push_back(at);
  }

  void largest() {
    say_(name(kLargest));
    BusyShop shop(kLargest);
    const auto kinds = std::make_unique<Meter>();
    cost_.largest = measure(shop, kLargest, kinds.get());
    for (std::size_t kind = 0; kind < kinds->by_kind.size(); ++kind) {
      const load::Histogram& h = kinds->by_kind[kind];
      if (h.count() == 0) continue;
      cost_.kinds.push_back({router::event_name(static_cast<router::EventKind>(kind)), h.count(),
                             us(h.quantile(.5)), us(h.quantile(.99))});
    }
    cost_.growths.back().points.push_back(cost_.largest);
    cost_.growths.back().at.push_back(kLargest.waiting);
    neighbours(shop);
    say_("the worst moments");
    worst("200 shifts end at one instant, 200 offers unanswered", shop.shifts_end(200));
    worst("an agent's line is lost, his five chats come back (slowest of 500)", shop.lines_lost(500));
    worst("an agent comes on (slowest of 500)", shop.agents_come_on(500));
    worst("one Tick after a minute of silence", shop.sleeps(60'000));
    worst("the policy changes: everybody is looked at again", shop.policy_changes());
    worst("a restart: the whole shop told to a new router", shop.rebuild());
    check(shop);
    flash_sale();
  }

  // As many waiting, of one second: the steps and holds of all classes come due together.
  void flash_sale() {
    BusyShop shop({kLargest.agents, kLargest.skills, kLargest.personas, 0});
    shop.crowd_arrives(kLargest.waiting);
    std::int64_t slowest = 0;
    for (int i = 0; i < 40; ++i) slowest = std::max(slowest, shop.sleeps(1'000));
    worst("100,000 came within a second: slowest Tick of the 40 s in which steps and holds expire", slowest);
    check(shop);
  }

  void neighbours(BusyShop& crowd) {
    const ShopSize size{60, 4, 4, 10};
    say_("a small shop beside it");
    BusyShop shop(size);
    const auto alone = std::make_unique<Meter>(), beside = std::make_unique<Meter>();
    for (int i = 0; i < turns_; ++i) shop.turn(nullptr);
    for (int i = 0; i < turns_; ++i) shop.turn(alone.get());
    for (int i = 0; i < turns_; ++i) {
      shop.turn(beside.get());
      crowd.turn(nullptr);
    }
    cost_.alone = quantiles(size, *alone);
    cost_.beside = quantiles(size, *beside);
    check(shop);
  }

  void worst(const std::string& what, std::int64_t ns) {
    cost_.worst.push_back({what, static_cast<double>(ns) / 1e6});
  }
  void check(const BusyShop& shop) {
    if (const std::string wrong = shop.self_check(); !wrong.empty()) cost_.failure = "recount: " + wrong;
  }
  static std::string name(const ShopSize& size) {
    return std::to_string(size.agents) + " agents, " + std::to_string(size.classes()) + " classes, " +
           std::to_string(size.waiting) + " waiting";
  }

  const int turns_;
  const std::function<void(const std::string&)>& say_;
  RouterCost cost_;
};

}  // namespace

RouterCost measure_router(int turns, const std::function<void(const std::string&)>& say) {
  return Measuring(turns, say).run();
}

}  // namespace switchboard::bench
