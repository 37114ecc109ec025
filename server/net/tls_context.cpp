#include "server/net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

namespace switchboard::net {
namespace {

// Why OpenSSL's last call failed; empties its list of errors.
std::string last_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "not readable";
}

// A file that was replaced or written to differs in one of these.
std::string stamp_of(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return "absent;";
  return std::to_string(file.st_ino) + ',' + std::to_string(file.st_size) + ',' +
         std::to_string(file.st_mtim.tv_sec) + '.' + std::to_string(file.st_mtim.tv_nsec) + ';';
}

// RFC 7301: we speak HTTP/1.1 over TLS and nothing else. A client without the extension is served too.
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, chosen_size, ours, sizeof(ours) - 1, offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<SSL_CTX>, std::string> read_pair(const TlsFiles& files) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return "TLS is not available: " + last_error();
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection gives its record buffers back, and one read of the socket takes all that is there.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_alpn_select_cb(raw, select_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
    return "certificate " + files.certificate + ": " + last_error();
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return "key " + files.key + ": " + last_error();
  if (SSL_CTX_check_private_key(raw) != 1)
    return "key " + files.key + " does not belong to certificate " + files.certificate;
  return context;
}

}  // namespace

Result<std::shared_ptr<TlsContext>, std::string> TlsContext::load(TlsFiles files) {
  std::shared_ptr<TlsContext> context(new TlsContext(std::move(files)));
  const auto read = context->reload_if_changed();
  if (!read) return read.error();
  return context;
}

Result<bool, std::string> TlsContext::reload_if_changed() {
  const std::string stamp = stamp_of(files_.certificate) + stamp_of(files_.key);
  if (stamp == seen_) return false;
  seen_ = stamp;
  auto pair = read_pair(files_);
  if (!pair) return pair.error();
  const std::lock_guard lock(mutex_);
  current_ = std::move(*pair);
  return true;
}

std::shared_ptr<ssl_ctx_st> TlsContext::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace switchboard::net
