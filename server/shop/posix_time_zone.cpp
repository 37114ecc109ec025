#include "server/shop/posix_time_zone.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace switchboard::shop {
namespace {

// Takes the rule apart from the left; after the first failure everything else fails too.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }

  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = skip(c) && ok_; }

  // "CET" or "<+0330>".
  void name() {
    const std::size_t before = rest_.size();
    if (skip('<')) {
      const std::size_t end = rest_.find('>');
      ok_ = ok_ && end != std::string_view::npos;
      rest_.remove_prefix(ok_ ? end + 1 : 0);
    } else {
      while (!rest_.empty() && ((rest_[0] | 0x20) >= 'a' && (rest_[0] | 0x20) <= 'z')) rest_.remove_prefix(1);
    }
    ok_ = ok_ && rest_.size() < before;
  }

  std::int64_t number(std::int64_t max) {
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && digits < 4;
         ++digits, rest_.remove_prefix(1)) {
      value = value * 10 + (rest_[0] - '0');
    }
    ok_ = ok_ && digits > 0 && value <= max;
    return value;
  }

  // [+-]hh[:mm[:ss]] in seconds; RFC 8536 allows -167..167 hours.
  std::int64_t time() {
    const bool negative = skip('-');
    if (!negative) skip('+');
    std::int64_t value = number(167) * 3'600;
    if (skip(':')) value += number(59) * 60;
    if (skip(':')) value += number(59);
    return negative ? -value : value;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// "M10.5.0/3": the 5th (= last) Sunday of October at 3:00.
struct DayRule {
  std::int64_t month = 1, week = 1, weekday = 0, time_s = 7'200;

  std::int64_t local_s(int year) const {
    using namespace std::chrono;
    const auto first = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month));
    const std::chrono::weekday wanted(static_cast<unsigned>(weekday));
    const sys_days day =
        week == 5 ? sys_days(first / wanted[last]) : sys_days(first / wanted[static_cast<unsigned>(week)]);
    return duration_cast<seconds>(day.time_since_epoch()).count() + time_s;
  }
};

DayRule day_rule(Cursor& cursor) {
  DayRule rule;
  cursor.expect(',');
  cursor.expect('M');
  rule.month = cursor.number(12);
  cursor.expect('.');
  rule.week = cursor.number(5);
  cursor.expect('.');
  rule.weekday = cursor.number(6);
  if (cursor.skip('/')) rule.time_s = cursor.time();
  return rule;
}

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> posix_transitions(std::string_view text) {
  constexpr std::int64_t year_1990 = 631'152'000;
  Cursor cursor(text);
  cursor.name();
  const std::int64_t standard_s = -cursor.time();  // POSIX counts west of Greenwich
  if (!cursor.ok()) return {};
  if (cursor.done()) return {{year_1990, standard_s}};
  cursor.name();
  std::int64_t summer_s = standard_s + 3'600;
  const bool more = cursor.ok() && !cursor.done();
  Cursor probe = cursor;
  if (more && !probe.skip(',')) summer_s = -cursor.time();
  const DayRule begin = day_rule(cursor), end = day_rule(cursor);
  if (!cursor.ok() || !cursor.done() || begin.month == 0 || end.month == 0 || begin.week == 0 ||
      end.week == 0)
    return {};

  std::vector<std::pair<std::int64_t, std::int64_t>> transitions;
  for (int year = 1990; year < 2100; ++year) {
    const std::pair to_summer(begin.local_s(year) - standard_s, summer_s);
    const std::pair to_standard(end.local_s(year) - summer_s, standard_s);
    transitions.push_back(std::min(to_summer, to_standard));
    transitions.push_back(std::max(to_summer, to_standard));
  }
  return transitions;
}

}  // namespace switchboard::shop
