// A certificate that nobody but a test would trust, and its key, as two PEM files.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace switchboard::test {

// Writes `certificate` and `key` (paths); what is there is replaced as a renewal does it, by a rename.
// `name`: the subject's common name.
inline void write_certificate(const std::string& certificate, const std::string& key,
                              const std::string& name) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400);
  X509_NAME* const subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_set_pubkey(made.get(), pair.get());
  if (X509_sign(made.get(), pair.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
  const auto write = [](const std::string& path, auto put) {
    const std::string fresh = path + ".new";
    std::FILE* const file = std::fopen(fresh.c_str(), "w");
    if (file == nullptr || put(file) != 1 || std::fclose(file) != 0 ||
        std::rename(fresh.c_str(), path.c_str()) != 0)
      throw std::runtime_error("cannot write " + path);
  };
  write(certificate, [&](std::FILE* file) { return PEM_write_X509(file, made.get()); });
  write(key, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace switchboard::test
