// The shop file, written: the mirror of shop_parse.cpp, in the same order.
#include "server/shop/shop.hpp"

namespace switchboard::shop {
namespace {

// A TOML basic string on one line (TOML 1.0, "String").
std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + '"';
}

template <class List, class Show>
std::string list(const List& all, Show show) {
  std::string text = "[";
  for (const auto& one : all) text += (text.size() > 1 ? ", " : "") + show(one);
  return text + ']';
}

std::string clock(std::int64_t minute) {
  const std::string hour = std::to_string(minute / 60), rest = std::to_string(minute % 60);
  return (hour.size() < 2 ? "0" : "") + hour + ':' + (rest.size() < 2 ? "0" : "") + rest;
}

class Writer {
 public:
  void table(std::string_view name) { out_ += "\n[" + std::string(name) + "]\n"; }
  void entry(std::string_view list_name) { out_ += "\n[[" + std::string(list_name) + "]]\n"; }
  void set(std::string_view key, std::string value) { out_ += std::string(key) + " = " + value + '\n'; }
  void text(std::string_view key, std::string_view value) { set(key, quote(value)); }
  void number(std::string_view key, std::int64_t value) { set(key, std::to_string(value)); }
  void flag(std::string_view key, bool value) { set(key, value ? "true" : "false"); }
  void texts(const std::string& key, const Texts& texts) {
    for (const auto& [language, value] : texts)
      text(key + '.' + (language.empty() ? "any" : language), value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write_head(Writer& out, const Shop& shop) {
  out.text("id", shop.id);
  out.text("name", shop.name);
  out.set("languages", list(shop.languages, quote));
  out.text("default_language", shop.default_language);
  out.set("origins", list(shop.origins, quote));
}

void write_people(Writer& out, const Shop& shop) {
  for (const Skill& skill : shop.skills) {
    out.entry("skill");
    out.text("id", skill.id);
    out.texts("name", skill.names);
    out.number("target_ms", skill.target_ms);
  }
  for (const Persona& persona : shop.personas) {
    out.entry("persona");
    out.text("id", persona.id);
    out.texts("name", persona.names);
    out.texts("tagline", persona.taglines);
    out.text("color", persona.color);
  }
  for (const Agent& agent : shop.agents) {
    out.entry("agent");
    out.text("id", agent.id);
    out.text("name", agent.name);
    out.text("persona", agent.persona);
    std::string skills;
    for (const AgentSkill& one : agent.skills) {
      skills += (skills.empty() ? " " : ", ") + one.skill + " = " + std::to_string(one.level);
    }
    out.set("skills", skills.empty() ? "{}" : '{' + skills + " }");
    out.number("capacity", agent.capacity);
    out.flag("enabled", agent.enabled);
    out.flag("supervisor", agent.supervisor);
    if (!agent.password_hash.empty()) out.text("password_hash", agent.password_hash);
  }
  for (const Tier& tier : shop.tiers) {
    out.entry("tier");
    out.texts("name", tier.names);
    out.number("head_ms", tier.head_ms);
    out.number("rate_pm", tier.rate_pm);
  }
}

void write_policy(Writer& out, const Shop& shop) {
  const RoutingSettings& routing = shop.routing;
  out.table("routing");
  out.number("persona_bonus_ms", routing.persona_bonus_ms);
  out.number("sticky_bonus_ms", routing.sticky_bonus_ms);
  out.flag("sticky_over_persona", routing.sticky_over_persona);
  out.number("sticky_hold_ms", routing.sticky_hold_ms);
  out.number("persona_hold_ms", routing.persona_hold_ms);
  out.set("overflow_ms", list(routing.overflow_ms, [](std::int64_t ms) { return std::to_string(ms); }));
  out.number("overflow_idle_pm", routing.overflow_idle_pm);
  out.number("sticky_worth_pm", routing.sticky_worth_pm);
  out.number("persona_worth_pm", routing.persona_worth_pm);
  out.number("handling_start_ms", routing.handling_start_ms);
  out.number("park_after_ms", routing.park_after_ms);
  out.number("park_units", routing.park_units);
  out.number("ramp_ms", routing.ramp_ms);
  out.number("taper_ms", routing.taper_ms);
  out.number("exclusion_ms", routing.exclusion_ms);
  out.number("void_pause_ms", routing.void_pause_ms);
  out.number("max_wait_ms", routing.max_wait_ms);
  out.table("offer");
  out.number("accept_within_s", shop.offer.accept_within_s);
  out.flag("auto_accept", shop.offer.auto_accept);
  out.number("misses_to_break", shop.offer.misses_to_break);
  out.table("presence");
  out.number("lost_grace_s", shop.presence.lost_grace_s);
}

void write_hours(Writer& out, const Hours& hours) {
  constexpr std::string_view days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
  out.table("hours");
  out.text("time_zone", hours.time_zone);
  for (std::size_t day = 0; day < 7; ++day) {
    out.set(days[day], list(hours.weekday[day], [](const Span& span) {
              return quote(clock(span.from_min) + '-' + clock(span.to_min));
            }));
  }
}

void write_words(Writer& out, const Shop& shop) {
  out.table("waiting");
  out.number("first_after_s", shop.waiting.first_after_s);
  out.number("repeat_s", shop.waiting.repeat_s);
  out.number("times_max", shop.waiting.times_max);
  for (const AutoReply& reply : shop.auto_replies) {
    out.entry("auto_reply");
    out.text("trigger", to_string(reply.trigger));
    out.text("persona", reply.persona);
    out.texts("text", reply.texts);
  }
  for (const QuickReply& reply : shop.quick_replies) {
    out.entry("quick_reply");
    out.text("stage", reply.stage);
    out.text("shortcut", reply.shortcut);
    out.texts("title", reply.titles);
    for (const auto& [persona, texts] : reply.texts)
      out.texts(persona.empty() ? "text" : "wording." + persona, texts);
  }
}

void write_limits(Writer& out, const Limits& limits) {
  out.table("limits");
  out.number("queue_max", limits.queue_max);
  out.number("text_octets_max", limits.text_octets_max);
  out.number("visitor_token_ttl_s", limits.visitor_token_ttl_s);
  out.number("agent_token_ttl_s", limits.agent_token_ttl_s);
}

}  // namespace

std::string export_shop(const Shop& shop) {
  Writer out;
  write_head(out, shop);
  write_people(out, shop);
  write_policy(out, shop);
  if (shop.hours) write_hours(out, *shop.hours);
  write_words(out, shop);
  write_limits(out, shop.limits);
  return out.take();
}

}  // namespace switchboard::shop
