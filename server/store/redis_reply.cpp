#include "server/store/redis_reply.hpp"

#include <hiredis/hiredis.h>

#include <array>
#include <charconv>

namespace switchboard::store {

namespace {

constexpr std::size_t reader_octets_kept = 1u << 20;  // an empty buffer larger than this is given back

void append_bulk(std::string& out, std::string_view value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.size()).ptr;
  out += '$';
  out.append(digits.data(), end);
  out += "\r\n";
  out += value;
  out += "\r\n";
}

}  // namespace

bool ReplyView::is_nil() const noexcept {
  return !raw_ || raw_->type == REDIS_REPLY_NIL;
}
bool ReplyView::is_error() const noexcept {
  return raw_ && raw_->type == REDIS_REPLY_ERROR;
}
bool ReplyView::is_integer() const noexcept {
  return raw_ && raw_->type == REDIS_REPLY_INTEGER;
}
bool ReplyView::is_array() const noexcept {
  return raw_ && raw_->type == REDIS_REPLY_ARRAY;
}
bool ReplyView::is_text() const noexcept {
  return raw_ && (raw_->type == REDIS_REPLY_STRING || raw_->type == REDIS_REPLY_STATUS);
}

std::int64_t ReplyView::integer() const noexcept {
  return is_integer() ? raw_->integer : 0;
}

std::string_view ReplyView::text() const noexcept {
  return is_text() || is_error() ? std::string_view(raw_->str, raw_->len) : std::string_view();
}

std::size_t ReplyView::size() const noexcept {
  return is_array() ? raw_->elements : 0;
}

ReplyView ReplyView::operator[](std::size_t i) const noexcept {
  return ReplyView(i < size() ? raw_->element[i] : nullptr);
}

std::optional<std::int64_t> ReplyView::number() const noexcept {
  if (is_nil()) return 0;
  if (is_integer()) return raw_->integer;
  if (!is_text()) return std::nullopt;
  const std::string_view digits = text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void Reply::Free::operator()(redisReply* raw) const noexcept {
  freeReplyObject(raw);
}
void ReplyReader::Free::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
  reader_->maxbuf = reader_octets_kept;
}

bool ReplyReader::feed(std::string_view octets) {
  return redisReaderFeed(reader_.get(), octets.data(), octets.size()) == REDIS_OK;
}

bool ReplyReader::next(Reply& reply) {
  void* raw = nullptr;
  if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK || !raw) return false;
  reply = Reply(static_cast<redisReply*>(raw));
  return true;
}

bool ReplyReader::broken() const noexcept {
  return reader_->err != 0;
}

Command& Command::arg(std::string_view value) {
  append_bulk(body_, value);
  ++count_;
  return *this;
}

Command& Command::arg(std::int64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return arg(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

std::string Command::octets() const {
  std::string out;
  out.reserve(body_.size() + 16);
  out += '*';
  out += std::to_string(count_);
  out += "\r\n";
  out += body_;
  return out;
}

namespace {

// What each error of Redis means to us, by its first words. All of these are said before anything is written
// (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors: the first word is the kind of
// error).
enum class ErrorKind {
  busy,       // not now; nothing was done
  elsewhere,  // not here, or not here yet; nothing was done, and in a cluster the call is repeated
  demoted,    // not here any more; nothing was done, and another connection is needed
  reload,     // our functions are missing; they are loaded and the call is repeated
};
struct KnownError {
  std::string_view begins;
  ErrorKind kind;
};
constexpr std::array error_kinds = {
    KnownError{"LOADING", ErrorKind::busy},           // reads its data
    KnownError{"BUSY", ErrorKind::busy},              // a script runs too long
    KnownError{"OOM", ErrorKind::busy},               // at maxmemory
    KnownError{"MISCONF", ErrorKind::busy},           // cannot write to its disk
    KnownError{"NOREPLICAS", ErrorKind::busy},        // fewer replicas than it needs
    KnownError{"TRYAGAIN", ErrorKind::elsewhere},     // a slot is on its way
    KnownError{"CLUSTERDOWN", ErrorKind::elsewhere},  // slots without a master
    KnownError{"MOVED", ErrorKind::elsewhere},        // a slot of another master
    KnownError{"ASK", ErrorKind::elsewhere},          // the same, while it moves
    KnownError{"READONLY", ErrorKind::demoted},       // became a replica
    KnownError{"MASTERDOWN", ErrorKind::demoted},
    KnownError{"NOSCRIPT", ErrorKind::reload},
    KnownError{"ERR Function not found", ErrorKind::reload},
};

std::optional<ErrorKind> kind_of(std::string_view error) noexcept {
  for (const auto& known : error_kinds) {
    const auto end = known.begins.size();
    if (error.starts_with(known.begins) && (error.size() == end || error[end] == ' ')) return known.kind;
  }
  return std::nullopt;
}

}  // namespace

bool is_function_missing(std::string_view error) noexcept {
  return kind_of(error) == ErrorKind::reload;
}

bool is_elsewhere(std::string_view error) noexcept {
  return kind_of(error) == ErrorKind::elsewhere;
}

bool is_demoted(std::string_view error) noexcept {
  return kind_of(error) == ErrorKind::demoted;
}

Refusal refusal_of_error(std::string_view error) noexcept {
  return kind_of(error) ? Refusal::busy : Refusal::unavailable;
}

}  // namespace switchboard::store
