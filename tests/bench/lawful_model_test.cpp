// No false alarms: shops that keep every promise, made up from a seed, with everything that is allowed to
// happen (lines that break and resume, repeats, refusals, offers declined, agents lost, chats given back),
// are judged to be good, and so is what a file of theirs says.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <random>

#include "bench/check/judge.hpp"
#include "bench/check/recorder.hpp"

namespace switchboard::check {
namespace {

// One side of a conversation, with what it has been given and on which connection.
struct Side {
  std::string device, person;
  std::uint32_t number = 0;
  std::uint32_t held = 0;
  std::uint64_t connection = 1;
};

class Model {
 public:
  Model(std::uint64_t seed, Recorder& record) : random_(seed), record_(record) {}

  void run() {
    for (int i = 0; i < 4; ++i) {
      places_["agent" + std::to_string(i)] = 1 + static_cast<std::uint32_t>(i) % 2;
      record_.capacity("agent" + std::to_string(i), places_["agent" + std::to_string(i)]);
    }
    for (int steps = 0; steps < 400; ++steps) {
      now_ms_ += draw(900);
      if (chats_.size() < 12 && draw(3) == 0) open();
      serve();
      for (auto& chat : chats_) live(chat);
      for (auto& chat : chats_)
        if (chat.active && draw(12) == 0) close(chat);
      std::erase_if(chats_, [](const Chat& chat) { return chat.closed; });
    }
    while (!chats_.empty()) {
      now_ms_ += 100;
      for (auto& chat : chats_) close(chat);
      chats_.clear();
    }
    record_.transitions(steps_, true);
  }

 private:
  struct Chat {
    std::string id;
    Side visitor, agent;
    std::vector<Stored> log;
    std::int64_t entered_ms = 0;
    std::set<std::string> declined;
    std::optional<Acked> last_ack;
    bool active = false, closed = false;
  };

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  void note(char kind, const Chat& chat, const std::string& agent) {
    steps_.push_back({kind, chat.id, agent, now_ms_});
  }
  void system(Chat& chat, char kind, const std::string& person = {}) {
    chat.log.push_back({static_cast<std::uint32_t>(chat.log.size() + 1), "", 0, "", static_cast<Digest>(kind),
                        kind, person});
  }

  void open() {
    Chat chat;
    chat.id = "c" + std::to_string(++opened_);
    chat.visitor = {"v" + std::to_string(opened_), "", 0, 0, 1};
    chat.entered_ms = now_ms_;
    note('O', chat, "");
    system(chat, 's');
    record_.opened(chat.id, "sale/0");
    chats_.push_back(std::move(chat));
  }

  // Who came first is offered first, to whoever has a place and has not declined her.
  void serve() {
    for (Chat& chat : chats_) {
      if (chat.active) continue;
      for (auto& [agent, places] : places_) {
        if (places == 0 || chat.declined.contains(agent)) continue;
        note('F', chat, agent);
        now_ms_ += draw(5);
        if (draw(6) == 0) {
          note('D', chat, agent);
          chat.declined.insert(agent);
          continue;
        }
        --places;
        note('A', chat, agent);
        system(chat, 'a', agent);
        chat.agent = {agent + "/" + chat.id + std::to_string(chat.log.size()), agent, 0, 0, 1};
        chat.active = true;
        break;
      }
      if (!chat.active && chat.declined.size() == places_.size()) chat.declined.clear();
    }
  }

  void live(Chat& chat) {
    if (draw(2) == 0) say(chat, chat.visitor);
    if (chat.active && draw(2) == 0) say(chat, chat.agent);
    if (draw(4) == 0) catch_up(chat, chat.visitor);
    if (chat.active && draw(4) == 0) catch_up(chat, chat.agent);
    if (draw(10) == 0) ++chat.visitor.connection;
    if (chat.last_ack && draw(5) == 0) {
      auto again = *chat.last_ack;
      again.duplicate = again.repeat = true;
      record_.acked(chat.id, again);
    }
    if (chat.active && draw(30) == 0) {  // her agent is lost
      note('R', chat, chat.agent.person);
      system(chat, 'r');
      ++places_[chat.agent.person];
      chat.active = false;
    }
  }

