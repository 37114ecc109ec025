// Auto-replies: which text fits, and what it says to this visitor. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/shop/shop.hpp"

namespace switchboard::shop {

// The names a text may use as {name} or {name|fallback}. In files any other name is a problem, so that a slip
// of the pen is found before a visitor reads it.
inline constexpr std::string_view template_variables[] = {
    "visitor",   // her own name for herself; may be empty
    "agent",     // the agent's name
    "persona",   // the persona's name in the reader's language
    "shop",      // the shop's name
    "skill",     // the skill's name in the reader's language
    "position",  // place in the queue, 1 = next
    "eta",       // format_wait(p50)
};

using TemplateFields = std::vector<std::pair<std::string, std::string>>;

// The field map of a shop's templates as it is stored: "trigger|persona|language" -> text, persona and
// language may be empty ("all", "any").
TemplateFields template_fields(const Shop&);

class Templates {
 public:
  Templates() = default;
  // `fields` as stored; a field that is not well formed is left out.
  Templates(const TemplateFields& fields, std::string default_language);

  // The language that she reads is worth more than the persona's voice: a greeting in the wrong tone is a
  // pity, one that she cannot read is none. So, first found:
  //   1 persona, her language       2 all personas, her language
  //   3 persona, any language       4 all personas, any language
  //   5 persona, default language   6 all personas, default language
  // nullopt: the shop says nothing at this trigger. The view lives as long as the Templates.
  std::optional<std::string_view> find(Trigger, std::string_view persona, std::string_view language) const;

  bool empty() const { return texts_.empty(); }

 private:
  std::map<std::string, std::string, std::less<>> texts_;
  std::string default_language_;
};

struct Variable {
  std::string_view name;
  std::string_view value;
};

// The largest text that render returns unless told otherwise, in octets.
inline constexpr std::size_t rendered_octets_max = 4'000;

// Replaces {name} by the variable's value and {name|fallback} by the value or, if it is empty or there is no
// such variable, by the fallback. One pass from left to right: what stands in a value is never looked at
// again, so nothing that a visitor calls herself can become a variable. A {name} that is not in `variables`
// and every other brace stay as they are. The result ends at a whole character within `octets_max`.
std::string render(std::string_view text, const std::vector<Variable>& variables,
                   std::size_t octets_max = rendered_octets_max);

// The names used in a text, in order, each once.
std::vector<std::string_view> variables_in(std::string_view text);

// A wait said as people say it, in `language` (zh, else English): "约 40 秒", "about 3 min". Rounded up: 10 s
// below a minute, minutes below an hour, then hours.
std::string format_wait(std::int64_t ms, std::string_view language);

}  // namespace switchboard::shop
