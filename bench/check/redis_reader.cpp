#include "bench/check/redis_reader.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <chrono>
#include <map>

#include "bench/check/entry_digest.hpp"
#include "proto/codec.hpp"

namespace switchboard::check {

namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

Reply ask(redisContext* context, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  return Reply(static_cast<redisReply*>(
      redisCommandArgv(context, static_cast<int>(words.size()), texts.data(), sizes.data())));
}

std::string text_of(const redisReply& reply) {
  return reply.str ? std::string(reply.str, reply.len) : std::string();
}

std::uint32_t number_of(const std::string& text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Ids of events and entries are "0-1", "0-2" ...
std::uint32_t serial_of(const std::string& id) {
  return number_of(id.substr(id.find('-') + 1));
}

std::int64_t long_number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// [id, [field, value, ...]]
bool read_item(const redisReply& item, std::string& id, std::map<std::string, std::string>& fields) {
  if (item.type != REDIS_REPLY_ARRAY || item.elements != 2 || item.element[1]->type != REDIS_REPLY_ARRAY)
    return false;
  id = text_of(*item.element[0]);
  fields.clear();
  const redisReply& pairs = *item.element[1];
  for (std::size_t i = 0; i + 1 < pairs.elements; i += 2)
    fields[text_of(*pairs.element[i])] = text_of(*pairs.element[i + 1]);
  return true;
}

using Fields = std::map<std::string, std::string>;

Stored stored_entry(const std::string& id, Fields& fields) {
  Stored stored{serial_of(id), fields["s"], number_of(fields["n"]), fields["c"], digest_of_body(fields["m"])};
  const auto entry = proto::decode_entry_body(fields["m"]);
  if (!entry) return stored;
  stored.kind = 's';
  if (std::holds_alternative<proto::Content>(entry->body)) {
    stored.kind = 'm';
    if (entry->author.role == proto::Role::agent) stored.person = entry->author.id;
  } else if (const auto* assigned = std::get_if<proto::AssignedNote>(&entry->body)) {
    stored.kind = 'a';
    stored.person = assigned->agent.id;
  } else if (std::holds_alternative<proto::RequeuedNote>(entry->body)) {
    stored.kind = 'r';
  } else if (std::holds_alternative<proto::ClosedNote>(entry->body)) {
    stored.kind = 'c';
  }
  return stored;
}

}  // namespace

Digest digest_of_body(std::string_view encoded_body) {
  const auto entry = proto::decode_entry_body(encoded_body);
  return entry ? digest_of(*entry) : 0;
}

std::unique_ptr<RedisReader> RedisReader::open(const std::string& socket, const std::string& shop) {
  redisContext* context = redisConnectUnix(socket.c_str());
  if (!context) return nullptr;
  if (context->err) {
    redisFree(context);
    return nullptr;
  }
  return std::unique_ptr<RedisReader>(new RedisReader(context, "{" + shop + "}:"));
}

RedisReader::RedisReader(redisContext* context, std::string prefix)
    : context_(context), prefix_(std::move(prefix)) {}

RedisReader::~RedisReader() {
  redisFree(context_);
}

std::optional<RedisReader::Head> RedisReader::head(const std::string& conversation) {
  const auto reply = ask(context_, {"HMGET", prefix_ + "c:" + conversation, "en", "ep"});
  if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return std::nullopt;
  return Head{long_number_of(text_of(*reply->element[0])), number_of(text_of(*reply->element[1]))};
}

std::optional<std::uint32_t> RedisReader::last_event() {
  const auto reply = ask(context_, {"XREVRANGE", prefix_ + "ev", "+", "-", "COUNT", "1"});
  if (!reply || reply->type != REDIS_REPLY_ARRAY) return std::nullopt;
  if (reply->elements == 0) return 0;
  return serial_of(text_of(*reply->element[0]->element[0]));
}

std::optional<std::vector<Stored>> RedisReader::log(const std::string& conversation) {
  const auto reply = ask(context_, {"XRANGE", prefix_ + "m:" + conversation, "-", "+"});
  if (!reply || reply->type != REDIS_REPLY_ARRAY) return std::nullopt;
  std::vector<Stored> entries;
  std::string id;
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i < reply->elements; ++i) {
    if (!read_item(*reply->element[i], id, fields)) return std::nullopt;
    entries.push_back(stored_entry(id, fields));
  }
  return entries;
}

std::optional<std::vector<RedisReader::Event>> RedisReader::events(const std::string& after) {
  const auto reply = ask(context_, {"XRANGE", prefix_ + "ev", "(" + after, "+", "COUNT", "1000"});
  if (!reply || reply->type != REDIS_REPLY_ARRAY) return std::nullopt;
  std::vector<Event> events;
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i < reply->elements; ++i) {
    Event event;
    if (!read_item(*reply->element[i], event.id, fields)) return std::nullopt;
    event.transition = {fields["k"].empty() ? '\0' : fields["k"].front(), fields["c"], fields["a"],
                        long_number_of(fields["t"])};
    events.push_back(std::move(event));
  }
  return events;
}

bool RedisReader::set_last_agent(const std::string& visitor, const std::string& agent) {
  const auto reply = ask(context_, {"HSET", prefix_ + "v:" + visitor, "la", agent});
  return reply && reply->type == REDIS_REPLY_INTEGER;
}

// ---------------------------------------------------------------- the event stream

EventFollower::EventFollower(const std::string& socket, const std::string& shop)
    : socket_(socket), shop_(shop), thread_([this] { run(); }) {}

EventFollower::~EventFollower() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

void EventFollower::run() {
  while (!ending_) {
    read_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// A jump means that the stream was trimmed before we came. False: Redis is away; it may come back, with all
// that we have seen or less (rewind).
bool EventFollower::read_all() {
  const std::lock_guard lock(mutex_);
  if (!reader_) reader_ = RedisReader::open(socket_, shop_);
  while (reader_) {
    const auto events = reader_->events("0-" + std::to_string(last_));
    if (!events) {
      reader_.reset();
      return false;
    }
    for (const auto& event : *events) {
      const auto serial = serial_of(event.id);
      if (serial != last_ + 1) complete_ = false;
      last_ = serial;
      transitions_.push_back(event.transition);
    }
    if (events->size() < 1000) return true;
  }
  return false;
}

void EventFollower::rewind(std::uint32_t last) {
  const std::lock_guard lock(mutex_);
  reader_.reset();
  if (last >= last_) return;
  last_ = last;
  if (complete_) transitions_.resize(last);
}

std::vector<Transition> EventFollower::finish(bool& complete) {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  complete = (read_all() || read_all()) && complete_;
  return std::move(transitions_);
}

}  // namespace switchboard::check
