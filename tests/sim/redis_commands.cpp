#include "tests/sim/redis_commands.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>

namespace switchboard::sim {

namespace {

using Publish = std::function<std::int64_t(const std::string&, const std::string&)>;

struct Call {
  Data& data;
  const Words& words;
  std::int64_t wall_us;
  const Publish& publish;

  const std::string& key() const { return words.at(1); }
};

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw Unsupported("not an integer: " + text);
  return value;
}

StreamId stream_id(std::string_view text, std::uint64_t missing_seq) {
  if (text == "-") return {0, 0};
  if (text == "+") return {UINT64_MAX, UINT64_MAX};
  StreamId id{0, missing_seq};
  const auto dash = text.find('-');
  id.ms = static_cast<std::uint64_t>(number(std::string(text.substr(0, dash))));
  if (dash != std::string_view::npos)
    id.seq = static_cast<std::uint64_t>(number(std::string(text.substr(dash + 1))));
  return id;
}

Value entry_value(const StreamEntry& entry) {
  return Value::array({Value::bulk(entry.id.text()), Value::array_of(entry.fields)});
}

// ---------------------------------------------------------------- strings, keys

Value get(const Call& c) {
  const auto* value = c.data.find<std::string>(c.key());
  return value ? Value::bulk(*value) : Value::nil();
}
Value set(const Call& c) {
  const bool expires = c.words.size() == 5 && c.words[3] == "EX";
  if (c.words.size() != 3 && !expires) throw Unsupported("SET with other options than EX");
  c.data.set(c.key(), c.words[2]);
  if (expires) c.data.set_expiry(c.key(), now() + number(c.words[4]) * second);
  return Value::status("OK");
}
Value incr(const Call& c) {
  const auto* before = c.data.find<std::string>(c.key());
  const auto value = (before ? number(*before) : 0) + 1;
  c.data.set(c.key(), std::to_string(value));
  return Value::number(value);
}
Value del(const Call& c) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < c.words.size(); ++i) count += c.data.remove(c.words[i]);
  return Value::number(count);
}
Value exists(const Call& c) {
  return Value::number(c.data.exists(c.key()));
}
Value expire(const Call& c) {
  return Value::number(c.data.set_expiry(c.key(), now() + number(c.words.at(2)) * second));
}
Value persist(const Call& c) {
  return Value::number(c.data.set_expiry(c.key(), never));
}
Value time_of_day(const Call& c) {
  const std::string parts[] = {std::to_string(c.wall_us / 1'000'000), std::to_string(c.wall_us % 1'000'000)};
  return Value::array_of(parts);
}

// ---------------------------------------------------------------- hashes

Value hget(const Call& c) {
  const auto* hash = c.data.find<Hash>(c.key());
  const auto found = hash ? hash->find(c.words.at(2)) : Hash::const_iterator{};
  return hash && found != hash->end() ? Value::bulk(found->second) : Value::nil();
}
Value hmget(const Call& c) {
  const auto* hash = c.data.find<Hash>(c.key());
  std::vector<Value> values;
  for (std::size_t i = 2; i < c.words.size(); ++i) {
    const auto found = hash ? hash->find(c.words[i]) : Hash::const_iterator{};
    values.push_back(hash && found != hash->end() ? Value::bulk(found->second) : Value::nil());
  }
  return Value::array(std::move(values));
}
Value hgetall(const Call& c) {
  std::vector<Value> values;
  if (const auto* hash = c.data.find<Hash>(c.key()))
    for (const auto& [field, value] : *hash)
      values.push_back(Value::bulk(field)), values.push_back(Value::bulk(value));
  return Value::array(std::move(values));
}
Value hset(const Call& c) {
  if (c.words.size() < 4 || c.words.size() % 2 != 0)
    return Value::error("ERR wrong number of arguments for 'hset'");
  std::int64_t fresh = 0;
  for (std::size_t i = 2; i < c.words.size(); i += 2)
    fresh += c.data.hash_set(c.key(), c.words[i], c.words[i + 1]);
  return Value::number(fresh);
}
Value hsetnx(const Call& c) {
  const auto* hash = c.data.find<Hash>(c.key());
  if (hash && hash->contains(c.words.at(2))) return Value::number(0);
  return Value::number(c.data.hash_set(c.key(), c.words.at(2), c.words.at(3)));
}
Value hincrby(const Call& c) {
  const auto* hash = c.data.find<Hash>(c.key());
  const auto found = hash ? hash->find(c.words.at(2)) : Hash::const_iterator{};
  const auto value = (hash && found != hash->end() ? number(found->second) : 0) + number(c.words.at(3));
  c.data.hash_set(c.key(), c.words[2], std::to_string(value));
  return Value::number(value);
}
Value hdel(const Call& c) {
  std::int64_t count = 0;
  for (std::size_t i = 2; i < c.words.size(); ++i) count += c.data.hash_remove(c.key(), c.words[i]);
  return Value::number(count);
}
Value hexists(const Call& c) {
  const auto* hash = c.data.find<Hash>(c.key());
  return Value::number(hash && hash->contains(c.words.at(2)));
}
Value hlen(const Call& c) {
  const auto* hash = c.data.find<Hash>(c.key());
  return Value::number(hash ? static_cast<std::int64_t>(hash->size()) : 0);
}

