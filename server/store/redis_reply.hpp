// hiredis as a codec: replies with an owner, commands as octets, and what an error reply means for the
// caller.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/store/store.hpp"

struct redisReply;
struct redisReader;

namespace switchboard::store {

// A part of a reply. Valid as long as the Reply that it came from.
class ReplyView {
 public:
  explicit ReplyView(const redisReply* raw) noexcept : raw_(raw) {}

  bool is_nil() const noexcept;
  bool is_error() const noexcept;
  bool is_integer() const noexcept;
  bool is_array() const noexcept;
  bool is_text() const noexcept;  // bulk string or status

  std::int64_t integer() const noexcept;             // 0 if it is none
  std::string_view text() const noexcept;            // of a string, status or error; empty if it is none
  std::size_t size() const noexcept;                 // of an array; 0 if it is none
  ReplyView operator[](std::size_t) const noexcept;  // nil beyond the end

  // A decimal number, sent as integer or as text; nil counts as 0. nullopt if it is anything else.
  std::optional<std::int64_t> number() const noexcept;

 private:
  const redisReply* raw_;  // null reads as nil
};

// A whole reply with its memory. Move-only.
class Reply {
 public:
  Reply() noexcept = default;
  explicit Reply(redisReply* owned) noexcept : raw_(owned) {}

  ReplyView view() const noexcept { return ReplyView(raw_.get()); }
  ReplyView operator[](std::size_t i) const noexcept { return view()[i]; }

 private:
  struct Free {
    void operator()(redisReply*) const noexcept;
  };
  std::unique_ptr<redisReply, Free> raw_;
};

// Octets in, replies out.
class ReplyReader {
 public:
  ReplyReader();
  // False if memory ran out or the octets are no RESP2: the connection is of no more use.
  bool feed(std::string_view octets);
  // Takes the next whole reply. False: none yet, or `broken()`.
  bool next(Reply&);
  bool broken() const noexcept;

 private:
  struct Free {
    void operator()(redisReader*) const noexcept;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

// Builds one command, argument by argument.
class Command {
 public:
  explicit Command(std::string_view name) { body_.reserve(256), arg(name); }
  Command& arg(std::string_view);
  Command& arg(std::int64_t);
  Command& arg(std::uint64_t v) { return arg(std::string_view(std::to_string(v))); }
  Command& arg(std::uint32_t v) { return arg(static_cast<std::int64_t>(v)); }
  Command& arg(char c) { return arg(std::string_view(&c, 1)); }
  // The octets that go to Redis.
  std::string octets() const;

 private:
  std::string body_;
  unsigned count_ = 0;
};

// What an error reply tells the caller. Redis says the known ones before it writes anything, so they are
// `busy`; of anything else we cannot know, so it is `unavailable` (repeating is harmless).
Refusal refusal_of_error(std::string_view error) noexcept;

// This Redis is no master any more: the connection is given up, and the next one is asked what it leads to.
bool is_demoted(std::string_view error) noexcept;

// The slot is another master's, or on its way there, or nobody's at the moment.
bool is_elsewhere(std::string_view error) noexcept;

// Redis does not know our function (it was restarted empty, or somebody flushed the functions).
bool is_function_missing(std::string_view error) noexcept;

}  // namespace switchboard::store
