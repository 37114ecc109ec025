#include "server/replay/window.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace switchboard::replay {

namespace {

using router::Millis;

std::optional<Millis> last_event(const record::Record& record) {
  for (auto chapter = record.chapters.rbegin(); chapter != record.chapters.rend(); ++chapter)
    if (!chapter->steps.empty()) return chapter->steps.back().now;
  return std::nullopt;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

std::optional<Millis> ago(std::string_view text) {
  constexpr std::array<std::pair<char, Millis>, 4> units = {
      {{'s', 1'000}, {'m', 60'000}, {'h', 3'600'000}, {'d', 86'400'000}}};
  const auto unit =
      std::ranges::find(units, text.empty() ? '\0' : text.back(), &std::pair<char, Millis>::first);
  const auto count = number(text.substr(0, text.size() - std::min<std::size_t>(text.size(), 1)));
  constexpr std::int64_t count_max = 1'000'000;  // two thousand years
  if (unit == units.end() || !count || *count > count_max) return std::nullopt;
  return *count * unit->second;
}

// Parts of a date and time, taken off one after the other with the octet that stands before each.
class Calendar {
 public:
  explicit Calendar(std::string_view text) : rest_(text) {}

  std::optional<Millis> read() {
    const auto year = part(0, 4), month = part('-', 2), day = part('-', 2);
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!good_ || !date.ok()) return std::nullopt;
    std::int64_t hour = 0, minute = 0, second = 0, milli = 0;
    if (rest_.starts_with(' ') || rest_.starts_with('T')) {
      hour = part(rest_.front(), 2);
      minute = part(':', 2);
      if (rest_.starts_with(':')) second = part(':', 2);
      if (rest_.starts_with('.')) milli = part('.', 3);
    }
    if (rest_ == "Z") rest_ = {};
    if (!good_ || !rest_.empty() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return ((Millis{days} * 24 + hour) * 60 + minute) * 60'000 + second * 1'000 + milli;
  }

 private:
  std::int64_t part(char before, std::size_t digits) {
    if (before != 0) {
      good_ = good_ && rest_.starts_with(before);
      rest_.remove_prefix(std::min<std::size_t>(rest_.size(), 1));
    }
    const auto value = rest_.size() >= digits ? number(rest_.substr(0, digits)) : std::nullopt;
    rest_.remove_prefix(std::min(rest_.size(), digits));
    good_ = good_ && value;
    return value.value_or(0);
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

Millis since_last(const record::Record& record, std::uint64_t events) {
  for (auto chapter = record.chapters.rbegin(); chapter != record.chapters.rend(); ++chapter) {
    if (events > chapter->steps.size()) {
      events -= chapter->steps.size();
      continue;
    }
    if (events == 0) break;
    return chapter->steps[chapter->steps.size() - events].now;
  }
  return kFromTheBeginning;
}

std::optional<Millis> since_time(const record::Record& record, std::string_view text) {
  if (const auto before = ago(text)) return last_event(record).value_or(0) - *before;
  if (const auto millis = number(text)) return *millis;
  return Calendar(text).read();
}

bool is_before(const record::Chapter& chapter, Millis since) {
  return chapter.steps.empty() ? chapter.time < since : chapter.steps.back().now < since;
}

}  // namespace switchboard::replay
