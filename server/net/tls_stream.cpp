#include "server/net/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cstring>
#include <new>
#include <utility>

namespace switchboard::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t record_octets = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t records_per_write = 4;
// Records that OpenSSL itself makes (alerts, key updates) for a peer that does not read: more is an attack.
constexpr std::size_t records_octets_max = 256 * 1024;

}  // namespace

// OpenSSL reads and writes through these instead of a descriptor, so that what `below_` knows of readiness
// stays true, and all records of one write leave in one system call.
struct TlsStream::Below {
  static TlsStream& of(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    TlsStream& stream = of(bio);
    BIO_clear_retry_flags(bio);
    if (!stream.below_->may_be_readable()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const Moved moved = stream.below_->read_some(std::span(into, static_cast<std::size_t>(size)));
    if (moved.status == Status::ok) return static_cast<int>(moved.octets);
    if (moved.status == Status::end) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }

  static int write(BIO* bio, const char* from, int size) {
    TlsStream& stream = of(bio);
    BIO_clear_retry_flags(bio);
    if (stream.records_.size() > records_octets_max) return -1;
    stream.records_.append(from, static_cast<std::size_t>(size));
    return size;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO* make(TlsStream& stream) {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "switchboard stream");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    BIO* const bio = BIO_new(method);
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &stream);
    BIO_set_init(bio, 1);
    return bio;
  }
};

TlsStream::TlsStream(asio::io_context& io, std::unique_ptr<Stream> below,
                     const std::shared_ptr<ssl_ctx_st>& context)
    : io_(io), below_(std::move(below)), tls_(SSL_new(context.get()), SSL_free) {
  if (!tls_) throw std::bad_alloc();
  BIO* const bio = Below::make(*this);
  SSL_set_bio(tls_.get(), bio, bio);  // owned by tls_ from here on
  SSL_set_accept_state(tls_.get());
}

TlsStream::~TlsStream() {
  close();
}

// --- reading ---

Stream::Moved TlsStream::read_some(std::span<char> into) noexcept {
  if (failed_) return {Status::end};
  ERR_clear_error();
  std::size_t total = 0;
  int error = SSL_ERROR_NONE;
  while (total < into.size()) {
    std::size_t octets = 0;
    if (SSL_read_ex(tls_.get(), into.data() + total, into.size() - total, &octets) != 1) {
      error = SSL_get_error(tls_.get(), 0);
      break;
    }
    total += octets;
  }
  more_ = total == into.size();
  flush();                                    // the handshake's answers
  if (total > 0) return {Status::ok, total};  // what ended the reading is met again at the next one
  if (error == SSL_ERROR_WANT_READ && !failed_) return {Status::would_block};
  // The peer's good-bye (its octets are authentic to the end), or a failure: an alert may have been queued.
  failed_ = failed_ || error != SSL_ERROR_ZERO_RETURN;
  return {Status::end};
}

asio::awaitable<void> TlsStream::wait_readable() {
  if (more_) co_return;
  co_await below_->wait_readable();
}

void TlsStream::when_readable(std::function<void()> then) {
  if (more_)
    asio::post(io_, std::move(then));
  else
    below_->when_readable(std::move(then));
}

// --- writing ---

Stream::Moved TlsStream::write_some(std::span<const iovec> pieces) noexcept {
  if (!failed_) flush();
  if (failed_ || shut_) return {Status::end};
  if (!records_.empty()) return {Status::would_block};
  std::size_t taken = 0;
  if (!encrypt(pieces, taken)) failed_ = true;
  flush();
  if (taken > 0) return {Status::ok, taken};
  return {failed_ ? Status::end : Status::would_block};
}

// Small pieces share a record: frames are often shorter than what a record costs.
bool TlsStream::encrypt(std::span<const iovec> pieces, std::size_t& taken) noexcept {
  std::array<char, record_octets> record;
  std::size_t at = 0;  // within pieces.front()
  ERR_clear_error();
  for (std::size_t count = 0; count < records_per_write && !pieces.empty(); ++count) {
    std::size_t size = 0;
    while (!pieces.empty() && size < record.size()) {
      const std::size_t some = std::min(pieces.front().iov_len - at, record.size() - size);
      std::memcpy(record.data() + size, static_cast<const char*>(pieces.front().iov_base) + at, some);
      size += some;
      at += some;
      if (at == pieces.front().iov_len) {
        pieces = pieces.subspan(1);
        at = 0;
      }
    }
    std::size_t written = 0;
    if (size > 0 && (SSL_write_ex(tls_.get(), record.data(), size, &written) != 1 || written != size))
      return false;
    taken += size;
  }
  return true;
}

// Hands the records on, as far as they are taken. Never calls anybody.
void TlsStream::flush() noexcept {
  while (!records_.empty() && !waiting_) {
    const iovec rest{records_.data() + records_begin_, records_.size() - records_begin_};
    const Moved moved = below_->write_some(std::span(&rest, 1));
    if (moved.status == Status::end) {
      failed_ = true;
      std::string().swap(records_);
    } else if (moved.status == Status::ok) {
      records_begin_ += moved.octets;
      if (records_begin_ == records_.size())
        std::string().swap(records_);  // an idle connection holds nothing
    } else {
      waiting_ = true;
      below_->when_writable([this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) below_writable();
      });
    }
    if (records_.empty()) records_begin_ = 0;
  }
  if (shut_ && records_.empty() && !std::exchange(below_shut_, true)) below_->shutdown_send();
}

void TlsStream::below_writable() {
  waiting_ = false;
  flush();
  if (writer_) std::exchange(writer_, nullptr)();  // may destroy this
}

void TlsStream::when_writable(std::function<void()> then) {
  if (waiting_)
    writer_ = std::move(then);
  else
    asio::post(io_, std::move(then));
}

// --- ending ---

void TlsStream::cancel() noexcept {
  below_->cancel();
}

// RFC 8446 section 6.1: without close_notify the peer cannot tell the end from a cut.
void TlsStream::say_good_bye() noexcept {
  if (failed_ || shut_ || !SSL_is_init_finished(tls_.get())) return;
  ERR_clear_error();
  SSL_shutdown(tls_.get());
}

void TlsStream::shutdown_send() noexcept {
  say_good_bye();
  shut_ = true;
  flush();
}

void TlsStream::close() noexcept {
  say_good_bye();
  if (!failed_ && !shut_) flush();
  failed_ = true;
  std::string().swap(records_);
  if (writer_) asio::post(io_, std::exchange(writer_, nullptr));
  below_->close();
}

}  // namespace switchboard::net
