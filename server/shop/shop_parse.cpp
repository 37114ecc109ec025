// The shop file, read: one function per table of the file, then what must hold between tables.
#include <algorithm>
#include <set>

#include "server/shop/opening.hpp"
#include "server/shop/password.hpp"
#include "server/shop/shop.hpp"
#include "server/shop/stages.hpp"
#include "server/shop/templates.hpp"
#include "server/toml/reader.hpp"

namespace switchboard::shop {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_s = 86'400;
constexpr std::size_t name_octets_max = 64;
constexpr std::size_t tagline_octets_max = 200;
constexpr std::size_t text_octets_max = 2'000;
constexpr std::size_t languages_max = 16;
constexpr std::size_t skills_max = 64;
constexpr std::size_t personas_max = 16;
constexpr std::size_t agents_max = 1'000;
constexpr std::size_t tiers_max = 8;
constexpr std::size_t auto_replies_max = 500;
constexpr std::size_t quick_replies_max = 500;
constexpr std::size_t origins_max = 64;
constexpr std::size_t levels_max = 8;
constexpr std::string_view any_language = "any";  // in the file; "" in memory

bool valid_language(std::string_view language) {
  return (language.size() == 2 || language.size() == 3) && language != any_language &&
         std::all_of(language.begin(), language.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool valid_color(std::string_view color) {
  return color.size() == 7 && color[0] == '#' && std::all_of(color.begin() + 1, color.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// scheme://host[:port] exactly as browsers send it: lower case, no path, no slash at the end.
bool valid_origin(std::string_view origin) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!origin.starts_with(scheme)) continue;
    origin.remove_prefix(scheme.size());
    return !origin.empty() && std::all_of(origin.begin(), origin.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view(".-:[]").find(c) != std::string_view::npos;
    });
  }
  return false;
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text.substr(0, 64)) + '"';
}

class Parser {
 public:
  explicit Parser(std::vector<Problem>& problems) : problems_(problems) {}

  Shop parse(const toml::table& file) {
    TableReader root(file, "", problems_);
    read_head(root);
    for (auto& table : root.tables("skill", skills_max)) read_skill(table);
    for (auto& table : root.tables("persona", personas_max)) read_persona(table);
    for (auto& table : root.tables("agent", agents_max)) read_agent(table);
    if (root.has("tier")) shop_.tiers.clear();
    for (auto& table : root.tables("tier", tiers_max)) read_tier(table);
    if (shop_.tiers.empty()) root.problem("tier", "must have at least one entry, or not be there at all");
    if (auto table = root.table("routing")) read_routing(*table);
    if (auto table = root.table("offer")) read_offer(*table);
    if (auto table = root.table("presence")) read_presence(*table);
    if (auto table = root.table("hours")) read_hours(*table);
    if (auto table = root.table("waiting")) read_waiting(*table);
    for (auto& table : root.tables("auto_reply", auto_replies_max)) read_auto_reply(table);
    for (auto& table : root.tables("quick_reply", quick_replies_max)) read_quick_reply(table);
    if (auto table = root.table("limits")) read_limits(*table);
    root.finish();
    if (shop_.skills.empty() && !root.has("skill"))
      root.problem("skill", "a shop needs at least one [[skill]]");
    return std::move(shop_);
  }

 private:
  void read_head(TableReader& root);
  void read_skill(TableReader& table);
  void read_persona(TableReader& table);
  void read_agent(TableReader& table);
  void read_agent_skills(TableReader& table, Agent& agent);
  void read_tier(TableReader& table);
  void read_routing(TableReader& table);
  void read_offer(TableReader& table);
  void read_presence(TableReader& table);
  void read_hours(TableReader& table);
  void read_waiting(TableReader& table);
  void read_auto_reply(TableReader& table);
  void read_quick_reply(TableReader& table);
  void read_wordings(TableReader& table, QuickReply& reply);
  void read_limits(TableReader& table);

