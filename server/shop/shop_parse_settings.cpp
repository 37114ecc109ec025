// The shop file, read: how people find each other, and when.
#include "server/shop/opening.hpp"
#include "server/shop/shop_parser.hpp"

namespace switchboard::shop {
namespace {

// "09:30" -> 570; "24:00" is the end of the day.
std::optional<std::int64_t> minute_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t place : {0, 1, 3, 4}) {
    if (text[place] < '0' || text[place] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + text[1] - '0';
  const int minute = (text[3] - '0') * 10 + text[4] - '0';
  if (minute > 59 || hour * 60 + minute > 1'440) return std::nullopt;
  return hour * 60 + minute;
}

}  // namespace

void ShopParser::read_routing(TableReader& table) {
  RoutingSettings& routing = shop_.routing;
  table.integer("persona_bonus_ms", routing.persona_bonus_ms, 0, hour_ms);
  table.integer("sticky_bonus_ms", routing.sticky_bonus_ms, 0, hour_ms);
  table.boolean("sticky_over_persona", routing.sticky_over_persona);
  table.integer("sticky_hold_ms", routing.sticky_hold_ms, 0, hour_ms);
  table.integer("persona_hold_ms", routing.persona_hold_ms, 0, hour_ms);
  table.integers("overflow_ms", routing.overflow_ms, levels_max, 0, hour_ms);
  if (!std::is_sorted(routing.overflow_ms.begin(), routing.overflow_ms.end()) ||
      routing.overflow_ms.front() != 0) {
    table.problem("overflow_ms", "must begin with 0 and never fall: one entry per level, in order");
  }
  table.integer("overflow_idle_pm", routing.overflow_idle_pm, 0, 1'000);
  table.integer("sticky_worth_pm", routing.sticky_worth_pm, 0, 100'000);
  table.integer("persona_worth_pm", routing.persona_worth_pm, 0, 100'000);
  table.integer("handling_start_ms", routing.handling_start_ms, 1'000, hour_ms);
  table.integer("park_after_ms", routing.park_after_ms, 0, hour_ms);
  if (routing.park_after_ms > 0 && routing.park_after_ms < 1'000)
    table.problem("park_after_ms", "must be 0 (never) or at least 1000");
  table.integer("park_units", routing.park_units, 1, 4);
  table.integer("ramp_ms", routing.ramp_ms, 0, 60'000);
  table.integer("taper_ms", routing.taper_ms, 0, 4 * hour_ms);
  table.integer("exclusion_ms", routing.exclusion_ms, 0, hour_ms);
  table.integer("void_pause_ms", routing.void_pause_ms, 0, 60'000);
  table.integer("max_wait_ms", routing.max_wait_ms, 0, 24 * hour_ms);
  table.finish();
}

void ShopParser::read_offer(TableReader& table) {
  table.integer("accept_within_s", shop_.offer.accept_within_s, 3, 300);
  table.boolean("auto_accept", shop_.offer.auto_accept);
  table.integer("misses_to_break", shop_.offer.misses_to_break, 0, 100);
  table.finish();
}

void ShopParser::read_presence(TableReader& table) {
  table.integer("lost_grace_s", shop_.presence.lost_grace_s, 5, 3'600);
  table.finish();
}

void ShopParser::read_hours(TableReader& table) {
  constexpr std::string_view days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
  Hours hours;
  table.text("time_zone", hours.time_zone, 1, 64, true);
  if (!hours.time_zone.empty() && !valid_time_zone_name(hours.time_zone)) {
    table.problem("time_zone", quoted(hours.time_zone) + " is no name such as \"Asia/Shanghai\" or \"UTC\"");
  }
  for (std::size_t day = 0; day < 7; ++day) {
    std::vector<std::string> spans;
    table.texts(days[day], spans, 8, 11);
    for (const std::string& text : spans) {
      const auto from = text.size() == 11 && text[5] == '-' ? minute_of_day(text.substr(0, 5)) : std::nullopt;
      const auto to = from ? minute_of_day(text.substr(6)) : std::nullopt;
      if (!to || *from >= *to) {
        table.problem(days[day], quoted(text) +
                                     " must look like \"09:00-18:30\"; past midnight is two spans, "
                                     "\"20:00-24:00\" and on the next day \"00:00-02:00\"");
      } else if (!hours.weekday[day].empty() && hours.weekday[day].back().to_min >= *from) {
        table.problem(days[day], quoted(text) + " must begin after the span before it has ended");
      } else {
        hours.weekday[day].push_back({*from, *to});
      }
    }
  }
  table.finish();
  shop_.hours = std::move(hours);
}

void ShopParser::read_waiting(TableReader& table) {
  table.integer("first_after_s", shop_.waiting.first_after_s, 1, 3'600);
  table.integer("repeat_s", shop_.waiting.repeat_s, 0, 3'600);
  if (shop_.waiting.repeat_s > 0 && shop_.waiting.repeat_s < 10) {
    table.problem("repeat_s", "must be 0 (once) or 10..3600: a queue must not chatter");
  }
  table.integer("times_max", shop_.waiting.times_max, 0, 100);
  table.finish();
}

void ShopParser::read_limits(TableReader& table) {
  table.integer("queue_max", shop_.limits.queue_max, 1, 100'000);
  table.integer("text_octets_max", shop_.limits.text_octets_max, 1, 60'000);
  table.integer("visitor_token_ttl_s", shop_.limits.visitor_token_ttl_s, 60, 400 * day_s);
  table.integer("agent_token_ttl_s", shop_.limits.agent_token_ttl_s, 60, 30 * day_s);
  table.finish();
}

}  // namespace switchboard::shop
