// A record is read as it was written; what is missing of it is named, what was changed is found (R6).
#include <random>

#include "server/record/reader.hpp"
#include "server/record/writer.hpp"
#include "server/replay/verify.hpp"
#include "server/replay/why.hpp"
#include "tests/router/random_shop.hpp"

namespace switchboard::replay {
namespace {

using namespace router;  // NOLINT: speaks of events and decisions all the time

// A chapter of a random shop.
std::string chapter_of(std::uint64_t seed, int steps, bool with_end = true) {
  RandomShop shop({.seed = seed, .pauses = true});
  for (int i = 0; i < steps; ++i) shop.step();
  std::string text;
  record::add_chapter(text, 1'763'700'000'000, "leads");
  record::add_name(text, "agent", 0, "ann");
  record::add_name(text, "skill", 0, "presale");
  record::add_event(text, 0, PolicyChanged{shop.naive.p});
  Router router(shop.naive.p);
  for (const auto& [event, now] : shop.events) {
    if (const auto* arrived = std::get_if<VisitorArrived>(&event))
      record::add_name(text, "conversation", arrived->conversation.value,
                       "c" + std::to_string(arrived->conversation.value));
    record::add_event(text, now, event);
    for (const Decision& d : router.handle(event, now)) record::add_decision(text, d);
  }
  if (with_end) record::add_end(text);
  return text;
}

std::string file(const std::string& pages) {
  return record::head_line("corner") + pages;
}

record::Record read(const std::string& text) {
  auto record = record::read_record(text);
  EXPECT_TRUE(record) << (record ? "" : record.error());
  return record ? *record : record::Record{};
}

TEST(Replay, R6_gives_the_decisions_that_were_written_down) {
  const auto record =
      read(file(record::page_line(3, 1) + chapter_of(1, 200) + record::page_line(4, 1) + chapter_of(2, 200)));
  EXPECT_EQ(record.shop, "corner");
  ASSERT_EQ(record.chapters.size(), 2u);
  EXPECT_EQ(record.chapters[0].epoch, 3u);
  EXPECT_TRUE(record.chapters[0].ended);
  EXPECT_TRUE(record.gaps.empty());
  const auto verdict = verify(record);
  EXPECT_FALSE(verdict.difference);
  EXPECT_GT(verdict.decisions, 50u);
}

TEST(Replay, R6_finds_every_kind_of_change) {
  const std::string text = file(record::page_line(1, 1) + chapter_of(3, 200));
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  const auto judged = [&](const std::vector<std::string>& changed) {
    std::string all;
    for (const auto& line : changed) all += line;
    const auto record = record::read_record(all);
    return record ? verify(*record) : Verdict{.difference = Difference{}};
  };
  ASSERT_FALSE(judged(lines).difference);
  std::mt19937_64 dice(9);
  std::size_t decisions = 0;
  for (std::size_t i = 0; i < lines.size() && decisions < 25; ++i) {
    if (!lines[i].starts_with("d ") || dice() % 2 == 0) continue;
    ++decisions;
    auto gone = lines;
    gone.erase(gone.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(judged(gone).difference) << lines[i];
    auto twice = lines;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    EXPECT_TRUE(judged(twice).difference) << lines[i];
    auto other = lines;
    const auto digit = other[i].find_last_of("0123456789");
    other[i][digit] = other[i][digit] == '7' ? '8' : '7';
    const auto verdict = judged(other);
    ASSERT_TRUE(verdict.difference) << lines[i];
    EXPECT_EQ("d " + verdict.difference->recorded + "\n", other[i]);
    EXPECT_EQ("d " + verdict.difference->replayed + "\n", lines[i]);
  }
  EXPECT_EQ(decisions, 25u);
}

TEST(Replay, R6_of_a_part_is_led_to_by_what_was_before_and_compares_the_part_alone) {
  std::string text =
      file(record::page_line(3, 1) + chapter_of(1, 200) + record::page_line(4, 1) + chapter_of(2, 200));
  auto record = read(text);
  const auto whole = verify(record);
  const auto& second = record.chapters[1];
  const Millis since = since_last(record, 50);
  EXPECT_EQ(since, second.steps[second.steps.size() - 50].now);
  const auto part = verify(record, {}, since);
  EXPECT_FALSE(part.difference);
  EXPECT_GE(part.events, 50u);
  EXPECT_LT(part.events, 60u) << "and those of the same millisecond";
  EXPECT_EQ(part.events + part.lead_in, second.steps.size()) << "the first chapter is not looked at";
  EXPECT_LT(part.decisions, whole.decisions);

  // What was changed before the part is not of interest; what was changed in it is found.
  auto& early =
      *std::ranges::find_if(record.chapters[1].steps, [](const auto& s) { return !s.decisions.empty(); });
  early.decisions.front() += " hurt";
  EXPECT_TRUE(verify(record).difference);
  EXPECT_FALSE(verify(record, {}, since).difference);
  auto& late = *std::ranges::find_if(record.chapters[1].steps,
                                     [&](const auto& s) { return s.now >= since && !s.decisions.empty(); });
  late.decisions.front() += " hurt";
  EXPECT_TRUE(verify(record, {}, since).difference);
}

TEST(Window, begins_where_it_is_said_in_every_way_of_saying_it) {
  const auto record = read(file(record::page_line(3, 1) + chapter_of(1, 100)));
  const Millis end = record.chapters[0].steps.back().now;
  EXPECT_EQ(since_time(record, "90s"), end - 90'000);
  EXPECT_EQ(since_time(record, "30m"), end - 1'800'000);
  EXPECT_EQ(since_time(record, "2h"), end - 7'200'000);
  EXPECT_EQ(since_time(record, "1d"), end - 86'400'000);
  EXPECT_EQ(since_time(record, "1763768683120"), 1'763'768'683'120);
  for (const char* text : {"2025-11-21 23:44:43.120", "2025-11-21T23:44:43.120Z"})
    EXPECT_EQ(since_time(record, text), 1'763'768'683'120) << text;
  EXPECT_EQ(since_time(record, "2025-11-21 23:44:43"), 1'763'768'683'000);
  EXPECT_EQ(since_time(record, "2025-11-21 23:44"), 1'763'768'640'000);
  EXPECT_EQ(since_time(record, "2025-11-21"), 1'763'683'200'000);
  for (const char* text :
       {"", "s", "-5s", "yesterday", "2025-13-01", "2025-02-30", "2025-11-21 24:00", "2025-11-21 9:00",
        "2025-11-21 23:44:43.1", "2025-11-21x", "5x", "99999999999999999999", "9999999999d"})
    EXPECT_FALSE(since_time(record, text)) << text;
  EXPECT_EQ(since_last(record, 1), end);
  EXPECT_EQ(since_last(record, 1'000'000), kFromTheBeginning);
  EXPECT_EQ(since_last({}, 5), kFromTheBeginning);
}

TEST(RecordText, what_is_missing_is_named_and_the_rest_is_replayed) {
  const std::string one = chapter_of(1, 40), two = chapter_of(2, 40), cut = chapter_of(4, 40, false);
  // Its beginning has been trimmed.
  auto record = read(file(record::page_line(5, 9) + "e 7 tick\nd whatever\nend\n" + one));
  EXPECT_EQ(record.chapters.size(), 1u);
  ASSERT_EQ(record.gaps.size(), 1u);
  EXPECT_NE(record.gaps[0].find("no longer kept"), std::string::npos);
  // A page is missing: what was read of the chapter stands, the rest is skipped up to the next one.
  record = read(file(record::page_line(5, 1) + cut + record::page_line(5, 3) + "e 7 tick\n" + two));
  EXPECT_EQ(record.chapters.size(), 2u);
  EXPECT_EQ(record.gaps.size(), 1u);
  EXPECT_FALSE(verify(record).difference);
  // A gateway died.
  record = read(file(record::page_line(5, 1) + cut + record::page_line(6, 1) + two));
  ASSERT_EQ(record.gaps.size(), 1u);
  EXPECT_NE(record.gaps[0].find("no end"), std::string::npos);
  EXPECT_FALSE(record.chapters[0].ended);
  EXPECT_FALSE(verify(record).difference);
  // The last line is half written.
  record = read(file(record::page_line(5, 1) + cut + "e 99"));
  EXPECT_EQ(record.gaps.size(), 1u);
  EXPECT_TRUE(record.chapters[0].last);
}

TEST(RecordText, names_are_kept_whatever_is_in_them) {
  for (const std::string& name : std::initializer_list<std::string>{"ann", "安 妮", "100%", "a\nb", "%41"}) {
    std::string text = record::page_line(1, 1);
    record::add_chapter(text, 5, "leads");
    record::add_name(text, "conversation", 8, name);
    record::add_event(text, 5, PolicyChanged{});
    const auto record = read(file(text));
    ASSERT_EQ(record.chapters.size(), 1u);
    EXPECT_EQ(record.chapters[0].names.conversation(ConversationId(8)), name);
    EXPECT_EQ(record.chapters[0].names.agent(AgentId(3)), "agent 3");
  }
}

TEST(RecordText, S2_is_refused_with_its_line_when_it_is_none) {
  const std::string begin = file(record::page_line(1, 1) + "chapter 5 leads\n");
  const std::string policy = "e 5 " + std::string("policy_changed");
  for (const std::string& text : {
           std::string("\n"),
           std::string("switchboard-record/2 shop=corner\n"),
           std::string("switchboard-record/1 shop=\n"),
           file("page 1\n"),
           file("page 1 x\n"),
           file("chapter x leads\n"),
           file("chapter 5\n"),
           file("nothing\n"),
           file("\n"),
           begin + "e 5 tick\n",
           begin + policy + "\n",
           begin + "name agent x ann\n",
           begin + "name agent 1 \n",
           begin + "name agent 1 %4\n",
           begin + "name agent 1 %zz\n",
           begin + "name nobody 1 ann\n",
           begin + "d offer\n",
           begin + "e x tick\n",
           begin + "end now\n",
       }) {
    const auto record = record::read_record(text);
    EXPECT_FALSE(record) << text;
    EXPECT_TRUE(record || record.error().starts_with("line ")) << text;
  }
  EXPECT_FALSE(record::read_record(""));
}

TEST(RecordText, S2_of_any_octets_is_read_or_refused) {
  const std::string text = file(record::page_line(1, 1) + chapter_of(3, 30));
  std::mt19937_64 dice(3);
  for (int i = 0; i < 300; ++i) {
    std::string hurt = text;
    for (int n = 0; n < 3; ++n) hurt[dice() % hurt.size()] = static_cast<char>(dice() % 256);
    hurt.resize(hurt.size() - dice() % 40);
    if (const auto record = record::read_record(hurt)) {
      (void)verify(*record);
      (void)why(*record, "c3");
    }
  }
}

TEST(Why, S3_tells_a_conversation_from_arrival_to_end) {
  const auto record = read(file(record::page_line(1, 1) + chapter_of(1, 200)));
  const std::string told = why(record, "c1");
  EXPECT_NE(told.find("visitor_arrived"), std::string::npos) << told;
  EXPECT_NE(told.find("offered to"), std::string::npos) << told;
  EXPECT_NE(told.find("candidates"), std::string::npos) << told;
  EXPECT_EQ(told, why(record, "1"));
  EXPECT_EQ(why(record, "c999999"), "");
}

}  // namespace
}  // namespace switchboard::replay