  // An id of the right form that nobody in `used` has.
  void read_id(TableReader& table, std::string& id, std::set<std::string>& used);
  // A name in every language of the shop; one plain text stands for all of them.
  void read_names(TableReader& table, std::string_view key, Texts& texts, std::size_t octets_max,
                  bool required);
  // Texts that may be in some languages only; a plain text is in any language (""). Variables are checked.
  void read_voice(TableReader& table, std::string_view key, Texts& texts);
  void read_language_table(TableReader& table, Texts& texts, std::size_t octets_max);
  void check_variables(TableReader& table, std::string_view key, std::string_view text);

  bool is_language(std::string_view language) const {
    return std::find(shop_.languages.begin(), shop_.languages.end(), language) != shop_.languages.end();
  }

  std::vector<Problem>& problems_;
  Shop shop_;
  std::set<std::string> skill_ids_, persona_ids_, agent_ids_, shortcuts_, auto_reply_fields_;
};

void Parser::read_head(TableReader& root) {
  root.text("id", shop_.id, 1, 32, true);
  if (!shop_.id.empty() && !valid_id(shop_.id)) root.problem("id", "must be 1..32 of a-z, 0-9, _ and -");
  root.text("name", shop_.name, 1, name_octets_max, true);
  root.texts("languages", shop_.languages, languages_max, 3);
  std::set<std::string> seen;
  for (const std::string& language : shop_.languages) {
    if (!valid_language(language))
      root.problem("languages", quoted(language) + " is no language tag such as \"zh\"");
    if (!seen.insert(language).second) root.problem("languages", quoted(language) + " is there twice");
  }
  if (shop_.languages.empty()) root.problem("languages", "must name at least one language, such as \"en\"");
  if (!shop_.languages.empty()) shop_.default_language = shop_.languages.front();
  root.text("default_language", shop_.default_language, 1, 3);
  if (!shop_.languages.empty() && !is_language(shop_.default_language)) {
    root.problem("default_language", "must be one of `languages`");
  }
  root.texts("origins", shop_.origins, origins_max, 255);
  for (const std::string& origin : shop_.origins) {
    if (!valid_origin(origin)) {
      root.problem("origins", quoted(origin) + " must look like \"https://shop.example\", without a path");
    }
  }
}

void Parser::read_id(TableReader& table, std::string& id, std::set<std::string>& used) {
  table.text("id", id, 1, 32, true);
  if (id.empty()) return;
  if (!valid_id(id)) return table.problem("id", quoted(id) + " must be 1..32 of a-z, 0-9, _ and -");
  if (!used.insert(id).second) table.problem("id", quoted(id) + " is used twice");
}

void Parser::read_names(TableReader& table, std::string_view key, Texts& texts, std::size_t octets_max,
                        bool required) {
  const toml::node* node = table.node(key);
  if (!node) {
    if (required) table.problem(key, "is missing");
    return;
  }
  if (node->is_string()) {
    std::string same;
    table.text(key, same, 1, octets_max);
    for (const std::string& language : shop_.languages) texts[language] = same;
    return;
  }
  auto below = table.table(key);
  if (!below) return;
  read_language_table(*below, texts, octets_max);
  if (texts.contains(""))
    below->problem(any_language, "names are per language; a plain text stands for all of them");
  for (const std::string& language : shop_.languages) {
    if (!texts.contains(language)) below->problem("", "has no text in " + quoted(language));
  }
}

void Parser::read_language_table(TableReader& table, Texts& texts, std::size_t octets_max) {
  if (table.keys().empty()) table.problem("", "has no text in any language");
  for (const std::string& key : table.keys()) {
    std::string text;
    table.text(key, text, 1, octets_max);
    if (key != any_language && !is_language(key)) {
      table.problem(key, "is none of the shop's languages");
    } else {
      texts[key == any_language ? "" : key] = text;
    }
  }
}

void Parser::read_voice(TableReader& table, std::string_view key, Texts& texts) {
  const toml::node* node = table.node(key);
  if (!node) return;
  if (node->is_string()) {
    table.text(key, texts[""], 1, text_octets_max);
    return check_variables(table, key, texts[""]);
  }
  auto below = table.table(key);
  if (!below) return;
  read_language_table(*below, texts, text_octets_max);
  for (const auto& [language, text] : texts) {
    check_variables(*below, language.empty() ? any_language : std::string_view(language), text);
  }
}

