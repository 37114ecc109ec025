// Is the shop open? The hours are local, so the time zone's rules are needed; they are read once from the
// system's tz database (RFC 8536 files), since GCC 12 has no chrono time zones and the C library's are one
// global per process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/shop/shop.hpp"

namespace switchboard::shop {

class TimeZone {
 public:
  // `name` is "UTC" or an IANA name; reads <directory>/<name>, once, blocking (a few KB). Error: a sentence.
  static Result<TimeZone, std::string> load(std::string_view name,
                                            std::string_view directory = "/usr/share/zoneinfo");
  // Bytes of a TZif file; hostile bytes give an error. For load and for tests.
  static Result<TimeZone, std::string> parse(std::string_view bytes);

  // Seconds east of UTC at the moment `unix_s`.
  std::int64_t offset_s(std::int64_t unix_s) const;

 private:
  // The POSIX rule behind the last transition, written out as transitions up to the year 2099.
  void append_rule(std::string_view footer);

  struct Transition {
    std::int64_t at = 0;  // from this moment on
    std::int64_t offset_s = 0;
  };
  std::int64_t first_offset_s_ = 0;  // before the first transition
  std::vector<Transition> transitions_;
};

// The names that a time zone may have in a file: letters, digits and "_+-" in up to three parts; never a path
// that leads out of the database.
bool valid_time_zone_name(std::string_view);

// True at `unix_ms` when the hours say open. Any thread.
bool is_open(const Hours&, const TimeZone&, std::int64_t unix_ms);

}  // namespace switchboard::shop
