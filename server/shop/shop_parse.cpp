// The shop file, read: the head, who works here, and what a name or a text may be.
#include "server/shop/password.hpp"
#include "server/shop/shop_parser.hpp"
#include "server/shop/templates.hpp"

namespace switchboard::shop {
namespace {

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

}  // namespace

Shop ShopParser::parse(const toml::table& file) {
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

void ShopParser::read_head(TableReader& root) {
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

void ShopParser::read_skill(TableReader& table) {
  Skill skill;
  read_id(table, skill.id, skill_ids_);
  read_names(table, "name", skill.names, name_octets_max, true);
  table.integer("target_ms", skill.target_ms, 1'000, hour_ms);
  table.finish();
  shop_.skills.push_back(std::move(skill));
}

void ShopParser::read_persona(TableReader& table) {
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

void ShopParser::read_agent(TableReader& table) {
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

void ShopParser::read_agent_skills(TableReader& table, Agent& agent) {
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

void ShopParser::read_tier(TableReader& table) {
  Tier tier;
  read_names(table, "name", tier.names, name_octets_max, false);
  table.integer("head_ms", tier.head_ms, 0, hour_ms);
  table.integer("rate_pm", tier.rate_pm, 1, 10'000);
  table.finish();
  shop_.tiers.push_back(std::move(tier));
}

void ShopParser::read_id(TableReader& table, std::string& id, std::set<std::string>& used) {
  table.text("id", id, 1, 32, true);
  if (id.empty()) return;
  if (!valid_id(id)) return table.problem("id", quoted(id) + " must be 1..32 of a-z, 0-9, _ and -");
  if (!used.insert(id).second) table.problem("id", quoted(id) + " is used twice");
}

void ShopParser::read_names(TableReader& table, std::string_view key, Texts& texts, std::size_t octets_max,
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

void ShopParser::read_language_table(TableReader& table, Texts& texts, std::size_t octets_max) {
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

void ShopParser::read_voice(TableReader& table, std::string_view key, Texts& texts) {
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

void ShopParser::check_variables(TableReader& table, std::string_view key, std::string_view text) {
  for (const std::string_view name : variables_in(text)) {
    if (std::find(std::begin(template_variables), std::end(template_variables), name) ==
        std::end(template_variables)) {
      table.problem(key, "there is no variable {" + std::string(name) + "}");
    }
  }
}

Result<Shop, std::vector<Problem>> parse_shop(std::string_view text) {
  auto file = parse_toml(text, shop_octets_max);
  if (!file) return std::vector<Problem>{file.error()};
  std::vector<Problem> problems;
  Shop shop = ShopParser(problems).parse(*file);
  if (problems.empty()) return shop;
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  return problems;
}

}  // namespace switchboard::shop