void Parser::check_variables(TableReader& table, std::string_view key, std::string_view text) {
  for (const std::string_view name : variables_in(text)) {
    if (std::find(std::begin(template_variables), std::end(template_variables), name) ==
        std::end(template_variables)) {
      table.problem(key, "there is no variable {" + std::string(name) + "}");
    }
  }
}

void Parser::read_skill(TableReader& table) {
  Skill skill;
  read_id(table, skill.id, skill_ids_);
  read_names(table, "name", skill.names, name_octets_max, true);
  table.integer("target_ms", skill.target_ms, 1'000, hour_ms);
  table.finish();
  shop_.skills.push_back(std::move(skill));
}

void Parser::read_persona(TableReader& table) {
  Persona persona;
  read_id(table, persona.id, persona_ids_);
  read_names(table, "name", persona.names, name_octets_max, true);
  read_names(table, "tagline", persona.taglines, tagline_octets_max, false);
  persona.color = "#888888";
  table.text("color", persona.color, 7, 7);
  if (!valid_color(persona.color)) table.problem("color", "must look like \"#e05a8c\" (lower case)");
  table.finish();
  shop_.personas.push_back(std::move(persona));
}

void Parser::read_agent(TableReader& table) {
  Agent agent;
  read_id(table, agent.id, agent_ids_);
  table.text("name", agent.name, 1, name_octets_max, true);
  table.text("persona", agent.persona, 0, 32);
  if (!agent.persona.empty() && !persona_ids_.contains(agent.persona)) {
    table.problem("persona", "there is no persona " + quoted(agent.persona));
  }
  table.integer("capacity", agent.capacity, 1, 50);
  table.boolean("enabled", agent.enabled);
  table.boolean("supervisor", agent.supervisor);
  table.text("password_hash", agent.password_hash, 0, 128);
  if (!agent.password_hash.empty() && !valid_password_hash(agent.password_hash)) {
    table.problem("password_hash", "must be an argon2id string of at most 256 MiB and 8 passes");
  }
  read_agent_skills(table, agent);
  table.finish();
  shop_.agents.push_back(std::move(agent));
}

void Parser::read_agent_skills(TableReader& table, Agent& agent) {
  auto below = table.table("skills");
  for (const std::string& skill : below ? below->keys() : std::vector<std::string>()) {
    AgentSkill one{skill, 0};
    below->integer(skill, one.level, 0, static_cast<std::int64_t>(levels_max) - 1);
    if (!skill_ids_.contains(skill)) below->problem(skill, "there is no skill " + quoted(skill));
    agent.skills.push_back(std::move(one));
  }
  if (agent.skills.empty() && !agent.supervisor) {
    table.problem("skills",
                  "must name at least one skill: without one no visitor can be given to this agent");
  }
}

void Parser::read_tier(TableReader& table) {
  Tier tier;
  read_names(table, "name", tier.names, name_octets_max, false);
  table.integer("head_ms", tier.head_ms, 0, hour_ms);
  table.integer("rate_pm", tier.rate_pm, 1, 10'000);
  table.finish();
  shop_.tiers.push_back(std::move(tier));
}

void Parser::read_routing(TableReader& table) {
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
  table.integer("park_units", routing.park_units, 0, 4);
  table.integer("ramp_ms", routing.ramp_ms, 0, 60'000);
  table.integer("taper_ms", routing.taper_ms, 0, 4 * hour_ms);
  table.integer("exclusion_ms", routing.exclusion_ms, 0, hour_ms);
  table.integer("void_pause_ms", routing.void_pause_ms, 0, 60'000);
  table.integer("max_wait_ms", routing.max_wait_ms, 0, 24 * hour_ms);
  table.finish();
}

void Parser::read_offer(TableReader& table) {
  table.integer("accept_within_s", shop_.offer.accept_within_s, 3, 300);
  table.boolean("auto_accept", shop_.offer.auto_accept);
  table.integer("misses_to_break", shop_.offer.misses_to_break, 0, 100);
  table.finish();
}

void Parser::read_presence(TableReader& table) {
  table.integer("lost_grace_s", shop_.presence.lost_grace_s, 5, 3'600);
  table.finish();
}

void Parser::read_waiting(TableReader& table) {
  table.integer("first_after_s", shop_.waiting.first_after_s, 1, 3'600);
  table.integer("repeat_s", shop_.waiting.repeat_s, 0, 3'600);
  if (shop_.waiting.repeat_s > 0 && shop_.waiting.repeat_s < 10) {
    table.problem("repeat_s", "must be 0 (once) or 10..3600: a queue must not chatter");
  }
  table.integer("times_max", shop_.waiting.times_max, 0, 100);
  table.finish();
}

void Parser::read_auto_reply(TableReader& table) {
  AutoReply reply;
  std::string trigger;
  table.text("trigger", trigger, 1, 32, true);
  if (const auto known = trigger_from(trigger)) {
    reply.trigger = *known;
  } else if (!trigger.empty()) {
    table.problem("trigger", "must be one of opened, waiting, assigned, agent_away, closed");
  }
  table.text("persona", reply.persona, 0, 32);
  if (!reply.persona.empty() && !persona_ids_.contains(reply.persona)) {
    table.problem("persona", "there is no persona " + quoted(reply.persona));
  }
  read_voice(table, "text", reply.texts);
  if (!table.has("text")) table.problem("text", "is missing");
  for (const auto& [language, text] : reply.texts) {
    if (!auto_reply_fields_.insert(trigger + '|' + reply.persona + '|' + language).second) {
      table.problem("text", "this trigger and persona already have a text in " +
                                quoted(language.empty() ? any_language : std::string_view(language)));
    }
  }
  table.finish();
  shop_.auto_replies.push_back(std::move(reply));
}

void Parser::read_quick_reply(TableReader& table) {
  QuickReply reply;
  table.text("stage", reply.stage, 1, 32, true);
  if (!reply.stage.empty() && std::find(stages.begin(), stages.end(), reply.stage) == stages.end()) {
    table.problem("stage",
                  "must be one of welcome, answering, price, payment, shipping, aftersale, farewell, praise");
  }
  table.text("shortcut", reply.shortcut, 1, 24, true);
  if (!reply.shortcut.empty() && !valid_id(reply.shortcut)) {
    table.problem("shortcut", "must be 1..24 of a-z, 0-9, _ and -");
  }
  if (!reply.shortcut.empty() && !shortcuts_.insert(reply.shortcut).second) {
    table.problem("shortcut", quoted(reply.shortcut) + " is used twice");
  }
  read_names(table, "title", reply.titles, name_octets_max, true);
  if (table.has("text")) read_voice(table, "text", reply.texts[""]);
  read_wordings(table, reply);
  if (reply.texts.empty()) table.problem("text", "is missing: give `text` or a `wording` for some persona");
  table.finish();
  shop_.quick_replies.push_back(std::move(reply));
}

void Parser::read_wordings(TableReader& table, QuickReply& reply) {
  auto below = table.table("wording");
  if (!below) return;
  for (const std::string& persona : below->keys()) {
    if (!persona_ids_.contains(persona)) below->problem(persona, "there is no persona " + quoted(persona));
    read_voice(*below, persona, reply.texts[persona]);
  }
}

void Parser::read_limits(TableReader& table) {
  table.integer("queue_max", shop_.limits.queue_max, 1, 100'000);
  table.integer("text_octets_max", shop_.limits.text_octets_max, 1, 60'000);
  table.integer("visitor_token_ttl_s", shop_.limits.visitor_token_ttl_s, 60, 400 * day_s);
  table.integer("agent_token_ttl_s", shop_.limits.agent_token_ttl_s, 60, 30 * day_s);
  table.finish();
}

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

void Parser::read_hours(TableReader& table) {
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

}  // namespace

Result<Shop, std::vector<Problem>> parse_shop(std::string_view text) {
  auto file = parse_toml(text, shop_octets_max);
  if (!file) return std::vector<Problem>{file.error()};
  std::vector<Problem> problems;
  Shop shop = Parser(problems).parse(*file);
  if (problems.empty()) return shop;
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  return problems;
}

}  // namespace switchboard::shop
