#include "tests/sim/redis.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace switchboard::sim {

namespace {

// Takes one whole command off the front of `in`; nullopt while it is not all here.
std::optional<Words> take_command(std::string& in, std::size_t& at) {
  std::size_t here = at;
  const auto header = [&](char kind) -> std::optional<std::size_t> {
    const auto end = in.find("\r\n", here);
    if (end == std::string::npos) return std::nullopt;
    if (in[here] != kind) throw Unsupported("no command in RESP: " + in.substr(here, 40));
    std::size_t size = 0;
    std::from_chars(in.data() + here + 1, in.data() + end, size);
    here = end + 2;
    return size;
  };
  const auto count = header('*');
  if (!count) return std::nullopt;
  Words words;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto size = header('$');
    if (!size || in.size() < here + *size + 2) return std::nullopt;
    words.push_back(in.substr(here, *size));
    here += *size + 2;
  }
  at = here;
  return words;
}

Value nothing() {
  Value none;
  none.kind = Value::Kind::nil_array;
  return none;
}

}  // namespace

bool is_of_desk(std::string_view function) {
  static constexpr std::array names = {"sb1_offer",    "sb1_requeue",   "sb1_park",
                                       "sb1_put_page", "sb1_reconcile", "sb1_agent_status_by_desk"};
  return std::ranges::count(names, function) > 0;
}

Redis::Redis(Timeline& timeline, Random random, RedisSettings settings)
    : timeline_(timeline),
      random_(random),
      settings_(std::move(settings)),
      fsync_time_(settings_.fsync_time) {
  if (settings_.fsync == RedisSettings::Fsync::everysec) fsync_every_second();
}

Redis::~Redis() = default;

// ---------------------------------------------------------------- connections

std::optional<Redis::Accepted> Redis::accept(std::weak_ptr<Peer> peer, Latency latency, std::string from) {
  if (!up_) return std::nullopt;
  const auto id = next_session_++;
  Session& session = sessions_[id];
  session.peer = peer;
  session.from = std::move(from);
  session.to_redis = std::make_shared<Pipe>(
      timeline_, random_.branch(), latency, [this, id](std::string octets) { arrive(id, std::move(octets)); },
      [this, id] { hung_up(id); });
  session.to_peer = std::make_shared<Pipe>(
      timeline_, random_.branch(), latency,
      [peer](std::string octets) {
        if (const auto to = peer.lock()) to->receive(std::move(octets));
      },
      [peer] {
        if (const auto to = peer.lock()) to->lost();
      });
  return Accepted{id, session.to_redis, session.to_peer};
}

void Redis::arrive(std::uint64_t id, std::string octets) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  found->second.in += octets;
  found->second.unserved = true;
  turn_soon();
}

void Redis::hung_up(std::uint64_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  for (const auto& channel : found->second.channels) subscribers_[channel].erase(id);
  found->second.to_peer->end();
  sessions_.erase(found);
}

bool Redis::cut(std::string_view part, std::uint64_t chosen) {
  std::vector<std::uint64_t> fitting;
  for (const auto& [id, session] : sessions_)
    if (session.name.find(part) != std::string::npos) fitting.push_back(id);
  if (fitting.empty()) return false;
  Session& session = sessions_.at(fitting[chosen % fitting.size()]);
  session.to_redis->cut();
  session.to_peer->cut();
  return true;
}

// ---------------------------------------------------------------- faults

void Redis::crash() {
  if (!up_) return;
  up_ = false;
  paused_ = turning_ = turn_asked_ = false;
  ++generation_;
  ++turns_;
  // Of the commands that were not durable the first few may be.
  if (!marks_.empty()) {
    const auto kept = random_.below(marks_.size());
    data_.undo_to(marks_[kept]);
    marks_.resize(1);
    made_durable();
  }
  auto broken = std::exchange(sessions_, {});
  subscribers_.clear();
  for (auto& [id, session] : broken) {
    session.to_redis->forget();
    session.to_peer->cut();
  }
}

void Redis::start(Micros loading) {
  if (up_) return;
  up_ = true;
  loading_until_ = now() + loading;
  if (settings_.fsync == RedisSettings::Fsync::everysec) fsync_every_second();
}

void Redis::lose_functions() {
  library_.reset();
}

void Redis::pause() {
  paused_ = true;
}

void Redis::resume() {
  if (!std::exchange(paused_, false)) return;
  if (turning_)
    end_turn();
  else
    turn_soon();
}

// ---------------------------------------------------------------- the loop