// ---------------------------------------------------------------- sets

Value sadd(const Call& c) {
  std::int64_t fresh = 0;
  for (std::size_t i = 2; i < c.words.size(); ++i) fresh += c.data.set_add(c.key(), c.words[i]);
  return Value::number(fresh);
}
Value srem(const Call& c) {
  std::int64_t count = 0;
  for (std::size_t i = 2; i < c.words.size(); ++i) count += c.data.set_remove(c.key(), c.words[i]);
  return Value::number(count);
}
Value scard(const Call& c) {
  const auto* members = c.data.find<Set>(c.key());
  return Value::number(members ? static_cast<std::int64_t>(members->size()) : 0);
}
Value sismember(const Call& c) {
  const auto* members = c.data.find<Set>(c.key());
  return Value::number(members && members->contains(c.words.at(2)));
}
Value smembers(const Call& c) {
  std::vector<Value> values;
  if (const auto* members = c.data.find<Set>(c.key()))
    for (const auto& member : *members) values.push_back(Value::bulk(member));
  return Value::array(std::move(values));
}

// ---------------------------------------------------------------- sorted sets

Value zadd(const Call& c) {
  if (c.words.size() != 4) throw Unsupported("ZADD with options or of several members");
  return Value::number(c.data.sorted_add(c.key(), c.words[3], std::stod(c.words[2])));
}
Value zrem(const Call& c) {
  std::int64_t count = 0;
  for (std::size_t i = 2; i < c.words.size(); ++i) count += c.data.sorted_remove(c.key(), c.words[i]);
  return Value::number(count);
}
Value zcard(const Call& c) {
  const auto* sorted = c.data.find<SortedSet>(c.key());
  return Value::number(sorted ? static_cast<std::int64_t>(sorted->scores.size()) : 0);
}
Value zscore(const Call& c) {
  const auto* sorted = c.data.find<SortedSet>(c.key());
  const auto found = sorted ? sorted->scores.find(c.words.at(2)) : decltype(sorted->scores.begin()){};
  if (!sorted || found == sorted->scores.end()) return Value::nil();
  return Value::bulk(std::to_string(static_cast<std::int64_t>(found->second)));
}
Value zrange(const Call& c) {
  if (c.words.size() != 4) throw Unsupported("ZRANGE with options");
  std::vector<std::string> members;
  if (const auto* sorted = c.data.find<SortedSet>(c.key()))
    for (const auto& [score, member] : sorted->order) members.push_back(member);
  const auto size = static_cast<std::int64_t>(members.size());
  const auto place = [size](std::int64_t at) { return at < 0 ? size + at : at; };
  const auto first = std::max<std::int64_t>(0, place(number(c.words[2])));
  const auto last = std::min<std::int64_t>(size - 1, place(number(c.words[3])));
  if (first > last) return Value::array();
  return Value::array_of(std::span(members).subspan(static_cast<std::size_t>(first),
                                                    static_cast<std::size_t>(last - first + 1)));
}

// ---------------------------------------------------------------- looking through much in small steps

