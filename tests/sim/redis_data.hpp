// What the simulated Redis keeps: keys with the types that Switchboard uses, and a way back. Every change
// notes how to undo it; a crash undoes what was not durable yet.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tests/sim/clock.hpp"

namespace switchboard::sim {

struct StreamId {
  std::uint64_t ms = 0, seq = 0;
  auto operator<=>(const StreamId&) const = default;
  std::string text() const { return std::to_string(ms) + "-" + std::to_string(seq); }
};
struct StreamEntry {
  StreamId id;
  std::vector<std::string> fields;  // name, value, name, value ...
};

using Hash = std::map<std::string, std::string, std::less<>>;
using Set = std::set<std::string, std::less<>>;
struct SortedSet {
  std::map<std::string, double, std::less<>> scores;
  std::set<std::pair<double, std::string>> order;
};
struct Stream {
  std::deque<StreamEntry> entries;
  StreamId last;
};

// A key holds a value of another type than the command wants.
struct WrongType {};

class Data {
 public:
  // The value of `key` as a T, or null if there is no such key. Throws WrongType.
  template <class T>
  const T* find(std::string_view key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) return nullptr;
    const T* value = std::get_if<T>(&found->second);
    if (!value) throw WrongType{};
    return value;
  }
  bool exists(std::string_view key) const { return values_.contains(key); }
  std::vector<std::string> keys_with_prefix(std::string_view prefix) const;

  // Each returns whether something was new (set, added) or there (removed).
  void set(const std::string& key, std::string value);
  bool hash_set(const std::string& key, const std::string& field, std::string value);
  bool hash_remove(const std::string& key, const std::string& field);
  bool set_add(const std::string& key, const std::string& member);
  bool set_remove(const std::string& key, const std::string& member);
  bool sorted_add(const std::string& key, const std::string& member, double score);
  bool sorted_remove(const std::string& key, const std::string& member);
  void stream_add(const std::string& key, StreamEntry entry);
  void stream_drop_oldest(const std::string& key, std::size_t count);
  bool remove(const std::string& key);
  bool set_expiry(const std::string& key, Micros at);  // `never`: it stays
  void expire_due();

  // Marks the way back to here; marks rise. What lies before a mark that is forgotten cannot be undone any
  // more.
  std::uint64_t mark() const { return first_ + undo_.size(); }
  void undo_to(std::uint64_t mark);
  void forget_before(std::uint64_t mark);

  // Keys that were changed since this was asked last.
  std::set<std::string> take_changed() { return std::exchange(changed_, {}); }

 private:
  using Value = std::variant<std::string, Hash, Set, SortedSet, Stream>;

  template <class T>
  T& edit(const std::string& key);
  void drop_if_empty(const std::string& key);
  void on_undo(const std::string& key, std::function<void()> undo);

  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, Micros, std::less<>> expiries_;
  Micros first_expiry_ = never;  // nothing is due before
  std::deque<std::function<void()>> undo_;
  std::uint64_t first_ = 0;  // number of the oldest in undo_
  std::set<std::string> changed_;
};

}  // namespace switchboard::sim
