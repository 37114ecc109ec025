// The random source of this folder: libsodium's, which is the kernel's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace switchboard::shop {

// Makes libsodium ready; harmless to repeat, any thread. Throws if the system has no randomness to give.
void sodium_ready();

std::string random_octets(std::size_t count);

// Uniform in 0..bound-1.
std::uint32_t random_below(std::uint32_t bound);

}  // namespace switchboard::shop