// key cursor COUNT n. The cursor is a place in the order of the members: what stays there all the time is
// seen.
std::pair<std::size_t, std::size_t> scanned(const Call& c, std::size_t size) {
  if (c.words.size() != 5 || c.words[3] != "COUNT") throw Unsupported("a scan without COUNT alone");
  const auto from = std::min(size, static_cast<std::size_t>(number(c.words[2])));
  return {from, std::min(size, from + static_cast<std::size_t>(number(c.words[4])))};
}
Value scan_reply(std::size_t to, std::size_t size, std::vector<Value> found) {
  return Value::array({Value::bulk(to == size ? "0" : std::to_string(to)), Value::array(std::move(found))});
}
Value sscan(const Call& c) {
  const auto* members = c.data.find<Set>(c.key());
  const auto size = members ? members->size() : 0;
  const auto [from, to] = scanned(c, size);
  std::vector<Value> found;
  for (std::size_t i = from; i < to; ++i)
    found.push_back(Value::bulk(*std::next(members->begin(), static_cast<std::ptrdiff_t>(i))));
  return scan_reply(to, size, std::move(found));
}
Value zscan(const Call& c) {
  const auto* sorted = c.data.find<SortedSet>(c.key());
  const auto size = sorted ? sorted->scores.size() : 0;
  const auto [from, to] = scanned(c, size);
  std::vector<Value> found;
  for (std::size_t i = from; i < to; ++i) {
    const auto& [member, score] = *std::next(sorted->scores.begin(), static_cast<std::ptrdiff_t>(i));
    found.push_back(Value::bulk(member));
    found.push_back(Value::bulk(std::to_string(static_cast<std::int64_t>(score))));
  }
  return scan_reply(to, size, std::move(found));
}

// ---------------------------------------------------------------- streams

constexpr std::size_t node_entries = 100;  // stream-node-max-entries: what MAXLEN ~ trims at once

Value xadd(const Call& c) {
  std::size_t at = 2;
  std::optional<std::size_t> most;
  bool roughly = false;
  if (c.words.at(at) == "MAXLEN") {
    roughly = c.words.at(++at) == "~";
    if (roughly || c.words[at] == "=") ++at;
    most = static_cast<std::size_t>(number(c.words.at(at++)));
  }
  const std::string& wanted = c.words.at(at++);
  const auto* stream = c.data.find<Stream>(c.key());
  const StreamId last = stream ? stream->last : StreamId{};
  StreamId id;
  if (wanted == "*") throw Unsupported("XADD *");
  if (wanted.ends_with("-*")) {
    id = stream_id(wanted.substr(0, wanted.size() - 2), 0);
    id.seq = id.ms == last.ms ? last.seq + 1 : 0;
    if (id == StreamId{}) id.seq = 1;
  } else {
    id = stream_id(wanted, 0);
  }
  if (id <= last)
    return Value::error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  c.data.stream_add(c.key(), {id, Words(c.words.begin() + static_cast<std::ptrdiff_t>(at), c.words.end())});
  if (most) {
    const auto size = c.data.find<Stream>(c.key())->entries.size();
    const auto over = size > *most ? size - *most : 0;
    c.data.stream_drop_oldest(c.key(), roughly ? over / node_entries * node_entries : over);
  }
  return Value::bulk(id.text());
}

Value xrange(const Call& c, bool backwards) {
  const std::string& low = c.words.at(backwards ? 3 : 2);
  const std::string& high = c.words.at(backwards ? 2 : 3);
  const bool open = low.starts_with("(");
  const StreamId first = stream_id(open ? std::string_view(low).substr(1) : low, 0);
  const StreamId last = stream_id(high, UINT64_MAX);
  std::size_t most = SIZE_MAX;
  if (c.words.size() == 6 && c.words[4] == "COUNT") most = static_cast<std::size_t>(number(c.words[5]));
  std::vector<Value> found;
  const auto* stream = c.data.find<Stream>(c.key());
  if (!stream) return Value::array();
  const auto& entries = stream->entries;
  auto begin = std::ranges::lower_bound(entries, first, {}, &StreamEntry::id);
  if (open && begin != entries.end() && begin->id == first) ++begin;
  const auto end = std::ranges::upper_bound(entries, last, {}, &StreamEntry::id);
  if (backwards) {
    for (auto at = end; at != begin && begin < end && found.size() < most;)
      found.push_back(entry_value(*--at));
  } else {
    for (auto at = begin; at < end && found.size() < most; ++at) found.push_back(entry_value(*at));
  }
  return Value::array(std::move(found));
}

Value xlen(const Call& c) {
  const auto* stream = c.data.find<Stream>(c.key());
  return Value::number(stream ? static_cast<std::int64_t>(stream->entries.size()) : 0);
}

Value xtrim(const Call& c) {
  if (c.words.size() == 5 && c.words[2] == "MINID") {
    const auto* stream = c.data.find<Stream>(c.key());
    if (!stream) return Value::number(0);
    const auto before = stream_id(c.words[4], 0);
    const auto count = static_cast<std::size_t>(
        std::ranges::lower_bound(stream->entries, before, {}, &StreamEntry::id) - stream->entries.begin());
    c.data.stream_drop_oldest(c.key(), c.words[3] == "~" ? count / node_entries * node_entries : count);
    return Value::number(static_cast<std::int64_t>(count));
  }
  throw Unsupported("XTRIM other than MINID");
}

