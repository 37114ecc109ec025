// The line is cut after each single octet of what a client sends (upgrade, hello, posts) and of what it gets
// (the answer to the upgrade, welcome, acks, entries), one connection after the other: nothing is lost,
// nothing doubled, no state remains in which the next connection cannot go on.
#include <gtest/gtest.h>

#include <filesystem>

#include "bench/chaos/busy_shop.hpp"
#include "bench/chaos/stage.hpp"
#include "bench/check/entry_digest.hpp"
#include "bench/check/judge.hpp"
#include "bench/check/recorder.hpp"
#include "bench/check/redis_reader.hpp"
#include "bench/load/client.hpp"
#include "bench/load/gateway.hpp"
#include "bench/load/pairs.hpp"

namespace switchboard::chaos {
namespace {

using namespace std::chrono_literals;

// A visitor who has always something to say, and notes what she learns.
class Talker final : private load::Client::Owner {
 public:
  Talker(load::Wire& wire, load::Target target, const std::string& key, check::Recorder& record)
      : record_(record),
        client_(wire, std::move(target),
                {"north", load::make_token(key, "north", "vera", false, "Vera"), "device-of-vera", "", "zh"},
                *this) {
    client_.retry_base = client_.retry_max = 1ms;
    client_.silence_max = 2s;
    client_.start();
  }

  void talk() {
    if (conversation_.empty() || client_.unacknowledged(conversation_) > 1) return;
    const auto text = "word " + std::to_string(++said_);
    const auto id = client_.post(conversation_, 0, text);
    record_.sent(conversation_, id, {client_.identity().device, 0, check::digest_of(std::string_view(text))});
  }
  bool at_rest() const { return client_.ready() && !conversation_.empty() && client_.unacknowledged() == 0; }
  const std::string& conversation() const { return conversation_; }
  std::uint64_t connections() const { return client_.connections(); }
  int said() const { return said_; }
  void stay_to_the_end() {
    record_.reader(conversation_, client_.identity().device);
    client_.stop(false);
  }
  std::uint32_t position() const { return client_.position(conversation_); }

 private:
  void on_welcome(const proto::Welcome&) override {
    for (const auto& id : client_.with_gaps())
      record_.received(id,
                       {client_.identity().device, client_.connections(), 0, 0, "", client_.position(id)});
    if (!conversation_.empty()) return;
    client_.request(proto::OpenConversation{"presale", {}}, [this](const proto::ServerFrame* reply) {
      const auto* opened = reply ? std::get_if<proto::Conversation>(&reply->body) : nullptr;
      if (!opened || !conversation_.empty()) return;
      conversation_ = opened->id;
      record_.opened(conversation_, "");
    });
  }
  void on_entry(const std::string& conversation, std::uint32_t epoch, const proto::Entry& entry) override {
    record_.received(conversation, {client_.identity().device, client_.connections(), epoch, entry.seq,
                                    entry.client_id, check::digest_of(entry)});
  }
  void on_ack(const load::Posted& posted, const proto::Ack& ack, bool repeat) override {
    record_.acked(posted.conversation,
                  {client_.identity().device, ack.client_id, ack.epoch, ack.seq, ack.duplicate, repeat});
  }
  void on_refused(const load::Posted& posted, const proto::Error& error) override {
    record_.refused(posted.conversation, posted.client_id);
    ADD_FAILURE() << "refused: " << error.message;
  }

  check::Recorder& record_;
  load::Client client_;
  std::string conversation_;
  int said_ = 0;
};

class EveryOctet : public testing::TestWithParam<Way> {};

TEST_P(EveryOctet, M1_M2_M3_M4_aLineCutThereLosesAndDoublesNothing) {
  // Beyond what the first messages after the welcome take.
  const std::size_t octets = GetParam() == Way::up ? 900 : 1'200;
  const auto trace = busy_trace(1, {.length = 1s});
  std::string error;
  const auto stage =
      Stage::start({.binary = SWITCHBOARD_BINARY, .gateways = 1}, {busy_shop(trace, "north")}, error);
  ASSERT_TRUE(stage) << error;
  const auto folder = stage->folder();
  check::History history;
  check::Recorder record(history);
  boost::asio::io_context io;
  load::Wire wire(io, 1);
  {
    Talker vera(wire, stage->target(0), stage->key_of("north"), record);
    ASSERT_TRUE(load::run_until(io, 20s, [&] { return vera.at_rest(); }));
    LineTrouble trouble;
    trouble.cut_after[static_cast<std::size_t>(GetParam())] = 1;
    stage->with_line(0, [&](LineProxy& line) {
      line.trouble(trouble);
      line.cut_all();
    });
    const auto first = vera.connections();
    EXPECT_TRUE(load::run_until(io, 150s,
                                [&] {
                                  vera.talk();
                                  return vera.connections() >= first + octets;
                                }))
        << "only " << vera.connections() - first << " connections";
    stage->with_line(0, [](LineProxy& line) {
      line.heal();
      EXPECT_GT(line.counts().cut_at_octet[0] + line.counts().cut_at_octet[1], 500u);
      line.cut_all();
    });
    const auto redis = check::RedisReader::open(stage->redis_socket(), "north");
    ASSERT_TRUE(redis);
    EXPECT_TRUE(load::run_until(
        io, 30s,
        [&] { return vera.at_rest() && vera.position() >= redis->log(vera.conversation())->size(); }))
        << "holds " << vera.position();
    EXPECT_GT(vera.said(), 20);
    vera.stay_to_the_end();
    record.closed(vera.conversation());  // it goes on; its end is not what is judged here
    record.logged(vera.conversation(), *redis->log(vera.conversation()), 0, 0);
  }
  EXPECT_EQ(stage->stop(), "");
  const auto verdict = check::judge(history);
  for (const auto& finding : verdict.findings) ADD_FAILURE() << finding.rule << ": " << finding.what;
  if (!HasFailure()) std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Lines, EveryOctet, testing::Values(Way::up, Way::down),
                         [](const auto& way) { return way.param == Way::up ? "Up" : "Down"; });

}  // namespace
}  // namespace switchboard::chaos
