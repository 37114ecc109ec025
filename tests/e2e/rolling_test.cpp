// N2: three gateways are restarted one after the other while people talk, and nobody sees an error.
#include <algorithm>
#include <random>

#include "tests/e2e/several_gateways.hpp"

namespace switchboard::e2e {
namespace {

// One who keeps the contract: she posts one message after the other, goes when she is asked to, repeats what
// was under way when she went (W15, W26, W27).
struct Person {
  TestClient* client;
  std::string conversation;
  std::uint32_t fence;
  int at;  // which gateway
  std::optional<Post> post;
  std::uint32_t ref = 0;
  std::size_t said = 0;
  std::optional<std::chrono::steady_clock::time_point> leave_at;
};

class Rolling : private SharedRedis, public World {
 protected:
  Rolling()
      : World(options(redis_url())), second(roomy(options(redis_url()))), third(roomy(options(redis_url()))) {
    second.start();
    third.start();
    gateways = {&gateway, &second, &third};
  }
  ~Rolling() override { clients.clear(); }

  static test::GatewayOptions options(const std::string& redis_url) {
    return {.shop_file = corner_shop(),
            .arguments = {"--drain.window_ms=1000"},
            .redis_url = redis_url,
            .threads = 1};
  }

  void put(TestClient& client, int at) {
    client.connect({.port = gateways[static_cast<std::size_t>(at)]->port(), .encoding = Encoding::protobuf});
    client.hello();
  }
  void join(TestClient& client, const std::string& conversation, std::uint32_t fence, int at) {
    put(client, at);
    people.push_back({&client, conversation, fence, at, {}, 0, 0, {}});
  }

  void step() {
    for (auto& person : people) {
      if (const auto asked = person.client->take<Reconnect>())
        person.leave_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(asked->after_ms);
      if (person.leave_at && std::chrono::steady_clock::now() >= *person.leave_at) {
        person.leave_at.reset();
        do person.at = static_cast<int>(random() % gateways.size());
        while (person.at == restarting);
        put(*person.client, person.at);
        ++moves;
        if (person.post) person.ref = person.client->send(*person.post);
      }
      if (person.conversation.empty() || person.client->ended()) continue;
      if (!person.post) {
        person.post = person.client->next_post(person.conversation, "word", person.fence);
        person.ref = person.client->send(*person.post);
      } else if (const auto* reply = person.client->answer(person.ref)) {
        person.client->expect<Ack>(*reply);  // throws with the error that she would have seen
        person.post.reset();
        ++person.said;
      }
    }
    let_pass(5ms);
  }
  void talk_for(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) step();
  }

  Gateway second, third;
  std::vector<Gateway*> gateways;
  std::vector<Person> people;
  std::mt19937 random{20261122};
  int restarting = -1;
  int moves = 0;
};

TEST_F(Rolling, N2_ThreeGatewaysAreRestartedInTurnWithoutAnErrorShownToAnybody) {
  auto& ann = agent("ann");
  auto& cleo = agent("cleo");
  std::vector<Talk> talks;
  for (const char* name : {"Vera", "Olga"})
    talks.push_back(talk(visitor(name), ann, "aftersale", {WishMode::strict, "calm"}));
  talks.push_back(talk(visitor("Emma"), cleo));
  auto& waiting = visitor("Wanda");
  const auto waits = waiting.open("presale", {WishMode::strict, "bold"}).id;
  const auto entered = stored(waits).entered;
  int at = 0;
  for (const auto& now : talks) join(*now.visitor, now.id, 0, at++ % 3);
  join(ann, talks[0].id, talks[0].fence, 1);
  join(cleo, talks[2].id, talks[2].fence, 2);
  join(waiting, "", 0, 0);
  talk_for(200ms);

  for (restarting = 0; restarting < 3; ++restarting) {
    auto& one = *gateways[static_cast<std::size_t>(restarting)];
    one.terminate();
    std::optional<int> code;
    const auto begun = std::chrono::steady_clock::now();
    while (!(code = one.wait_for_end(0ms)) && std::chrono::steady_clock::now() - begun < 25s) step();
    EXPECT_EQ(code, 0) << "gateway " << restarting;
    one.start();
    talk_for(200ms);
  }
  restarting = -1;
  talk_for(300ms);

  EXPECT_GE(moves, 3) << "the test did too little";
  for (const auto& person : people) {
    EXPECT_FALSE(person.client->ended()) << person.client->identity.name;
    EXPECT_TRUE(person.conversation.empty() || person.said > 20) << "only " << person.said;
  }
  for (const auto& now : talks) {
    const auto log = stored_log(now.id);
    EXPECT_TRUE(without_gap(log));
    EXPECT_EQ(stored(now.id).fence, now.fence) << "nobody was taken for lost";
    EXPECT_TRUE(std::ranges::none_of(
        log, [](const Entry& entry) { return std::holds_alternative<RequeuedNote>(entry.body); }));
  }
  EXPECT_EQ(stored(waits).entered, entered);
  auto& bea = agent("bea");
  EXPECT_EQ(bea.next<Offer>().conversation, waits) << "and those who wait are served";
  check_books();
}

}  // namespace
}  // namespace switchboard::e2e
