// The reader of shop files: one function per table of the file. Used by shop_parse*.cpp alone.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/shop/shop.hpp"
#include "server/toml/reader.hpp"

namespace switchboard::shop {

inline constexpr std::int64_t hour_ms = 3'600'000;
inline constexpr std::int64_t day_s = 86'400;
inline constexpr std::size_t name_octets_max = 64;
inline constexpr std::size_t levels_max = 8;
inline constexpr std::string_view any_language = "any";  // in the file; "" in memory

// A text as a problem shows it.
inline std::string quoted(std::string_view text) {
  return '"' + std::string(text.substr(0, 64)) + '"';
}

class ShopParser {
 public:
  explicit ShopParser(std::vector<Problem>& problems) : problems_(problems) {}

  Shop parse(const toml::table& file);

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

}  // namespace switchboard::shop
