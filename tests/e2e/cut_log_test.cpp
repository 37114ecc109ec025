// Row 12 of the fault matrix: any number of octets is cut off the end of the log of Redis. What clients were
// told of an epoch holds, or there is a new one and what they hold comes back.
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

namespace fs = std::filesystem;

// Started, killed and started again by the test, so that its log can be cut in between.
class RedisByHand {
 protected:
  RedisByHand() { start(); }

  void start() {
    std::string error;
    const auto dir = (dir_ / "").string();
    process_.reset();
    auto process = load::Process::start(
        {"redis-server", "--dir", dir, "--port", "0", "--unixsocket", dir + "r.sock", "--appendonly", "yes",
         "--appendfsync", "always", "--save", "", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"},
        dir + "redis.log", error);
    if (!process) throw std::runtime_error(error);
    process_.emplace(std::move(*process));
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait_for_end(test::patience());
  }
  std::string url() const { return "unix://" + (dir_ / "r.sock").string(); }
  fs::path aof() const {
    for (const auto& file : fs::directory_iterator(dir_ / "appendonlydir"))
      if (file.path().string().ends_with(".incr.aof")) return file.path();
    throw std::runtime_error("no AOF");
  }

 private:
  test::TempDir dir_;
  std::optional<load::Process> process_;
};

class CutLog : protected RedisByHand, public World {
 protected:
  // One worker: nobody takes messages who does not know what is missing.
  CutLog() : World({.shop_file = corner_shop(), .redis_url = url(), .threads = 1}) {}

  struct Said {
    Post post;
    Ack ack;
  };
  struct Speaker {
    TestClient* client;
    std::vector<Said> said;
  };

  // W15: until it is acknowledged, whatever stands in the way.
  Ack insist(TestClient& client, const Post& post) {
    std::optional<Ack> ack;
    wait_for([&] {
      const auto reply = client.ask(post);
      if (const auto* done = std::get_if<Ack>(&reply.body)) return ack = *done, true;
      const auto code = std::get<Error>(reply.body).code;
      EXPECT_TRUE(code == ErrorCode::try_again || code == ErrorCode::busy) << name_of(code);
      let_pass(20ms);
      return HasFailure();
    });
    if (!ack) throw std::runtime_error("no acknowledgement");
    return *ack;
  }
  void say(Speaker& speaker, const std::string& id, const std::string& text, std::uint32_t fence) {
    const auto post = speaker.client->next_post(id, text, fence);
    speaker.said.push_back({post, speaker.client->get<Ack>(post)});
  }
  int times_connected() const {
    const auto log = gateway.log();
    int times = 0;
    for (std::size_t at = 0; (at = log.find("switchboard-store-0: connected", at)) != std::string::npos; ++at)
      ++times;
    return times;
  }
  std::uint32_t cut_and_look(const Talk& now, std::vector<Speaker>& speakers, std::uintmax_t cut);
};

// The epoch that it is now.
std::uint32_t CutLog::cut_and_look(const Talk& now, std::vector<Speaker>& speakers, std::uintmax_t cut) {
  const auto before = stored_log(now.id);
  const auto epoch = stored(now.id).epoch;
  const auto resets = speakers[0].client->waiting<Reset>();
  const auto before_it = times_connected();
  RedisByHand::kill();
  fs::resize_file(aof(), fs::file_size(aof()) - cut);
  RedisByHand::start();
  EXPECT_TRUE(wait_for([&] { return times_connected() > before_it; })) << "and looked at what it finds";
  const auto after = stored(now.id).epoch;
  if (after == epoch) {
    // Nothing is missing, and nothing else stands where something was told to be.
    const auto log = stored_log(now.id);
    EXPECT_GE(log.size(), before.size());
    for (std::size_t i = 0; i < std::min(log.size(), before.size()); ++i)
      EXPECT_EQ(log[i].client_id, before[i].client_id) << "seq " << i + 1 << " was told otherwise";
    EXPECT_EQ(speakers[0].client->waiting<Reset>(), resets);
    return after;
  }
  EXPECT_GT(after, epoch);
  for (auto& speaker : speakers) {
    const auto reset = speaker.client->next<Reset>();
    EXPECT_EQ(reset.epoch, after);
    for (auto& one : speaker.said) one.ack = insist(*speaker.client, one.post);
  }
  lost_tails_expected += 1;
  return after;
}

TEST_F(CutLog, M1_M2_W20_WhereverTheLogIsCutNothingIsMissingUnsaidAndWhatClientsHoldComesBack) {
  auto& ann = agent("ann");
  auto& vera = visitor();
  const auto now = talk(vera, ann);
  std::vector<Speaker> speakers{{&vera, {}}, {&ann, {}}};
  // A sample in every build; SWITCHBOARD_AOF_CUTS=500 tries all of them.
  const char* wanted = std::getenv("SWITCHBOARD_AOF_CUTS");
  const int rounds = wanted ? std::atoi(wanted) : 10;
  std::mt19937 random(20261123);
  int new_epochs = 0;
  auto epoch = stored(now.id).epoch;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const auto cut = rounds >= 500 ? static_cast<std::uintmax_t>(round % 500 + 1) : 1 + random() % 500;
    SCOPED_TRACE("cut " + std::to_string(cut) + " octets in round " + std::to_string(round));
    for (int i = 0; i < 3; ++i) {
      say(speakers[0], now.id, "question " + std::to_string(round), 0);
      say(speakers[1], now.id, "answer " + std::to_string(round), now.fence);
    }
    if (round % 3 == 2) let_pass(300ms);  // other things stand at the end then
    const auto present = cut_and_look(now, speakers, cut);
    new_epochs += std::exchange(epoch, present) != present;

    const auto log = stored_log(now.id);
    EXPECT_TRUE(without_gap(log));
    for (const auto& speaker : speakers) {
      std::size_t found = 0;
      for (const auto& one : speaker.said) {
        ASSERT_LE(one.ack.seq, log.size());
        EXPECT_EQ(log[one.ack.seq - 1].client_id, one.post.client_id);
        found += static_cast<std::size_t>(
            std::ranges::count(log, one.post.client_id, [](const auto& entry) { return entry.client_id; }));
      }
      EXPECT_EQ(found, speaker.said.size()) << "each message once";
      speaker.client->hold_all(now.id, static_cast<std::uint32_t>(log.size()));
    }
  }
  EXPECT_GT(new_epochs, rounds / 4) << "the test did too little";
  check_books();
}

