#include "server/store/redis_slots.hpp"

#include <algorithm>
#include <charconv>

namespace switchboard::store {

namespace {

constexpr std::array<std::uint16_t, 256> crc16_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned octet = 0; octet < 256; ++octet) {
    unsigned crc = octet << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
    table[octet] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

Slot slot_of(std::string_view octets) noexcept {
  unsigned crc = 0;
  for (const char c : octets)
    crc = ((crc << 8) & 0xffff) ^ crc16_table[((crc >> 8) ^ static_cast<unsigned char>(c)) & 0xff];
  return static_cast<Slot>(crc % slots_of_cluster);
}

template <class Number>
bool read_number(std::string_view text, Number& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// A node as CLUSTER SLOTS names it: host, port, more. An unknown host is nil, empty or "?".
std::optional<RedisAddress> parse_node(ReplyView node, const RedisAddress& asked) {
  const auto port = node[1].number().value_or(0);
  if (port <= 0 || port > 65535) return std::nullopt;
  const std::string_view host = node[0].text();
  return RedisAddress{host.empty() || host == "?" ? asked.host : std::string(host),
                      static_cast<std::uint16_t>(port)};
}

}  // namespace

Slot slot_of_key(std::string_view key) noexcept {
  const auto open = key.find('{');
  const auto close = open == key.npos ? key.npos : key.find('}', open + 1);
  if (close == key.npos || close == open + 1) return slot_of(key);
  return slot_of(key.substr(open + 1, close - open - 1));
}

Slot slot_of_command(std::string_view octets) noexcept {
  const auto open = octets.find('{');
  return slot_of_key(open == octets.npos ? std::string_view() : octets.substr(open));
}

const RedisAddress* SlotMap::owner(Slot slot) const noexcept {
  const auto index = owner_[slot % slots_of_cluster];
  return index == 0 ? nullptr : &masters_[index - 1u];
}

void SlotMap::assign(Slot first, Slot last, const RedisAddress& master) {
  auto found = std::ranges::find(masters_, master);
  if (found == masters_.end()) found = masters_.insert(masters_.end(), master);
  const auto index = static_cast<std::uint16_t>(found - masters_.begin() + 1);
  for (std::size_t slot = first; slot <= last && slot < slots_of_cluster; ++slot) owner_[slot] = index;
}

std::optional<SlotMap> SlotMap::parse(ReplyView reply, const RedisAddress& asked) {
  std::vector<std::pair<RedisAddress, std::pair<Slot, Slot>>> ranges;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto first = reply[i][0].number().value_or(-1), last = reply[i][1].number().value_or(-1);
    const auto master = parse_node(reply[i][2], asked);
    const bool sound = first >= 0 && first <= last && last < static_cast<std::int64_t>(slots_of_cluster);
    if (!sound || !master) return std::nullopt;
    ranges.push_back({*master, {static_cast<Slot>(first), static_cast<Slot>(last)}});
  }
  if (ranges.empty()) return std::nullopt;
  std::ranges::sort(ranges);  // the same cluster gives the same map, whoever was asked
  SlotMap map;
  for (const auto& [master, slots] : ranges) map.assign(slots.first, slots.second, master);
  return map;
}

std::optional<Moved> parse_moved(std::string_view error, const RedisAddress& asked) {
  constexpr std::string_view word = "MOVED ";
  if (!error.starts_with(word)) return std::nullopt;
  error.remove_prefix(word.size());
  const auto blank = error.find(' '), colon = error.rfind(':');
  if (blank == error.npos || colon == error.npos || colon < blank) return std::nullopt;
  Moved moved;
  if (!read_number(error.substr(0, blank), moved.slot) || moved.slot >= slots_of_cluster) return std::nullopt;
  if (!read_number(error.substr(colon + 1), moved.to.port) || moved.to.port == 0) return std::nullopt;
  moved.to.host = error.substr(blank + 1, colon - blank - 1);
  if (moved.to.host.empty() || moved.to.host == "?") moved.to.host = asked.host;
  return moved;
}

}  // namespace switchboard::store
