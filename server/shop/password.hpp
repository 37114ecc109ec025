// Passwords as argon2id strings (RFC 9106, libsodium's crypto_pwhash_str).
//
// One hash or one verification takes 50 to 100 ms of a core and 64 MiB: callers run it off the I/O threads,
// at most `login.hashing_at_once_max` at a time, and refuse with `busy` beyond that. The functions are
// thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace switchboard::shop {

// libsodium's "interactive" limits, named so that a change is seen.
inline constexpr unsigned long long argon2_passes = 2;
inline constexpr std::size_t argon2_memory_octets = 64 * 1024 * 1024;
inline constexpr std::size_t password_octets_max = 128;  // longer ones are refused before any work

// The argon2id string, under 128 octets; empty if the password is empty or too long, or memory ran out.
[[nodiscard]] std::string hash_password(std::string_view password);

// True if `password` belongs to `hash`. False also for a hash that valid_password_hash does not accept.
[[nodiscard]] bool verify_password(std::string_view hash, std::string_view password);

// What is computed when there is no such agent, so that a stranger cannot tell by the time: verifies against
// a hash of nothing and is always false.
bool verify_nobody(std::string_view password);

// argon2id, and of a cost that a login may ask of us (at most 256 MiB and 8 passes).
bool valid_password_hash(std::string_view hash);

// A random password that can be read out on the telephone: four groups of four, 80 bits,
// "k7mp-q2xr-9wta-hn4d".
std::string random_password();

}  // namespace switchboard::shop