// Events are numbered by a count. What the desk had heard of and is cut away has numbers that are given
// again.
TEST_F(CutLog, R3_R4_WhoComesAfterTheCutIsServedThoughHerEventHasANumberThatTheDeskHasSeen) {
  auto& ann = agent("ann");
  auto& gone = visitor("Gone");
  const auto kept = fs::file_size(aof());
  const auto lost = gone.open("aftersale", {WishMode::strict, "bold"});
  gone.close_conversation(lost.id);
  let_pass(300ms);  // the desk has heard of both
  const auto before = times_connected();
  RedisByHand::kill();
  fs::resize_file(aof(), kept);
  RedisByHand::start();
  ASSERT_TRUE(wait_for([&] { return times_connected() > before; }));
  const auto opened = [&] {
    auto& visitor = this->visitor();
    std::string id;
    EXPECT_TRUE(wait_for([&] {
      const auto reply = visitor.ask(OpenConversation{"presale", {}});
      if (const auto* now = std::get_if<Conversation>(&reply.body)) id = now->id;
      return !id.empty();
    }));
    return id;
  };
  const auto first = opened();
  for (int more = 0; more < 2; ++more) opened();
  EXPECT_EQ(ann.next<Offer>().conversation, first);
}

TEST_F(CutLog, W20_WhoseOpeningIsLostHearsItWithoutAskingAndSoDoesTheAgentWhoServedHer) {
  auto& ann = agent("ann");
  auto& bea = agent("bea");
  const auto stays = talk(visitor(), bea, "presale", {WishMode::strict, "bold"});
  auto& gone = visitor("Gone");
  const auto kept = fs::file_size(aof());
  const auto lost = talk(gone, ann, "presale", {WishMode::strict, "calm"});
  for (auto* one : {&gone, &ann}) one->hold_all(lost.id, stored(lost.id).head);
  const auto before = times_connected();
  RedisByHand::kill();
  fs::resize_file(aof(), kept);
  RedisByHand::start();
  ASSERT_TRUE(wait_for([&] { return times_connected() > before; }));
  for (auto* one : {&gone, &ann}) {
    EXPECT_EQ(one->wait_closed(), 4006);
    come_back(*one);
    EXPECT_TRUE(one->welcome.conversations.empty());
  }
  EXPECT_FALSE(bea.ended()) << "what is hers is there";
  bea.say(stays.id, "still here", stays.fence);
  EXPECT_EQ(ann.welcome.status.status, AgentStatus::available);
  EXPECT_NE(gone.open("presale", {WishMode::strict, "calm"}).id, lost.id);
  EXPECT_EQ(ann.next<Offer>().visitor.name, "Gone");
  lost_tails_expected = metric("switchboard_lost_tails_total");
}

}  // namespace
}  // namespace switchboard::e2e
