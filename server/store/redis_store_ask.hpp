// The templates of RedisStore that its files share, and small parsers that several of them use.
#pragma once

#include "server/store/redis_functions.hpp"
#include "server/store/redis_store.hpp"
#include "server/store/store_limits.hpp"
#include "server/store/store_replies.hpp"

namespace switchboard::store {

// An answer that needs no Redis.
template <class T>
Task<Answer<T>> at_once(Answer<T> answer) {
  co_return answer;
}

template <class T>
Answer<T> understand(Answer<Reply>& reply, std::optional<T> (*parse)(ReplyView), const Report& report) {
  if (!reply) return reply.error();
  const ReplyView view = reply->view();
  if (view.is_error()) {
    const Refusal refusal = refusal_of_error(view.text());
    if (refusal == Refusal::unavailable) report(Severity::error, "Redis: " + std::string(view.text()));
    return refusal;
  }
  if (const auto refusal = refusal_of_function(view)) return *refusal;
  if (auto value = parse(view)) return std::move(*value);
  report(Severity::error, "Redis answered in a form that we do not know");
  return Refusal::unavailable;
}

template <class T>
Task<Answer<T>> RedisStore::ask(std::string octets, std::optional<T> (*parse)(ReplyView)) {
  Answer<Reply> reply = co_await masters_.call(std::move(octets));
  co_return understand<T>(reply, parse, report_);
}

template <class T>
Task<Answer<T>> RedisStore::ask_plain(std::string octets, std::optional<T> (*parse)(ReplyView)) {
  Answer<Reply> reply = co_await masters_.ask(std::move(octets));
  co_return understand<T>(reply, parse, report_);
}

inline std::optional<Done> parse_done(ReplyView reply) {
  return reply.is_integer() ? std::optional(Done{}) : std::nullopt;
}

// A bulk string; nil reads as empty.
inline std::optional<std::string> parse_text(ReplyView reply) {
  return reply.is_text() || reply.is_nil() ? std::optional(std::string(reply.text())) : std::nullopt;
}

// "{shop}:kind"
inline std::string key_of(std::string_view shop, std::string_view kind) {
  std::string key = "{";
  key.append(shop).append("}:").append(kind);
  return key;
}

inline char octet(Role role) noexcept {
  return static_cast<char>(role);
}

inline bool are_entries(std::span<const std::string> entries) noexcept {
  if (entries.size() > entries_max) return false;
  for (const auto& body : entries)
    if (body.size() > body_octets_max) return false;
  return true;
}

inline bool is_text(std::string_view text) noexcept {
  return text.size() <= text_octets_max;
}

}  // namespace switchboard::store
