// What a desk writes down is read back whole, also when the store took nothing for a while, on a real Redis.
#include "server/desk/recorder.hpp"

#include <gtest/gtest.h>

#include "server/record/reader.hpp"
#include "server/record/writer.hpp"
#include "server/replay/verify.hpp"
#include "server/store/redis_store.hpp"
#include "server/store/store_limits.hpp"
#include "tests/support/private_redis.hpp"
#include "tests/support/run.hpp"

namespace switchboard::desk {
namespace {

using test::run;

class Recording : public ::testing::Test {
 protected:
  Recording() {
    shop.id = "corner";
    shop.skills = {{"presale", {{"en", "Sales"}}}};
    shop.agents = {{.id = "ann", .name = "Ann", .skills = {{"presale", 0}}, .capacity = 2}};
    store.start(), raw.start();
    test::run_until(io, [&] { return store.ready() && raw.ready(); });
    store::Store::ShopSettings settings;
    settings.shop = "corner", settings.text = "settings", settings.new_key = "key";
    EXPECT_TRUE(run(io, store.apply_shop(settings)));
    const auto lease = run(io, store.lease("corner", "desk", std::nullopt));
    EXPECT_TRUE(lease && lease->mine);
    epoch = lease ? lease->epoch : 0;
    names.emplace(shop);
  }
  ~Recording() override { store.stop(), raw.stop(); }

  // As a reign does it: a router that is told the facts of the one before, and the same lines in the record.
  void begin_chapter(Recorder& recorder, std::string_view why) {
    const auto facts = router.facts();
    recorder.begin_chapter(*names, router.policy(), now, why);
    router = router::Router(router.policy());
    for (const auto& fact : facts) feed(recorder, fact);
    feed(recorder, router::Started{});
  }
  void feed(Recorder& recorder, const router::Event& event) {
    recorder.event(event, now);
    for (const auto& decision : router.handle(event, now)) recorder.decision(decision);
  }
  void begin(Recorder& recorder) {
    recorder.begin_chapter(*names, router.policy(), now, "leads");
    for (const auto& agent : roster_of(shop, *names)) feed(recorder, agent);
    feed(recorder, router::Started{});
    feed(recorder, router::AgentLineChanged{router::AgentId(0), router::AgentLine::live});
    feed(recorder, router::AgentStatusChanged{router::AgentId(0), router::AgentStatus::available});
  }
  // Comes, is served, has gone.
  void chat(Recorder& recorder) {
    const router::ConversationId id(++number);
    router::Visit visit;
    visit.entered_at = now += 1'000;
    recorder.conversation(number, "c" + std::to_string(number));
    feed(recorder, router::VisitorArrived{id, visit});
    feed(recorder, router::OfferAccepted{id, router::AgentId(0)});
    now += 60'000;
    feed(recorder, router::ChatEnded{id});
  }
  bool write(Recorder& recorder) { return run(io, recorder.write()); }
  void set_memory(const char* octets) {
    const auto reply =
        run(io, raw.ask(store::Command("CONFIG").arg("SET").arg("maxmemory").arg(octets).octets()));
    ASSERT_TRUE(reply && !reply->view().is_error());
  }

  record::Record read_back() {
    std::string text = record::head_line("corner");
    const auto pages = run(io, store.pages("corner", "0-0", store::pages_max));
    EXPECT_TRUE(pages);
    for (const auto& page : *pages) text += record::page_line(page.epoch, page.number) + page.text;
    auto record = record::read_record(text);
    EXPECT_TRUE(record) << (record ? "" : record.error());
    return record ? *record : record::Record{};
  }
  static std::vector<std::string> reasons(const record::Record& record) {
    std::vector<std::string> all;
    for (const auto& chapter : record.chapters) all.push_back(chapter.why);
    return all;
  }

  boost::asio::io_context io;
  test::PrivateRedis redis;
  store::RedisStore store{io.get_executor(), redis.options(), test::test_random(1), test::quiet()};
  store::RedisClient raw{io.get_executor(), redis.options("raw"), test::test_random(2), test::quiet()};
  shop::Shop shop;
  std::optional<Names> names;
  router::Router router{router::Policy{}};
  std::uint64_t epoch = 0, number = 0;
  store::Millis now = 1'763'768'683'000;
};

using Reasons = std::vector<std::string>;

TEST_F(Recording, R6_WhatWasLostWhileTheStoreTookNothingIsNamedAndAnotherChapterIsWhole) {
  DeskOptions options;
  options.record_waiting_octets_max = 8 << 10;
  Recorder recorder(store, "corner", epoch, options);
  begin(recorder);
  for (int i = 0; i < 5; ++i) chat(recorder);
  ASSERT_TRUE(write(recorder));
  EXPECT_EQ(recorder.wants_chapter(), "");

  set_memory("1");  // the record goes before the conversations do
  for (int i = 0; i < 3; ++i) chat(recorder);
  EXPECT_TRUE(write(recorder)) << "it still leads";
  EXPECT_EQ(recorder.wants_chapter(), "") << "it waits, and is not lost yet";
  for (int i = 0; i < 200; ++i) chat(recorder);
  EXPECT_TRUE(write(recorder));
  set_memory("0");
  EXPECT_TRUE(write(recorder));
  ASSERT_EQ(recorder.wants_chapter(), "lost");
  begin_chapter(recorder, "lost");
  for (int i = 0; i < 5; ++i) chat(recorder);
  ASSERT_TRUE(run(io, recorder.close()));

  const auto record = read_back();
  EXPECT_EQ(reasons(record), (Reasons{"leads", "lost"}));
  EXPECT_EQ(record.gaps.size(), 1u) << "that the first chapter has no end";
  ASSERT_EQ(record.chapters.size(), 2u);
  EXPECT_FALSE(record.chapters[0].ended);
  EXPECT_TRUE(record.chapters[1].ended);
  const auto verdict = replay::verify(record);
  EXPECT_FALSE(verdict.difference);
  EXPECT_EQ(verdict.refused, 0u);
  EXPECT_EQ(verdict.decisions, 10u) << "five chats before, five after";
}

TEST_F(Recording, R6_AChapterThatHasGrownTooLongIsFollowedByAnother) {
  DeskOptions options;
  options.record_octets_max = 64 << 10;
  Recorder recorder(store, "corner", epoch, options);
  begin(recorder);
  int chats = 0, chapters = 1;
  for (; chapters < 4 && chats < 1'000; ++chats) {
    chat(recorder);
    ASSERT_TRUE(write(recorder));
    if (recorder.wants_chapter().empty()) continue;
    EXPECT_EQ(recorder.wants_chapter(), "grown");
    begin_chapter(recorder, "grown");
    ++chapters;
  }
  ASSERT_TRUE(run(io, recorder.close()));
  const auto record = read_back();
  EXPECT_EQ(reasons(record), (Reasons{"leads", "grown", "grown", "grown"}));
  EXPECT_TRUE(record.gaps.empty());
  const auto verdict = replay::verify(record);
  EXPECT_FALSE(verdict.difference);
  EXPECT_EQ(verdict.decisions, static_cast<std::uint64_t>(chats)) << "none is lost between two chapters";
}

}  // namespace
}  // namespace switchboard::desk
