#include "tests/sim/redis_data.hpp"

#include <algorithm>

namespace switchboard::sim {

void Data::on_undo(const std::string& key, std::function<void()> undo) {
  changed_.insert(key);
  undo_.push_back(std::move(undo));
}

template <class T>
T& Data::edit(const std::string& key) {
  const auto [at, fresh] = values_.try_emplace(key, T{});
  if (fresh) on_undo(key, [this, key] { values_.erase(key); });
  T* value = std::get_if<T>(&at->second);
  if (!value) throw WrongType{};
  return *value;
}

// Collections vanish with their last member; streams stay.
void Data::drop_if_empty(const std::string& key) {
  const auto found = values_.find(key);
  if (found == values_.end()) return;
  const auto& value = found->second;
  const auto* hash = std::get_if<Hash>(&value);
  const auto* set = std::get_if<Set>(&value);
  const auto* sorted = std::get_if<SortedSet>(&value);
  if ((hash && hash->empty()) || (set && set->empty()) || (sorted && sorted->scores.empty())) remove(key);
}

std::vector<std::string> Data::keys_with_prefix(std::string_view prefix) const {
  std::vector<std::string> keys;
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
    keys.push_back(at->first);
  return keys;
}

void Data::set(const std::string& key, std::string value) {
  remove(key);
  edit<std::string>(key) = std::move(value);
}

bool Data::hash_set(const std::string& key, const std::string& field, std::string value) {
  auto& hash = edit<Hash>(key);
  const auto [at, fresh] = hash.try_emplace(field);
  on_undo(key, [this, key, field, fresh = fresh, before = at->second] {
    auto& of = std::get<Hash>(values_.at(key));
    if (fresh)
      of.erase(field);
    else
      of[field] = before;
  });
  at->second = std::move(value);
  return fresh;
}

bool Data::hash_remove(const std::string& key, const std::string& field) {
  const auto* hash = find<Hash>(key);
  if (!hash || !hash->contains(field)) return false;
  on_undo(key,
          [this, key, field, before = hash->at(field)] { std::get<Hash>(values_.at(key))[field] = before; });
  edit<Hash>(key).erase(field);
  drop_if_empty(key);
  return true;
}

bool Data::set_add(const std::string& key, const std::string& member) {
  if (!edit<Set>(key).insert(member).second) return false;
  on_undo(key, [this, key, member] { std::get<Set>(values_.at(key)).erase(member); });
  return true;
}

bool Data::set_remove(const std::string& key, const std::string& member) {
  const auto* set = find<Set>(key);
  if (!set || !set->contains(member)) return false;
  on_undo(key, [this, key, member] { std::get<Set>(values_.at(key)).insert(member); });
  edit<Set>(key).erase(member);
  drop_if_empty(key);
  return true;
}

bool Data::sorted_add(const std::string& key, const std::string& member, double score) {
  const bool fresh = !sorted_remove(key, member);
  auto& sorted = edit<SortedSet>(key);
  sorted.scores[member] = score;
  sorted.order.emplace(score, member);
  on_undo(key, [this, key, member, score] {
    auto& of = std::get<SortedSet>(values_.at(key));
    of.scores.erase(member);
    of.order.erase({score, member});
  });
  return fresh;
}

bool Data::sorted_remove(const std::string& key, const std::string& member) {
  const auto* sorted = find<SortedSet>(key);
  if (!sorted || !sorted->scores.contains(member)) return false;
  const double score = sorted->scores.find(member)->second;
  on_undo(key, [this, key, member, score] {
    auto& of = std::get<SortedSet>(values_.at(key));
    of.scores[member] = score;
    of.order.emplace(score, member);
  });
  auto& of = edit<SortedSet>(key);
  of.scores.erase(member);
  of.order.erase({score, member});
  drop_if_empty(key);
  return true;
}

void Data::stream_add(const std::string& key, StreamEntry entry) {
  auto& stream = edit<Stream>(key);
  on_undo(key, [this, key, before = stream.last] {
    auto& of = std::get<Stream>(values_.at(key));
    of.entries.pop_back();
    of.last = before;
  });
  stream.last = entry.id;
  stream.entries.push_back(std::move(entry));
}

void Data::stream_drop_oldest(const std::string& key, std::size_t count) {
  auto& stream = edit<Stream>(key);
  for (; count > 0 && !stream.entries.empty(); --count) {
    on_undo(key, [this, key, entry = std::move(stream.entries.front())] {
      std::get<Stream>(values_.at(key)).entries.push_front(entry);
    });
    stream.entries.pop_front();
  }
}

bool Data::remove(const std::string& key) {
  const auto found = values_.find(key);
  if (found == values_.end()) return false;
  set_expiry(key, never);
  on_undo(key, [this, key, before = std::move(found->second)] { values_[key] = before; });
  values_.erase(found);
  return true;
}

bool Data::set_expiry(const std::string& key, Micros at) {
  const auto found = expiries_.find(key);
  const Micros before = found == expiries_.end() ? never : found->second;
  if (!values_.contains(key) || before == at) return false;
  const auto put = [this, key](Micros when) {
    if (when == never)
      expiries_.erase(key);
    else
      expiries_[key] = when, first_expiry_ = std::min(first_expiry_, when);
  };
  on_undo(key, [put, before] { put(before); });
  put(at);
  return true;
}

void Data::expire_due() {
  if (now() < first_expiry_) return;
  first_expiry_ = never;
  std::vector<std::string> due;
  for (const auto& [key, at] : expiries_)
    if (at <= now())
      due.push_back(key);
    else
      first_expiry_ = std::min(first_expiry_, at);
  for (const auto& key : due) remove(key);
}

void Data::undo_to(std::uint64_t to) {
  while (mark() > to && !undo_.empty()) {
    const auto undo = std::move(undo_.back());
    undo_.pop_back();
    undo();
  }
}

void Data::forget_before(std::uint64_t to) {
  while (first_ < to && !undo_.empty()) {
    undo_.pop_front();
    ++first_;
  }
}

}  // namespace switchboard::sim
