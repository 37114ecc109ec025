// A cluster's 16,384 slots: which one a key belongs to, which master holds it, and what a node answers when
// it does not. Pure; any thread. (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/store/redis_options.hpp"
#include "server/store/redis_reply.hpp"

namespace switchboard::store {

using Slot = std::uint16_t;
inline constexpr std::size_t slots_of_cluster = 16'384;

// CRC16 (XMODEM: polynomial 0x1021, from 0) of the key's hash tag, the part between the first { and the next
// }, or of the whole key if there is none or it is empty; modulo 16,384.
Slot slot_of_key(std::string_view key) noexcept;

// The slot of a command as it goes over the wire. In all commands of ours the first { begins the hash tag of
// the key, for nothing that a person writes stands before the key.
Slot slot_of_command(std::string_view octets) noexcept;

// Which master holds which slot, as somebody in the cluster saw it.
class SlotMap {
 public:
  const std::vector<RedisAddress>& masters() const noexcept { return masters_; }
  // Null: nobody, as far as is known.
  const RedisAddress* owner(Slot) const noexcept;
  void assign(Slot first, Slot last, const RedisAddress& master);

  // The answer to CLUSTER SLOTS by the node at `asked` (a node that does not know its own address leaves it
  // out). nullopt: it is none, or no slot has a master.
  static std::optional<SlotMap> parse(ReplyView, const RedisAddress& asked);

  friend bool operator==(const SlotMap&, const SlotMap&) = default;

 private:
  std::vector<RedisAddress> masters_;
  std::array<std::uint16_t, slots_of_cluster> owner_{};  // index in masters_ + 1; 0: nobody
};

// "MOVED 3999 10.0.0.1:6381": the slot is there now.
struct Moved {
  Slot slot = 0;
  RedisAddress to;
};
// nullopt: the error is another one. `asked` said so: a missing host means its own.
std::optional<Moved> parse_moved(std::string_view error, const RedisAddress& asked);

}  // namespace switchboard::store
