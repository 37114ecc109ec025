// Row 31 of the fault matrix: everybody loses the line at once.
#include "bench/load/client.hpp"
#include "bench/load/pairs.hpp"
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

constexpr int crowd = 400;

class Storm : public World {
 protected:
  // How often Redis was asked for what a client that comes back needs; commands inside our functions are
  // counted with them by Redis, so those that functions use are left out.
  std::uint64_t asked() {
    const auto reply = test::run(io, raw_redis().ask(store::Command("INFO").arg("commandstats").octets()));
    const std::string text(reply ? reply->view().text() : "");
    std::uint64_t sum = 0;
    for (const std::string command : {"fcall", "xrange", "ssubscribe", "sunsubscribe"}) {
      const auto line = "cmdstat_" + command + ":calls=";
      const auto at = text.find(line);
      if (at != std::string::npos) sum += std::stoull(text.substr(at + line.size()));
    }
    return sum;
  }
};

class Guest final : public load::Client::Owner {
 public:
  Guest(load::Wire& wire, const load::Target& target, int number)
      : client(wire, target, {"corner", "", "crowd-device-" + std::to_string(number), "Guest", "en"}, *this) {
    client.retry_max = 2s;
    client.heartbeats = false;
  }
  void on_welcome(const Welcome&) override {
    if (!id.empty()) return;
    client.request(OpenConversation{"presale", {}, ""}, [this](const ServerFrame* reply) {
      const auto* opened = reply ? std::get_if<Conversation>(&reply->body) : nullptr;
      if (!opened) return client.lose_line();
      id = opened->id;
      client.post(id, 0, "before");
    });
  }
  bool settled() const { return client.ready() && !id.empty() && client.unacknowledged() == 0; }

  std::string id;
  load::Client client;
};

TEST_F(Storm, M1_M4_EverybodyIsBackNothingIsLostAndAWitnessTalksOn) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto talk_of_two = talk(vera, ann);
  ann.set_status(AgentStatus::on_break);  // the crowd waits

  load::Wire wire(io, 20261122);
  const load::Target target{{boost::asio::ip::address_v4::loopback(), gateway.port()}, "127.0.0.1"};
  std::vector<std::unique_ptr<Guest>> guests;
  for (int i = 0; i < crowd; ++i) {
    guests.push_back(std::make_unique<Guest>(wire, target, i));
    guests.back()->client.start();
  }
  const auto all_settled = [&] {
    return std::ranges::all_of(guests, [](auto& one) { return one->settled(); });
  };
  ASSERT_TRUE(wait_for(all_settled, 60s));

  const auto before = asked();
  for (auto& guest : guests) guest->client.lose_line();
  for (int i = 0; i < crowd; i += 10)
    guests[static_cast<std::size_t>(i)]->client.post(guests[static_cast<std::size_t>(i)]->id, 0,
                                                     "while it was down");
  int words = 0;
  while (!all_settled() && words < 10'000) {
    const auto text = "still here " + std::to_string(++words);
    vera.say(talk_of_two.id, text);
    ann.text(talk_of_two.id, text);
  }
  ASSERT_TRUE(all_settled());
  EXPECT_GT(words, 3) << "the witness pair";
  const auto commands = asked() - before;
  // A tenth of them posted; the witness's words, the desk and the beats ask, too.
  EXPECT_LE(commands, 5u * crowd + crowd / 10 + static_cast<std::uint64_t>(words) + crowd)
      << "Redis is asked at most five times for one who comes back";
  EXPECT_GE(commands, 2u * crowd) << "the test did too little";
  for (int i = 0; i < crowd; ++i) {
    auto& guest = *guests[static_cast<std::size_t>(i)];
    EXPECT_EQ(guest.client.connections(), 2u) << "once is enough";
    if (i % 40 == 0) {
      const auto log = stored_log(guest.id);
      EXPECT_TRUE(without_gap(log));
      EXPECT_EQ(std::ranges::count_if(log, [](const auto& entry) { return !entry.client_id.empty(); }), 2);
    }
  }
  for (auto& guest : guests) guest->client.stop(false);
}

}  // namespace
}  // namespace switchboard::e2e