void Redis::turn_soon() {
  if (turn_asked_ || turning_ || paused_ || !up_) return;
  turn_asked_ = true;
  timeline_.after(0, [this, generation = generation_] {
    if (generation == generation_) turn();
  });
}

// Executes what has come, of all connections, and answers it when it is durable: group commit.
void Redis::turn() {
  turn_asked_ = false;
  if (paused_ || turning_) return;
  data_.expire_due();
  if (marks_.empty()) marks_.push_back(data_.mark());
  const auto before = data_.mark();
  for (auto& [id, session] : sessions_) serve(id, session);
  const bool wrote = data_.mark() != before;
  if (wrote) wake_blocked();
  if (wrote && on_changed) on_changed();
  turning_ = true;
  ++turns_;
  const bool waits = wrote && settings_.fsync == RedisSettings::Fsync::always;
  timeline_.after(waits ? random_.between(fsync_time_.least, fsync_time_.most) : 5, [this, turn = turns_] {
    if (turn == turns_ && turning_ && !paused_) end_turn();
  });
}

void Redis::end_turn() {
  turning_ = false;
  if (settings_.fsync == RedisSettings::Fsync::always) made_durable();
  for (auto& [id, session] : sessions_)
    if (!session.out.empty()) session.to_peer->send(std::exchange(session.out, {}));
  const bool more = std::ranges::any_of(
      sessions_, [](const auto& one) { return one.second.unserved && !one.second.blocked; });
  if (more) turn_soon();
}

void Redis::made_durable() {
  data_.forget_before(data_.mark());
  marks_.assign(1, data_.mark());
}

void Redis::fsync_every_second() {
  made_durable();
  timeline_.after(second, [this, generation = generation_] {
    if (generation == generation_) fsync_every_second();
  });
}

void Redis::serve(std::uint64_t id, Session& session) {
  std::size_t at = 0;
  while (!session.blocked) {
    auto words = take_command(session.in, at);
    if (!words) {
      session.unserved = false;
      break;
    }
    if (settings_.mend_command) settings_.mend_command(*words, data_);
    ++commands_;
    timeline_.show(session.name.c_str(), [&] {
      std::string text;
      for (const auto& word : *words) text += word + ' ';
      return text;
    });
    const auto before = data_.mark();
    if (const auto value = answer(id, session, *words)) value->append_to(session.out);
    if (data_.mark() != before) {
      marks_.push_back(data_.mark());
      if (on_call && words->at(0) == "FCALL") on_call(session.from, *words);
    }
  }
  session.in.erase(0, at);
}

// nullopt: the answer was written already, or comes later.
std::optional<Value> Redis::answer(std::uint64_t id, Session& session, const Words& words) {
  const std::string& name = words.at(0);
  if (now() < loading_until_) return Value::error("LOADING Redis is loading the dataset in memory");
  if (name == "PING") {
    if (session.channels.empty()) return Value::status("PONG");
    return Value::array({Value::bulk("pong"), Value::bulk("")});
  }
  if (name == "CLIENT") {
    if (words.at(1) != "SETNAME") throw Unsupported("CLIENT " + words[1]);
    session.name = words.at(2);
    return Value::status("OK");
  }
  if (name == "INFO")
    return Value::bulk(
        "redis_version:7.0.15\r\naof_enabled:1\r\nrole:master\r\nconnected_slaves:0\r\nmaxmemory:"
        "1000000000\r\n");
  if (name == "CONFIG") {
    const std::string pairs[] = {"appendonly",
                                 "yes",
                                 "appendfsync",
                                 "always",
                                 "maxmemory-policy",
                                 "noeviction",
                                 "no-appendfsync-on-rewrite",
                                 "no"};
    return Value::array_of(pairs);
  }
  if (name == "FUNCTION") return load_library(words);
  if (name == "FCALL" || name == "FCALL_RO") return function_call(words);
  if (name == "SSUBSCRIBE") return subscribe(id, session, words), std::nullopt;
  if (name == "SUNSUBSCRIBE") return unsubscribe(id, session, words), std::nullopt;
  if (name == "XREAD") return read_blocking(id, session, words), std::nullopt;
  if (!refusal_.empty() && is_write(name)) return Value::error(refusal_);
  return run(words);
}

void Redis::restore_functions(std::string text) {
  if (!library_) (void)execute({"FUNCTION", "LOAD", "REPLACE", std::move(text)});
}

Value Redis::execute(const Words& words) {
  Session operator_session;
  operator_session.name = "operator";
  auto value = answer(0, operator_session, words).value_or(Value::nil());
  made_durable();
  return value;
}

