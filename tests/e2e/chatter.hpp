// Several pairs who talk without a pause and keep the contract while somebody breaks something; in the end
// all that they said must be there once, in its order, with the seqs that were acknowledged.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/world.hpp"

namespace switchboard::e2e {

inline constexpr std::size_t window = 8;  // posts of one side under way

// One side of a talk that keeps the contract: it repeats what is not acknowledged, oldest first, under the
// same client id and number (W15, W16).
struct Side {
  TestClient* client;
  std::string conversation;
  std::uint32_t fence;
  std::vector<Post> posts;                     // number n stands at n - 1
  std::vector<std::uint32_t> seqs;             // acknowledged; 0: not yet
  std::map<std::uint32_t, std::size_t> asked;  // ref -> place in posts
  std::size_t next = 0;
  bool go_back = false;  // something was not taken: start again from the oldest when all answers are in
  std::chrono::steady_clock::time_point
      not_before{};  // a client that asks at once, again and again, is a flood (4003)
  std::vector<std::string> wrong;

  bool all_acknowledged() const { return std::ranges::find(seqs, 0u) == seqs.end(); }
  void line_is_new() {
    asked.clear();
    start_again();
  }
  void start_again() {
    go_back = false;
    next = static_cast<std::size_t>(std::ranges::find(seqs, 0u) - seqs.begin());
  }

  void collect() {
    for (auto one = asked.begin(); one != asked.end();) {
      const auto* reply = client->answer(one->first);
      if (!reply) {
        ++one;
        continue;
      }
      take(one->second, *reply);
      one = asked.erase(one);
    }
  }
  void take(std::size_t place, const ServerFrame& reply) {
    if (const auto* ack = std::get_if<Ack>(&reply.body)) {
      if (seqs[place] != 0 && seqs[place] != ack->seq) wrong.push_back("M2: two seqs for one message");
      seqs[place] = ack->seq;
      return;
    }
    const auto& error = std::get<Error>(reply.body);
    go_back = true;
    if (error.retry_after_ms > 0) not_before = std::chrono::steady_clock::now() + 20ms;
    if (error.code != ErrorCode::try_again && error.code != ErrorCode::busy &&
        error.code != ErrorCode::number_gap)
      wrong.push_back("refused with " + name_of(error.code));
  }

  void say_more(std::size_t most) {
    if (client->ended()) return;
    if (go_back && asked.empty() && std::chrono::steady_clock::now() >= not_before) start_again();
    while (!go_back && asked.size() < window && next < most) {
      if (next == posts.size()) {
        posts.push_back({conversation,
                         test::fresh_word(),
                         static_cast<std::uint32_t>(next + 1),
                         fence,
                         {client->identity.device + " " + std::to_string(next + 1)}});
        seqs.push_back(0);
      }
      asked[client->send(posts[next])] = next;
      ++next;
    }
  }
};

class Chatter : public World {
 protected:
  explicit Chatter(std::vector<std::string> arguments = {})
      : World({.shop_file = corner_shop("[routing]\nramp_ms = 0\n"), .arguments = std::move(arguments)}) {
    begin("ann", 2);
    begin("cleo", 1);
  }
  // Nobody has begun yet.
  struct Silent {};
  Chatter(Silent, test::GatewayOptions options) : World(std::move(options)) {}

  void begin(const char* name, int talks) {
    auto& serving = agent(name);
    for (int i = 0; i < talks; ++i) {
      auto& guest = visitor("guest of " + std::string(name));
      const auto now = talk(guest, serving);
      sides.push_back({&guest, now.id, 0, {}, {}, {}});
      if (i == 0) sides.push_back({&serving, now.id, now.fence, {}, {}, {}});
    }
  }

  // Everybody talks for so long.
  void chatter(std::chrono::microseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) step(SIZE_MAX);
  }
  void step(std::size_t most) {
    for (auto& side : sides) {
      side.collect();
      side.say_more(most);
    }
    let_pass(1ms);
  }
  void everybody_comes_back() {
    for (auto& client : clients) come_back(client);
    for (auto& side : sides) side.line_is_new();
  }

  // All that was begun is brought home, and the books of both sides and of Redis agree.
  void finish() {
    std::size_t begun = 0;
    for (const auto& side : sides) begun = std::max(begun, side.posts.size());
    ASSERT_TRUE(wait_for([&] {
      bool done = true;
      for (auto& side : sides) {
        side.collect();
        side.say_more(side.posts.size());
        done = done && side.all_acknowledged();
      }
      return done;
    })) << "not everything was acknowledged in the end";
    for (const auto& side : sides) judge(side);
    check_books();
  }
  void what_was_acknowledged_is_there() {
    for (const auto& side : sides) {
      const auto log = stored_log(side.conversation);
      for (std::size_t i = 0; i < side.posts.size(); ++i) {
        if (side.seqs[i] == 0) continue;
        ASSERT_LE(side.seqs[i], log.size()) << "an acknowledged message is lost (M1)";
        EXPECT_EQ(log[side.seqs[i] - 1].client_id, side.posts[i].client_id);
      }
    }
  }
  void judge(const Side& side) {
    for (const auto& wrong : side.wrong) ADD_FAILURE() << wrong;
    const auto log = stored_log(side.conversation);
    ASSERT_TRUE(without_gap(log));
    std::vector<std::string> kept, said;
    std::set<std::string> mine;
    for (const auto& post : side.posts) {
      said.push_back(post.client_id);
      mine.insert(post.client_id);
    }
    for (const auto& entry : log)
      if (mine.contains(entry.client_id)) kept.push_back(entry.client_id);
    EXPECT_EQ(kept, said) << "each message once, in the order in which it was sent (M1, M2, M3)";
    for (std::size_t i = 0; i < side.posts.size(); ++i)
      EXPECT_EQ(log.at(side.seqs[i] - 1).client_id, side.posts[i].client_id)
          << "the seq that was acknowledged";
    side.client->hold_all(side.conversation, static_cast<std::uint32_t>(log.size()));
  }

  std::vector<Side> sides;
};

}  // namespace switchboard::e2e