  void say(Chat& chat, Side& side) {
    const auto id = "m" + std::to_string(++said_);
    const Digest digest = random_();
    record_.sent(chat.id, id, {side.device, 0, digest});
    if (draw(15) == 0) return record_.refused(chat.id, id);
    const auto seq = static_cast<std::uint32_t>(chat.log.size() + 1);
    chat.log.push_back({seq, side.device, ++side.number, id, digest, 'm', side.person});
    // The answer was lost with the line, and the repeat's came.
    const bool duplicate = draw(8) == 0;
    chat.last_ack = Acked{side.device, id, 7, seq, duplicate, false};
    record_.acked(chat.id, *chat.last_ack);
  }

  void catch_up(Chat& chat, Side& side) {
    for (; side.held < chat.log.size(); ++side.held) {
      const Stored& entry = chat.log[side.held];
      if (entry.sender == side.device && !side.device.empty()) continue;  // its ack stands for it
      record_.received(chat.id, {side.device, side.connection, 7, entry.seq, entry.client_id, entry.digest});
    }
  }

  void close(Chat& chat) {
    if (chat.active) ++places_[chat.agent.person];
    note('Z', chat, chat.active ? chat.agent.person : "");
    system(chat, 'c');
    chat.closed = true;
    record_.closed(chat.id);
    for (Side* side : {&chat.visitor, &chat.agent}) {
      if (side == &chat.agent && !chat.active) continue;
      catch_up(chat, *side);
      record_.reader(chat.id, side->device);
    }
    record_.logged(chat.id, chat.log, chat.entered_ms, 0);
    record_.shown(chat.id, chat.log);
  }

  std::mt19937_64 random_;
  Recorder& record_;
  std::int64_t now_ms_ = 1'000'000;
  std::uint64_t opened_ = 0, said_ = 0;
  std::map<std::string, std::uint32_t> places_;  // free ones
  std::deque<Chat> chats_;                       // in the order of opening
  std::vector<Transition> steps_;
};

void expect_good(const History& history, std::uint64_t seed) {
  const auto verdict = judge(history);
  for (const auto& finding : verdict.findings)
    ADD_FAILURE() << "seed " << seed << ": " << finding.rule << ": " << finding.what;
}

TEST(LawfulModel, is_judged_to_be_good_whatever_the_seed) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    History history;
    Recorder record(history);
    Model(seed, record).run();
    ASSERT_GT(history.conversations.size(), 20u);
    expect_good(history, seed);
  }
}

TEST(LawfulModel, is_read_from_its_file_as_it_was) {
  const auto file =
      std::filesystem::temp_directory_path() / ("switchboard-history-" + std::to_string(getpid()) + ".jsonl");
  History written, read;
  {
    Recorder record(written);
    ASSERT_TRUE(record.keep(file));
    Model(7, record).run();
    record.leaked("dev");
    record.disturbed({5, 6});
    record.overdue("c1");
    record.stranded("dev");
    record.unanswered(3);
  }
  EXPECT_EQ(read_history(file, read), "");
  std::filesystem::remove(file);
  EXPECT_EQ(read.conversations.size(), written.conversations.size());
  EXPECT_EQ(read.transitions.size(), written.transitions.size());
  const auto a = judge(written), b = judge(read);
  EXPECT_EQ(a.count(Fault::leaked), 1u);
  EXPECT_EQ(a.count(Fault::stuck), 5u);
  for (std::size_t i = 0; i < faults; ++i) EXPECT_EQ(a.counts[i], b.counts[i]);
}

TEST(LawfulModel, a_file_that_is_cut_or_of_something_else_is_told_with_its_line) {
  const auto file =
      std::filesystem::temp_directory_path() / ("switchboard-history-" + std::to_string(getpid()) + ".jsonl");
  std::FILE* out = std::fopen(file.c_str(), "w");
  std::fputs("{\"what\":\"fault\"}\n{\"what\":\"clo", out);
  std::fclose(out);
  History history;
  EXPECT_NE(read_history(file, history).find(":2: "), std::string::npos);
  std::filesystem::remove(file);
  EXPECT_NE(read_history(file, history), "");
}

}  // namespace
}  // namespace switchboard::check
