#include "server/shop/opening.hpp"

#include <algorithm>
#include <fstream>

#include "server/shop/posix_time_zone.hpp"

namespace switchboard::shop {
namespace {

constexpr std::size_t zone_octets_max = 64 * 1024;  // the largest of the tz database has 4 KB
constexpr std::size_t header_octets = 44;

// Reads big-endian numbers; whoever reads past the end gets zeros and ok() == false.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

  std::string_view take(std::size_t octets) {
    if (octets > rest_.size()) ok_ = false;
    const std::string_view taken = rest_.substr(0, ok_ ? octets : 0);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::int64_t number(std::size_t octets) {
    const std::string_view bytes = take(octets);
    if (bytes.empty()) return 0;
    std::uint64_t value = static_cast<unsigned char>(bytes[0]) & 0x80 ? ~std::uint64_t{0} : 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// The six counts of RFC 8536 section 3.1.
struct Header {
  char version = 0;
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, chars = 0;

  std::size_t body_octets(std::size_t time_octets) const {
    return times * (time_octets + 1) + types * 6 + chars + leaps * (time_octets + 4) + is_std + is_ut;
  }
};

std::optional<Header> read_header(Bytes& bytes) {
  const std::string_view raw = bytes.take(header_octets);
  if (!bytes.ok() || !raw.starts_with("TZif")) return std::nullopt;
  Header header;
  header.version = raw[4];
  Bytes counts(raw.substr(20));
  for (std::size_t* count :
       {&header.is_ut, &header.is_std, &header.leaps, &header.times, &header.types, &header.chars}) {
    const std::int64_t value = counts.number(4);
    if (value < 0 || value > static_cast<std::int64_t>(zone_octets_max)) return std::nullopt;
    *count = static_cast<std::size_t>(value);
  }
  if (header.types == 0) return std::nullopt;
  return header;
}

}  // namespace

Result<TimeZone, std::string> TimeZone::parse(std::string_view file) {
  const std::string damaged = "not a time zone file (RFC 8536, version 2 or later)";
  if (file.size() > zone_octets_max) return damaged;
  Bytes bytes(file);
  auto header = read_header(bytes);
  if (!header || header->version < '2') return damaged;
  bytes.take(header->body_octets(4));  // the old block with 32-bit times
  header = read_header(bytes);
  if (!header) return damaged;

  TimeZone zone;
  zone.transitions_.resize(header->times);
  for (auto& transition : zone.transitions_) transition.at = bytes.number(8);
  const std::string_view type_of = bytes.take(header->times);
  Bytes types(bytes.take(header->types * 6));
  if (!bytes.ok()) return damaged;
  std::vector<std::int64_t> offsets;
  for (std::size_t type = 0; type < header->types; ++type) {
    offsets.push_back(types.number(4));
    types.take(2);
    if (offsets.back() < -93'600 || offsets.back() > 93'600)
      return damaged;  // RFC 8536: within -25 h .. 26 h
  }
  zone.first_offset_s_ = offsets.front();
  for (std::size_t i = 0; i < header->times; ++i) {
    const auto type = static_cast<unsigned char>(type_of[i]);
    if (type >= offsets.size() || (i > 0 && zone.transitions_[i].at <= zone.transitions_[i - 1].at))
      return damaged;
    zone.transitions_[i].offset_s = offsets[type];
  }
  bytes.take(header->chars + header->leaps * 12 + header->is_std + header->is_ut);
  zone.append_rule(bytes.rest());
  return zone;
}

void TimeZone::append_rule(std::string_view footer) {
  if (!footer.starts_with('\n')) return;
  const std::int64_t from = transitions_.empty() ? 0 : transitions_.back().at;
  for (const auto& [at, offset] : posix_transitions(footer.substr(1, footer.find('\n', 1) - 1))) {
    if (at > from || transitions_.empty()) transitions_.push_back({at, offset});
  }
}

Result<TimeZone, std::string> TimeZone::load(std::string_view name, std::string_view directory) {
  if (name == "UTC") return TimeZone();
  if (!valid_time_zone_name(name)) return std::string("is no name of a time zone");
  const std::string path = std::string(directory) + '/' + std::string(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) return "is not in " + std::string(directory) + " (is the package tzdata installed?)";
  std::string bytes(zone_octets_max + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return parse(bytes);
}

std::int64_t TimeZone::offset_s(std::int64_t unix_s) const {
  const auto after = std::upper_bound(transitions_.begin(), transitions_.end(), unix_s,
                                      [](std::int64_t at, const Transition& one) { return at < one.at; });
  return after == transitions_.begin() ? first_offset_s_ : std::prev(after)->offset_s;
}

bool valid_time_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  std::size_t parts = 1, octets = 0;
  for (const char c : name) {
    if (c == '/') {
      if (octets == 0) return false;
      ++parts;
      octets = 0;
      continue;
    }
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '+' && c != '-') return false;
    ++octets;
  }
  return octets > 0 && parts <= 3;
}

bool is_open(const Hours& hours, const TimeZone& zone, std::int64_t unix_ms) {
  constexpr std::int64_t day_s = 86'400;
  const auto floor_div = [](std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); };
  const std::int64_t unix_s = floor_div(unix_ms, 1'000);
  const std::int64_t local_s = unix_s + zone.offset_s(unix_s);
  const std::int64_t day = floor_div(local_s, day_s);
  const std::int64_t minute = (local_s - day * day_s) / 60;
  const auto weekday = static_cast<std::size_t>(((day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  return std::any_of(hours.weekday[weekday].begin(), hours.weekday[weekday].end(),
                     [minute](const Span& span) { return span.from_min <= minute && minute < span.to_min; });
}

}  // namespace switchboard::shop
