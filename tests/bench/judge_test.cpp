// Does the judge judge? One lawful history that must pass, and for each invariant a history that breaks it
// alone.
#include "bench/check/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace switchboard::check {
namespace {

constexpr const char* visitor = "dev-visitor";
constexpr const char* agent = "dev-agent";

// A greeting, two messages of the visitor, one of the agent, the end; both stayed and hold everything.
History lawful() {
  History history;
  Conversation& c = history.conversations["c"];
  c.sent = {{"v1", {visitor, 0, 11}}, {"v2", {visitor, 0, 12}}, {"a1", {agent, 0, 21}}};
  c.log = {{1, "", 0, "", 2, 'a', "mei"},
           {2, visitor, 1, "v1", 11, 'm'},
           {3, agent, 1, "a1", 21, 'm', "mei"},
           {4, visitor, 2, "v2", 12, 'm'},
           {5, "", 0, "", 5, 's'}};
  c.queue_class = "sale/0";
  c.entered_ms = 10'000;
  c.log_read = true;
  c.acked = {{visitor, "v1", 9, 2, false, false},
             {agent, "a1", 9, 3, false, false},
             {visitor, "v2", 9, 4, false, false},
             {visitor, "v1", 9, 2, true, true}};
  c.received = {{visitor, 1, 9, 1, "", 2},    {agent, 1, 9, 1, "", 2},    {agent, 1, 9, 2, "v1", 11},
                {visitor, 1, 9, 3, "a1", 21}, {agent, 1, 9, 4, "v2", 12}, {visitor, 2, 9, 5, "", 5},
                {agent, 1, 9, 5, "", 5}};
  c.readers = {visitor, agent};
  c.closed = true;
  c.shown = {
      {1, "", 0, "", 2}, {2, "", 0, "v1", 11}, {3, "", 0, "a1", 21}, {4, "", 0, "v2", 12}, {5, "", 0, "", 5}};
  c.shown_read = true;
  history.transitions = {{'O', "c", "", 10'000},    {'F', "c", "lin", 10'100}, {'D', "c", "lin", 10'200},
                         {'F', "c", "mei", 10'300}, {'A', "c", "mei", 10'400}, {'Z', "c", "mei", 15'000}};
  history.transitions_complete = true;
  history.capacity = {{"lin", 1}, {"mei", 1}};
  return history;
}

TEST(Judge, a_lawful_history_is_good) {
  const auto verdict = judge(lawful());
  for (const auto& finding : verdict.findings) ADD_FAILURE() << finding.rule << ": " << finding.what;
  EXPECT_TRUE(verdict.good());
}

TEST(Judge, R2_a_parked_conversation_is_a_part_of_a_place) {
  auto history = lawful();
  history.capacity["mei"] = 2;
  history.park_units = 1;
  const auto add = [&](std::initializer_list<Transition> steps) {
    history.transitions.insert(history.transitions.end(), steps);
  };
  for (const char* id : {"d", "e"})
    add({{'O', id, ""}, {'F', id, "mei"}, {'A', id, "mei"}, {'K', id, "mei"}});
  add({{'O', "f", ""}, {'F', "f", "mei"}, {'A', "f", "mei"}, {'U', "d", "mei"}});
  EXPECT_TRUE(judge(history).good()) << "4 + 1 + 4 units: more than her places, and not by an offer";
  auto whole = history;
  whole.park_units = 4;
  EXPECT_EQ(judge(whole).count(Fault::over_capacity), 1u) << "three whole ones";
  add({{'Z', "f", "mei"}, {'O', "g", ""}, {'F', "g", "mei"}});
  EXPECT_EQ(judge(history).count(Fault::over_capacity), 1u) << "4 + 1 + 4 units by an offer";
}

struct Broken {
  const char* rule;
  Fault fault;
  const char* how;
  std::function<void(History&, Conversation&)> breaks;
};

const std::vector<Broken>& broken() {
  static const std::vector<Broken> all = {
      {"no-lost-ack", Fault::lost, "acknowledged, and not in the log",
       [](History&, Conversation& c) {
         c.log.erase(c.log.begin() + 3);
         c.log[3].seq = 4;
       }},
      {"no-lost-ack", Fault::lost, "acknowledged at another seq",
       [](History&, Conversation& c) { c.acked[0].seq = 4; }},
      {"log-gap", Fault::lost, "a seq is missing",
       [](History&, Conversation& c) { c.log.erase(c.log.begin()); }},
      {"no-duplicate", Fault::doubled, "a repeat was stored again",
       [](History&, Conversation& c) {
         c.log.push_back({6, visitor, 3, "v1", 11});
       }},
      {"one-seq", Fault::doubled, "a repeat was acknowledged elsewhere",
       [](History&, Conversation& c) { c.acked[3].seq = 4; }},
      {"one-seq", Fault::doubled, "a repeat was taken as new",
       [](History&, Conversation& c) { c.acked[3].duplicate = false; }},
      {"no-phantom", Fault::doubled, "a message that nobody sent",
       [](History&, Conversation& c) {
         c.log.push_back({6, visitor, 3, "x", 99});
       }},
      {"no-phantom", Fault::reordered, "another text than was sent",
       [](History&, Conversation& c) { c.sent["v1"].digest = 77; }},
      {"not-refused", Fault::doubled, "refused, and in the log",
       [](History&, Conversation& c) { c.refused.insert("v2"); }},
      {"sender-order", Fault::reordered, "her second before her first",
       [](History&, Conversation& c) { std::swap(c.log[1].number, c.log[3].number); }},
      {"sender-order", Fault::lost, "a number was skipped",
       [](History&, Conversation& c) { c.log[3].number = 3; }},
      {"same-order", Fault::reordered, "two readers saw another order",
       [](History&, Conversation& c) { std::swap(c.received[2].client_id, c.received[4].client_id); }},
      {"same-order", Fault::lost, "delivered, and not in the log",
       [](History&, Conversation& c) {
         c.received.push_back({agent, 1, 9, 6, "v3", 13});
       }},
      {"session-order", Fault::reordered, "an earlier seq after a later one",
       [](History&, Conversation& c) { std::swap(c.received[2], c.received[4]); }},
      {"received-once", Fault::doubled, "the same entry twice on one connection",
       [](History&, Conversation& c) {
         c.received.push_back({agent, 1, 9, 5, "", 5});
       }},
      {"received-once", Fault::doubled, "the same entry again after a resume",
       [](History&, Conversation& c) {
         c.received.push_back({agent, 2, 9, 5, "", 5});
       }},
      {"delivered", Fault::lost, "one entry never came to a reader",
       [](History&, Conversation& c) { c.received.erase(c.received.begin() + 3); }},
      {"shown", Fault::lost, "a fresh device is not shown everything",
       [](History&, Conversation& c) { c.shown.pop_back(); }},
      {"shown", Fault::reordered, "a fresh device is shown another order",
       [](History&, Conversation& c) { std::swap(c.shown[1].client_id, c.shown[2].client_id); }},
      {"capacity", Fault::over_capacity, "a second one for an agent with one place",
       [](History& h, Conversation&) {
         h.transitions.insert(h.transitions.begin() + 4, {{'O', "d", ""}, {'F', "d", "mei"}});
       }},
      {"one-owner", Fault::over_capacity, "offered to a second one while offered",
       [](History& h, Conversation&) { h.transitions.erase(h.transitions.begin() + 2); }},
      {"one-owner", Fault::over_capacity, "accepted by another than it was offered to",
       [](History& h, Conversation&) { h.transitions[4].agent = "lin"; }},
      {"owner-writes", Fault::over_capacity, "an agent wrote after it had gone back to the queue",
       [](History&, Conversation& c) {
         c.log.insert(c.log.begin() + 2, {3, "", 0, "", 3, 'r'});
         for (std::size_t i = 3; i < c.log.size(); ++i) ++c.log[i].seq;
       }},
      {"owner-writes", Fault::over_capacity, "an agent wrote to whom it was never given",
       [](History&, Conversation& c) { c.log[2].person = "lin"; }},
      {"waiting-kept", Fault::overtaken, "her place counts from another time than her coming",
       [](History&, Conversation& c) { c.entered_ms = 10'900; }},
      {"fifo", Fault::overtaken, "a later one of the same needs was offered first",
       [](History& h, Conversation&) {
         h.conversations["d"] = h.conversations["e"] = {.closed = true, .queue_class = "sale/0"};
         h.transitions.insert(
             h.transitions.end(),
             {{'O', "d", "", 20'000}, {'O', "e", "", 20'001}, {'F', "e", "lin", 20'000 + calm_ms + 1}});
       }},
      {"fifo", Fault::overtaken, "given back, she was put behind those who came later",
       [](History& h, Conversation&) {
         h.conversations["d"] = h.conversations["e"] = {.closed = true, .queue_class = "sale/0"};
         h.transitions.insert(h.transitions.end(), {{'O', "d", "", 20'000},
                                                    {'F', "d", "mei", 20'100},
                                                    {'O', "e", "", 20'200},
                                                    {'R', "d", "mei", 21'000},
                                                    {'F', "e", "lin", 21'001 + calm_ms}});
       }},
      {"isolation", Fault::leaked, "a device got something of another shop",
       [](History& h, Conversation&) { h.leaked.insert("dev-x"); }},
      {"answered", Fault::stuck, "a message without any answer",
       [](History&, Conversation& c) {
         c.sent["v3"] = {visitor, 0, 13};
       }},
      {"answered", Fault::stuck, "a request without a reply",
       [](History& h, Conversation&) { h.unanswered = 1; }},
      {"ended", Fault::stuck, "a conversation that nobody saw end",
       [](History&, Conversation& c) { c.closed = false; }},
      {"ended", Fault::stuck, "somebody was left over",
       [](History& h, Conversation&) { h.stranded.insert(visitor); }},
      {"not-stuck", Fault::stuck, "waited beside a free agent",
       [](History& h, Conversation&) { h.overdue.insert("c"); }},
  };
  return all;
}

TEST(Judge, every_broken_history_is_caught_by_its_rule) {
  for (const Broken& one : broken()) {
    auto history = lawful();
    one.breaks(history, history.conversations["c"]);
    const auto verdict = judge(history);
    EXPECT_GT(verdict.count(one.fault), 0u) << one.rule << ": " << one.how;
    EXPECT_TRUE(std::ranges::any_of(verdict.findings,
                                    [&](const Finding& finding) { return finding.rule == one.rule; }))
        << one.rule << ": " << one.how;
    EXPECT_FALSE(verdict.good());
  }
}

TEST(Judge, a_new_epoch_may_bring_everything_again) {
  auto history = lawful();
  auto& c = history.conversations["c"];
  for (std::uint32_t seq = 1; seq <= 5; ++seq) {
    const auto& entry = c.log[seq - 1];
    c.received.push_back({agent, 2, 10, seq, entry.client_id, entry.digest});
  }
  EXPECT_TRUE(judge(history).good());
}

// The store has lost the agent's word and all behind it; both came back, and all goes on in the next epoch.
History of_a_lost_end() {
  auto history = lawful();
  history.cuts = 1;
  auto& c = history.conversations["c"];
  c.epoch = 10;
  c.offered_again = {{"v1", false}, {"a1", false}, {"v2", false}};
  c.log = {{1, "", 0, "", 2, 'a', "mei"},
           {2, visitor, 1, "v1", 11, 'm'},
           {3, visitor, 2, "v2", 12, 'm'},
           {4, agent, 1, "a1", 21, 'm', "mei"},
           {5, "", 0, "", 5, 's'}};
  c.shown = {
      {1, "", 0, "", 2}, {2, "", 0, "v1", 11}, {3, "", 0, "v2", 12}, {4, "", 0, "a1", 21}, {5, "", 0, "", 5}};
  for (const Acked& again : std::initializer_list<Acked>{{visitor, "v1", 10, 2, true, false},
                                                         {visitor, "v2", 10, 3, false, false},
                                                         {agent, "a1", 10, 4, false, false}})
    c.acked.push_back(again);
  for (const Received& again : std::initializer_list<Received>{{visitor, 2, 10, 1, "", 2},
                                                               {agent, 1, 10, 1, "", 2},
                                                               {agent, 1, 10, 2, "v1", 11},
                                                               {agent, 1, 10, 3, "v2", 12},
                                                               {visitor, 2, 10, 4, "a1", 21},
                                                               {visitor, 2, 10, 5, "", 5},
                                                               {agent, 1, 10, 5, "", 5}})
    c.received.push_back(again);
  return history;
}

TEST(Judge, M1_W20_what_was_of_a_lost_end_is_there_once_its_sender_came_back) {
  const auto verdict = judge(of_a_lost_end());
  for (const auto& finding : verdict.findings) ADD_FAILURE() << finding.rule << ": " << finding.what;
  auto without_a_cut = of_a_lost_end();
  without_a_cut.cuts = 0;
  EXPECT_FALSE(judge(without_a_cut).good()) << "nothing explains that a seq names another message";

  const auto without_a1 = [](auto change) {
    auto history = of_a_lost_end();
    auto& c = history.conversations["c"];
    for (auto* log : {&c.log, &c.shown}) {
      log->erase(log->begin() + 3);
      log->back().seq = 4;
    }
    std::erase_if(c.acked, [](const Acked& ack) { return ack.client_id == "a1" && ack.epoch == 10; });
    std::erase_if(c.received, [](const Received& one) { return one.client_id == "a1" && one.epoch == 10; });
    for (auto& one : c.received)
      if (one.epoch == 10 && one.seq == 5) one.seq = 4;
    change(c);
    return judge(history).count(Fault::lost);
  };
  EXPECT_EQ(without_a1([](Conversation&) {}), 1u) << "offered again, and not there";
  EXPECT_EQ(without_a1([](Conversation& c) { c.offered_again.erase("a1"); }), 1u)
      << "came back and kept silent";
  EXPECT_EQ(without_a1([](Conversation& c) { c.offered_again["a1"] = true; }), 0u)
      << "he was told that it is not";
  EXPECT_EQ(without_a1([](Conversation& c) {
              c.offered_again.erase("a1");
              std::erase_if(c.received, [](const Received& r) { return r.device == agent && r.epoch == 10; });
            }),
            0u)
      << "he had gone before";
}

TEST(Judge, who_was_refused_by_an_agent_may_see_him_take_the_next_one) {
  auto history = lawful();
  history.conversations["d"] = history.conversations["e"] = {.closed = true, .queue_class = "sale/0"};
  history.transitions.insert(history.transitions.end(), {{'O', "d", "", 20'000},
                                                         {'O', "e", "", 20'001},
                                                         {'F', "d", "lin", 20'100},
                                                         {'D', "d", "lin", 20'200},
                                                         {'F', "e", "lin", 20'300 + calm_ms}});
  EXPECT_TRUE(judge(history).good());
}

TEST(Judge, places_are_judged_only_where_nothing_is_disturbed) {
  auto history = lawful();
  history.conversations["d"] = history.conversations["e"] = {.closed = true, .queue_class = "sale/0"};
  const auto offered_ms = 20'000 + calm_ms + 1;
  history.transitions.insert(history.transitions.end(),
                             {{'O', "d", "", 20'000}, {'O', "e", "", 20'001}, {'F', "e", "lin", offered_ms}});
  history.disturbed = {{offered_ms - calm_ms - 500, offered_ms - calm_ms}};
  EXPECT_TRUE(judge(history).good());
  history.disturbed = {{offered_ms - calm_ms - 500, offered_ms - calm_ms - 1},
                       {offered_ms + 1, offered_ms + 2}};
  EXPECT_EQ(judge(history).count(Fault::overtaken), 1u);
}

TEST(Judge, an_end_that_only_the_log_has_is_an_end) {
  auto history = lawful();
  auto& c = history.conversations["c"];
  c.closed = false;
  c.log.back().kind = 'c';
  EXPECT_TRUE(judge(history).good());
}

TEST(Judge, who_is_given_a_conversation_again_may_get_all_of_it_again_and_once) {
  auto history = lawful();
  auto& c = history.conversations["c"];
  c.received.push_back({agent, 1, 0, 0, "", 0});
  for (std::uint32_t seq = 1; seq <= 5; ++seq)
    c.received.push_back({agent, 1, 9, seq, c.log[seq - 1].client_id, c.log[seq - 1].digest});
  EXPECT_TRUE(judge(history).good());
  c.received.push_back(c.received.back());
  EXPECT_EQ(judge(history).count(Fault::doubled), 1u);
}

TEST(Judge, what_is_above_the_position_may_come_again_after_the_line_broke) {
  auto history = lawful();
  auto& c = history.conversations["c"];
  c.received.push_back({agent, 2, 0, 0, "", 3});
  for (const std::uint32_t seq : {4u, 5u})
    c.received.push_back({agent, 2, 9, seq, c.log[seq - 1].client_id, c.log[seq - 1].digest});
  EXPECT_TRUE(judge(history).good());
  c.received.push_back({agent, 2, 0, 0, "", 3});
  c.received.push_back({agent, 3, 9, 2, "v1", 11});
  EXPECT_EQ(judge(history).count(Fault::doubled), 1u) << "what is below it may not";
}

TEST(Judge, an_incomplete_event_stream_is_not_judged) {
  auto history = lawful();
  history.transitions = {{'A', "c", "lin"}};
  history.transitions_complete = false;
  EXPECT_TRUE(judge(history).good());
}

TEST(Judge, what_is_found_is_counted_whole_and_told_in_part) {
  auto history = lawful();
  history.unanswered = 500;
  const auto verdict = judge(history);
  EXPECT_EQ(verdict.count(Fault::stuck), 500u);
  EXPECT_EQ(verdict.findings.size(), Verdict::findings_max);
}

}  // namespace
}  // namespace switchboard::check
