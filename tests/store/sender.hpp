// One writer of one conversation who keeps the contract of a client.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/store/store.hpp"

namespace switchboard::store {

// Sends the messages 1 to `count` of a conversation, several under way at a time, and repeats from the first
// that was not acknowledged, as a client does.
class Sender {
 public:
  Sender(Store& store, std::string shop, std::string name, std::uint32_t count)
      : seqs(count + 1, 0), store_(store), shop_(std::move(shop)), name_(std::move(name)) {}

  void push(std::uint32_t window) {
    if (under_way_ > 0 || !store_.ready()) return;
    std::uint32_t first = 1;
    while (first < seqs.size() && seqs[first] != 0) ++first;
    for (std::uint32_t n = first; n < seqs.size() && n < first + window; ++n) send(n);
  }
  std::uint32_t acknowledged() const { return acknowledged_; }
  bool finished() const { return acknowledged() + 1 == seqs.size(); }
  int under_way() const { return under_way_; }

  std::vector<std::uint32_t> seqs;  // by number; 0: not acknowledged
  int duplicates = 0;

 private:
  void send(std::uint32_t number) {
    const std::string id = "id-" + std::to_string(number);
    Append a;
    a.shop = shop_, a.conversation = "c-" + name_, a.person = name_, a.sender = "phone";
    const std::string conversation = "c-" + name_;
    a.conversation = conversation, a.number = number, a.client_id = id, a.body = id;
    ++under_way_;
    store_.append(a, [this, number](Answer<Appended> answer) {
      --under_way_;
      if (!answer) {  // unknown, or behind one that is; any other refusal would be false
        EXPECT_TRUE(answer.error() == Refusal::unavailable || answer.error() == Refusal::number_gap);
        return;
      }
      EXPECT_TRUE(seqs[number] == 0 || seqs[number] == answer->seq);
      acknowledged_ += seqs[number] == 0 ? 1 : 0;
      seqs[number] = answer->seq;
      duplicates += answer->duplicate ? 1 : 0;
    });
  }

  Store& store_;
  std::string shop_, name_;
  std::uint32_t acknowledged_ = 0;
  int under_way_ = 0;
};

}  // namespace switchboard::store
