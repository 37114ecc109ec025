// R1, R2: two desks at once. The gateway that leads is stopped at whatever moment, another takes over, the
// first wakes with decisions of its own in hand: nothing that it does counts any more, and it steps down.
#include <random>

#include "tests/e2e/several_gateways.hpp"

namespace switchboard::e2e {
namespace {

// Everybody is connected to a third gateway, which never leads: it would take ten minutes to take over.
class TwoDesks : private SharedRedis, public World {
 protected:
  TwoDesks()
      : World({.shop_file = corner_shop(),
               .arguments = {"--node.desk_takeover_ms=600000"},
               .redis_url = redis_url()}),
        first(roomy({.shop_file = corner_shop(), .redis_url = redis_url(), .threads = 1})),
        second(roomy({.shop_file = corner_shop(), .redis_url = redis_url(), .threads = 1})) {
    first.start();
    second.start();
  }
  ~TwoDesks() override { clients.clear(); }

  bool leads(const Gateway& one) const { return metric_of(one, "switchboard_desks_leading") == 1; }

  // Visitors come and go, agents accept, decline and close, whatever fits.
  void traffic(std::mt19937& random, std::chrono::microseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    do {
      if (open.size() < 8) {
        auto& guest = visitor("guest");
        open.push_back({&guest, guest.open(random() % 2 ? "presale" : "aftersale").id});
        all.push_back(open.back().id);
      }
      for (auto* serving : agents)
        while (const auto offer = serving->take<Offer>()) {
          if (random() % 4 == 0)
            serving->ask(DeclineOffer{offer->conversation, offer->fence, "busy"});
          else if (random() % 8 != 0)  // else it is missed
            serving->ask(AcceptOffer{offer->conversation, offer->fence});
        }
      if (random() % 3 == 0) {
        const auto leaving = random() % open.size();
        open[leaving].guest->ask(CloseConversation{open[leaving].id});
        open[leaving].guest->close();
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(leaving));
      }
      // Two missed offers put an agent on break: she comes back.
      for (auto* serving : agents)
        if (const auto told = serving->take<Status>(); told && told->status == AgentStatus::on_break)
          serving->set_status(AgentStatus::available);
      let_pass(2ms);
    } while (std::chrono::steady_clock::now() < until);
  }

  // Assigned, taken back, assigned ...: the log, which is in one order, knows of one agent at a time.
  void check_owners(const std::string& id) {
    bool owned = false;
    for (const auto& entry : stored_log(id)) {
      if (std::holds_alternative<AssignedNote>(entry.body)) {
        EXPECT_FALSE(owned) << id << " was given away while it had an agent (R1)";
        owned = true;
      }
      if (std::holds_alternative<RequeuedNote>(entry.body)) owned = false;
    }
  }

  struct Waiting {
    TestClient* guest;
    std::string id;
  };
  Gateway first, second;
  std::vector<TestClient*> agents;
  std::vector<Waiting> open;
  std::vector<std::string> all;
};

TEST_F(TwoDesks, R1_R2_AStoppedDeskThatWakesIsFencedAndStepsDown) {
  // The lease is with the gateway that came first; it gives it to one of the two.
  gateway.terminate();
  ASSERT_EQ(gateway.wait_for_end(20s), 0);
  ASSERT_TRUE(wait_for([&] { return leads(first) || leads(second); }));
  gateway.start();
  for (const char* name : {"ann", "bea", "cleo"}) agents.push_back(&agent(name));
  std::mt19937 random(20261122);
  double fenced = 0;
  for (int round = 0; round < 6; ++round) {
    auto& leader = leads(first) ? first : second;
    auto& other = leads(first) ? second : first;
    traffic(random, std::chrono::microseconds(100'000 + random() % 200'000));
    leader.pause();
    ASSERT_TRUE(wait_for([&] {
      traffic(random, 10ms);
      return leads(other);
    })) << "N1: taken over, round "
        << round;
    // Every third time for so long that offers of the stopped desk are overdue when it wakes.
    traffic(random, round % 3 == 0 ? std::chrono::milliseconds(3'500) : std::chrono::milliseconds(100));
    leader.resume();
    ASSERT_TRUE(wait_for([&] { return !leads(leader); })) << "it steps down, round " << round;
    EXPECT_TRUE(leads(other)) << "the one that took over is not disturbed";
    traffic(random, 100ms);
    check_books();
    fenced = metric_of(first, "switchboard_desk_fenced_total") +
             metric_of(second, "switchboard_desk_fenced_total");
  }
  EXPECT_GT(fenced, 0) << "a desk that slept over its deadlines tried, and was refused";
  for (const auto& id : all) check_owners(id);
  EXPECT_GT(all.size(), 20u) << "the test did too little";
  for (const auto* one : {&first, &second})
    EXPECT_EQ(metric_of(*one, "switchboard_reconciler_repairs_total"), 0);
}

}  // namespace
}  // namespace switchboard::e2e
