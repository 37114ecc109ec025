#include "server/shop/random.hpp"

#include <sodium.h>

#include <stdexcept>

namespace switchboard::shop {

void sodium_ready() {
  static const int ready = sodium_init();  // 0 first time, 1 when another part of the process was first
  if (ready < 0) throw std::runtime_error("libsodium cannot start: the system gives no random octets");
}

std::string random_octets(std::size_t count) {
  sodium_ready();
  std::string octets(count, '\0');
  randombytes_buf(octets.data(), octets.size());
  return octets;
}

std::uint32_t random_below(std::uint32_t bound) {
  sodium_ready();
  return randombytes_uniform(bound);
}

}  // namespace switchboard::shop