Value Redis::run(const Words& words) {
  return run_command(
      data_, words, static_cast<std::int64_t>(wall_us()),
      [this](const std::string& channel, const std::string& message) { return publish(channel, message); });
}

// ---------------------------------------------------------------- functions

Value Redis::load_library(const Words& words) {
  if (words.size() != 4 || words[1] != "LOAD" || words[2] != "REPLACE")
    throw Unsupported("FUNCTION " + words.at(1));
  if (!refusal_.empty()) return Value::error(refusal_);
  auto text = settings_.mend_library ? settings_.mend_library(words[3]) : words[3];
  if (!library_ || library_->text() != text)
    library_ = std::make_unique<Library>(std::move(text), [this](const Words& call) { return run(call); });
  return Value::bulk("sb1");
}

// FCALL name numkeys key... arg...
Value Redis::function_call(const Words& words) {
  const std::string& name = words.at(1);
  if (!library_ || !library_->has(name)) return Value::error("ERR Function not found");
  const bool out_of_memory = refusal_.starts_with("OOM");
  if (!refusal_.empty() && library_->writes(name) && !(out_of_memory && library_->allows_oom(name)))
    return Value::error(refusal_);
  const auto keys = static_cast<std::ptrdiff_t>(std::stoul(words.at(2)));
  return library_->call(name, Words(words.begin() + 3, words.begin() + 3 + keys),
                        Words(words.begin() + 3 + keys, words.end()));
}

// ---------------------------------------------------------------- publish and subscribe

std::int64_t Redis::publish(const std::string& channel, const std::string& message) {
  const auto found = subscribers_.find(channel);
  if (found == subscribers_.end()) return 0;
  const std::string parts[] = {"smessage", channel, message};
  std::string octets;
  Value::array_of(parts).append_to(octets);
  for (const auto id : found->second) sessions_.at(id).out += octets;
  return static_cast<std::int64_t>(found->second.size());
}

void Redis::subscribe(std::uint64_t id, Session& session, const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    session.channels.insert(words[i]);
    subscribers_[words[i]].insert(id);
    Value::array({Value::bulk("ssubscribe"), Value::bulk(words[i]),
                  Value::number(static_cast<std::int64_t>(session.channels.size()))})
        .append_to(session.out);
  }
}

void Redis::unsubscribe(std::uint64_t id, Session& session, const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    session.channels.erase(words[i]);
    const auto found = subscribers_.find(words[i]);
    if (found != subscribers_.end()) {
      found->second.erase(id);
      if (found->second.empty()) subscribers_.erase(found);
    }
    Value::array({Value::bulk("sunsubscribe"), Value::bulk(words[i]),
                  Value::number(static_cast<std::int64_t>(session.channels.size()))})
        .append_to(session.out);
  }
}

// ---------------------------------------------------------------- blocking reads

// XREAD [COUNT n] [BLOCK ms] STREAMS key id
void Redis::read_blocking(std::uint64_t id, Session& session, const Words& words) {
  std::size_t count = SIZE_MAX;
  std::optional<Micros> block;
  std::size_t at = 1;
  for (; words.at(at) != "STREAMS"; at += 2) {
    const auto value = std::stoull(words.at(at + 1));
    if (words[at] == "COUNT")
      count = value;
    else if (words[at] == "BLOCK")
      block = static_cast<Micros>(value) * ms;
    else
      throw Unsupported("XREAD " + words[at]);
  }
  if (words.size() != at + 3) throw Unsupported("XREAD of several streams");
  auto found = read_stream(data_, words[at + 1], words[at + 2], count);
  if (found.kind == Value::Kind::array || !block) return found.append_to(session.out);
  session.blocked = Blocked{words[at + 1], words[at + 2], count, ++blocks_};
  timeline_.after(*block, [this, id, number = blocks_, generation = generation_] {
    const auto of = sessions_.find(id);
    if (generation != generation_ || of == sessions_.end() || !of->second.blocked ||
        of->second.blocked->number != number)
      return;
    of->second.blocked.reset();
    nothing().append_to(of->second.out);
    turn_soon();
  });
}

void Redis::wake_blocked() {
  for (auto& [id, session] : sessions_) {
    if (!session.blocked) continue;
    auto found = read_stream(data_, session.blocked->key, session.blocked->after, session.blocked->count);
    if (found.kind != Value::Kind::array) continue;
    session.blocked.reset();
    found.append_to(session.out);
  }
}

}  // namespace switchboard::sim
