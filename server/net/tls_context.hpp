// The certificate that a gateway shows, and its key, as OpenSSL wants them. Certificates are renewed while
// the gateway runs: the pair is read again when a file changes, new connections get the new one, and those
// that stand keep theirs.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "server/base/result.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace switchboard::net {

struct TlsFiles {
  std::string certificate;  // PEM: the server's, then the chain up to its issuer
  std::string key;          // PEM, without a passphrase
};

class TlsContext {
 public:
  // Reads both files. TLS 1.2 and newer, no renegotiation, no compression; by ALPN http/1.1 alone. On
  // failure: a sentence for the operator that names the file.
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>, std::string> load(TlsFiles files);

  // Reads the pair again if either file is another one than at the last look. True: there is a new one.
  // False: nothing changed. On failure (a sentence) the old pair stays, and the next look waits for the next
  // change, so that a pair which is half replaced is told once and mended by its second half. One caller at a
  // time.
  [[nodiscard]] Result<bool, std::string> reload_if_changed();

  // What a new connection is to use. Any thread.
  std::shared_ptr<ssl_ctx_st> current() const;

 private:
  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}

  const TlsFiles files_;
  std::string seen_;  // what told both files from others at the last look
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> current_;
};

}  // namespace switchboard::net