Value spublish(const Call& c) {
  return Value::number(c.publish(c.key(), c.words.at(2)));
}

struct Command {
  Value (*run)(const Call&);
  bool writes = false;
};

const std::map<std::string, Command, std::less<>>& commands() {
  static const std::map<std::string, Command, std::less<>> table = {
      {"GET", {get}},
      {"SET", {set, true}},
      {"INCR", {incr, true}},
      {"DEL", {del, true}},
      {"EXISTS", {exists}},
      {"EXPIRE", {expire, true}},
      {"PERSIST", {persist, true}},
      {"TIME", {time_of_day}},
      {"HGET", {hget}},
      {"HMGET", {hmget}},
      {"HGETALL", {hgetall}},
      {"HSET", {hset, true}},
      {"HSETNX", {hsetnx, true}},
      {"HINCRBY", {hincrby, true}},
      {"HDEL", {hdel, true}},
      {"HEXISTS", {hexists}},
      {"HLEN", {hlen}},
      {"SADD", {sadd, true}},
      {"SREM", {srem, true}},
      {"SCARD", {scard}},
      {"SISMEMBER", {sismember}},
      {"SMEMBERS", {smembers}},
      {"ZADD", {zadd, true}},
      {"ZREM", {zrem, true}},
      {"ZCARD", {zcard}},
      {"ZSCORE", {zscore}},
      {"ZSCAN", {zscan}},
      {"SSCAN", {sscan}},
      {"ZRANGE", {zrange}},
      {"XADD", {xadd, true}},
      {"XRANGE", {[](const Call& c) { return xrange(c, false); }}},
      {"XREVRANGE", {[](const Call& c) { return xrange(c, true); }}},
      {"XLEN", {xlen}},
      {"XTRIM", {xtrim, true}},
      {"SPUBLISH", {spublish}},
  };
  return table;
}

}  // namespace

Value Value::array_of(std::span<const std::string> texts) {
  std::vector<Value> items;
  items.reserve(texts.size());
  for (const auto& text : texts) items.push_back(bulk(text));
  return array(std::move(items));
}

namespace {
void append_header(std::string& octets, char kind, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  octets.append(1, kind).append(digits, end).append("\r\n");
}
}  // namespace

void Value::append_to(std::string& octets) const {
  switch (kind) {
    case Kind::nil:
      octets += "$-1\r\n";
      return;
    case Kind::nil_array:
      octets += "*-1\r\n";
      return;
    case Kind::integer:
      return append_header(octets, ':', integer);
    case Kind::text:
      append_header(octets, '$', static_cast<std::int64_t>(text.size()));
      octets.append(text).append("\r\n");
      return;
    case Kind::status:
      octets.append("+").append(text).append("\r\n");
      return;
    case Kind::error:
      octets.append("-").append(text).append("\r\n");
      return;
    case Kind::array:
      append_header(octets, '*', static_cast<std::int64_t>(items.size()));
      for (const auto& item : items) item.append_to(octets);
      return;
  }
}

Value run_command(Data& data, const Words& words, std::int64_t wall_us, const Publish& publish) {
  const auto found = commands().find(words.at(0));
  if (found == commands().end()) throw Unsupported("the simulated Redis does not know " + words[0]);
  try {
    return found->second.run({data, words, wall_us, publish});
  } catch (const WrongType&) {
    return Value::error("WRONGTYPE Operation against a key holding the wrong kind of value");
  } catch (const std::out_of_range&) {
    return Value::error("ERR wrong number of arguments for '" + words[0] + "' command");
  }
}

bool is_write(std::string_view command) {
  const auto found = commands().find(command);
  return found != commands().end() && found->second.writes;
}

Value read_stream(const Data& data, const std::string& key, const std::string& after, std::size_t count) {
  const auto* stream = data.find<Stream>(key);
  Value none;
  none.kind = Value::Kind::nil_array;
  if (!stream) return none;
  std::vector<Value> found;
  const auto begin = std::ranges::upper_bound(stream->entries, stream_id(after, 0), {}, &StreamEntry::id);
  for (auto at = begin; at != stream->entries.end() && found.size() < count; ++at)
    found.push_back(entry_value(*at));
  if (found.empty()) return none;
  return Value::array({Value::array({Value::bulk(key), Value::array(std::move(found))})});
}

}  // namespace switchboard::sim
