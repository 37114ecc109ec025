#include "server/store/redis_tls.hpp"

#include <boost/asio/ssl/verify_mode.hpp>

namespace switchboard::store {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Result<std::shared_ptr<ssl::context>, std::string> make_tls_context(const RedisTls& tls) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  error_code error;
  const auto cannot = [&](const char* what, const std::string& file) {
    return std::string("TLS to Redis: ") + what + " " + file + ": " + error.message();
  };
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                       ssl::context::no_compression);
  context->set_verify_mode(ssl::verify_peer);
  if (tls.ca.empty())
    context->set_default_verify_paths(error);
  else
    context->load_verify_file(tls.ca, error);
  if (error) return cannot("ca", tls.ca.empty() ? "of the system" : tls.ca);
  if (tls.certificate.empty()) return context;
  context->use_certificate_chain_file(tls.certificate, error);
  if (error) return cannot("certificate", tls.certificate);
  context->use_private_key_file(tls.key, ssl::context::pem, error);
  if (error) return cannot("key", tls.key);
  return context;
}

std::string refusal_of_files(const RedisUrl& url) {
  if (!url.tls) return {};
  const auto context = make_tls_context(*url.tls);
  return context ? std::string() : context.error();
}

}  // namespace switchboard::store
