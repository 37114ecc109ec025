#include "server/shop/templates.hpp"

#include <algorithm>

namespace switchboard::shop {
namespace {

constexpr std::size_t name_octets_max = 32;
constexpr std::size_t fallback_octets_max = 200;

// A {name} or {name|fallback} at the front of a text.
struct Placeholder {
  std::string_view name;
  std::optional<std::string_view> fallback;
  std::size_t octets = 0;  // with its braces
};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_octets_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// `text` begins with '{'. Looks a bounded way ahead, so that a text of nothing but braces costs linear time.
std::optional<Placeholder> placeholder_at(std::string_view text) {
  const std::size_t end = text.substr(1, name_octets_max + fallback_octets_max + 2).find_first_of("{}");
  if (end == std::string_view::npos || text[end + 1] != '}') return std::nullopt;
  const std::string_view inside = text.substr(1, end);
  const std::size_t bar = inside.find('|');
  Placeholder found{inside.substr(0, bar), std::nullopt, end + 2};
  if (bar != std::string_view::npos) found.fallback = inside.substr(bar + 1);
  if (!is_name(found.name)) return std::nullopt;
  return found;
}

// The longest beginning of at most `octets` that ends at a whole UTF-8 character.
std::string_view cut(std::string_view text, std::size_t octets) {
  if (text.size() <= octets) return text;
  while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xC0) == 0x80) --octets;
  return text.substr(0, octets);
}

std::string field_name(std::string_view trigger, std::string_view persona, std::string_view language) {
  std::string name(trigger);
  name.append(1, '|').append(persona).append(1, '|').append(language);
  return name;
}

bool well_formed_field(std::string_view field) {
  const std::size_t first = field.find('|');
  return first != std::string_view::npos && trigger_from(field.substr(0, first)) &&
         std::count(field.begin(), field.end(), '|') == 2;
}

}  // namespace

TemplateFields template_fields(const Shop& shop) {
  TemplateFields fields;
  for (const AutoReply& reply : shop.auto_replies) {
    for (const auto& [language, text] : reply.texts) {
      fields.emplace_back(field_name(to_string(reply.trigger), reply.persona, language), text);
    }
  }
  return fields;
}

Templates::Templates(const TemplateFields& fields, std::string default_language)
    : default_language_(std::move(default_language)) {
  for (const auto& [field, text] : fields) {
    if (well_formed_field(field)) texts_[field] = text;
  }
}

std::optional<std::string_view> Templates::find(Trigger trigger, std::string_view persona,
                                                std::string_view language) const {
  for (const std::string_view wanted : {language, std::string_view(), std::string_view(default_language_)}) {
    for (const std::string_view voice : {persona, std::string_view()}) {
      const auto found = texts_.find(field_name(to_string(trigger), voice, wanted));
      if (found != texts_.end()) return found->second;
    }
  }
  return std::nullopt;
}

std::string render(std::string_view text, const std::vector<Variable>& variables, std::size_t octets_max) {
  std::string rendered;
  while (!text.empty() && rendered.size() <= octets_max) {
    const std::size_t literal = std::min(text.find('{'), text.size());
    rendered += text.substr(0, literal);
    text.remove_prefix(literal);
    if (text.empty()) break;
    const auto placeholder = placeholder_at(text);
    if (!placeholder) {
      rendered += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto known = std::find_if(variables.begin(), variables.end(),
                                    [&](const Variable& one) { return one.name == placeholder->name; });
    if (known != variables.end() && !known->value.empty()) {
      rendered += cut(known->value, octets_max);
    } else if (placeholder->fallback) {
      rendered += *placeholder->fallback;
    } else if (known == variables.end()) {
      rendered += text.substr(0, placeholder->octets);
    }
    text.remove_prefix(placeholder->octets);
  }
  return std::string(cut(rendered, octets_max));
}

std::vector<std::string_view> variables_in(std::string_view text) {
  std::vector<std::string_view> names;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const auto placeholder = placeholder_at(text.substr(at));
    if (placeholder && std::find(names.begin(), names.end(), placeholder->name) == names.end()) {
      names.push_back(placeholder->name);
    }
  }
  return names;
}

std::string format_wait(std::int64_t ms, std::string_view language) {
  constexpr std::int64_t second = 1'000, minute = 60 * second, hour = 60 * minute;
  const auto up = [ms](std::int64_t unit) { return std::max<std::int64_t>(1, (ms + unit - 1) / unit); };
  const bool chinese = language == "zh";
  if (ms <= 50 * second) {
    const std::string amount = std::to_string(10 * up(10 * second));
    return chinese ? "约 " + amount + " 秒" : "about " + amount + " s";
  }
  if (ms <= hour) {
    const std::string amount = std::to_string(up(minute));
    return chinese ? "约 " + amount + " 分钟" : "about " + amount + " min";
  }
  const std::string amount = std::to_string(up(hour));
  return chinese ? "约 " + amount + " 小时" : "about " + amount + " h";
}

}  // namespace switchboard::shop
