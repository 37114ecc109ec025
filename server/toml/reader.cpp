#include "server/toml/reader.hpp"

#include <algorithm>

namespace switchboard {
namespace {

int line_at(const toml::source_region& source) {
  return static_cast<int>(source.begin.line);
}

std::string_view kind(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string wrong_type(std::string_view wanted, const toml::node& node) {
  return "must be " + std::string(wanted) + ", but is " + std::string(kind(node));
}

std::string out_of_bounds(std::int64_t min, std::int64_t max, std::int64_t value) {
  return "must be " + std::to_string(min) + ".." + std::to_string(max) + ", but is " + std::to_string(value);
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\n' && c != '\t') || octet == 0x7f;
  });
}

// A key as a problem may show it: hostile files have hostile keys.
std::string shown_key(std::string_view key) {
  std::string shown(key.substr(0, 64));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return shown;
}

}  // namespace

std::string to_text(const std::vector<Problem>& problems, std::string_view file) {
  std::string text;
  for (const Problem& problem : problems) {
    text += file;
    if (problem.line > 0) text += ':' + std::to_string(problem.line);
    if (!problem.path.empty()) text += ": " + problem.path;
    text += ": " + problem.sentence + '\n';
  }
  if (problems.size() >= problems_max) text += "(and perhaps more; these are the first)\n";
  return text;
}

Result<toml::table, Problem> parse_toml(std::string_view text, std::size_t octets_max) {
  if (text.size() > octets_max) {
    return Problem{0, "",
                   "the file has " + std::to_string(text.size()) + " octets; at most " +
                       std::to_string(octets_max) + " are read"};
  }
  try {  // the parser tells of errors by throwing; this is where that ends
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Problem{line_at(error.source()), "", "not TOML: " + shown_key(error.description())};
  }
}

TableReader::TableReader(const toml::table& table, std::string path, std::vector<Problem>& problems)
    : table_(&table), path_(std::move(path)), problems_(&problems) {}

bool TableReader::has(std::string_view key) const {
  return table_->contains(key);
}

const toml::node* TableReader::node(std::string_view key) {
  known_.emplace(key);
  return table_->get(key);
}

void TableReader::integer(std::string_view key, std::int64_t& value, std::int64_t min, std::int64_t max) {
  const toml::node* found = node(key);
  if (!found) return;
  const auto* number = found->as_integer();
  if (!number) return problem(key, wrong_type("a whole number", *found));
  if (number->get() < min || number->get() > max) return problem(key, out_of_bounds(min, max, number->get()));
  value = number->get();
}

void TableReader::boolean(std::string_view key, bool& value) {
  const toml::node* found = node(key);
  if (!found) return;
  const auto* flag = found->as_boolean();
  if (!flag) return problem(key, wrong_type("true or false", *found));
  value = flag->get();
}

bool TableReader::checked_text(const toml::node& found, std::string_view key, std::string& value,
                               std::size_t octets_min, std::size_t octets_max) {
  const auto* string = found.as_string();
  if (!string) {
    problem(key, wrong_type("a text", found));
    return false;
  }
  std::string text = string->get();
  for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n", at)) text.erase(at, 1);  // other editors
  if (text.size() < octets_min || text.size() > octets_max) {
    problem(key, "must have " + std::to_string(octets_min) + ".." + std::to_string(octets_max) +
                     " octets, but has " + std::to_string(text.size()));
    return false;
  }
  if (has_control_character(text)) {
    problem(key, "must not hold control characters");
    return false;
  }
  value = std::move(text);
  return true;
}

void TableReader::text(std::string_view key, std::string& value, std::size_t octets_min,
                       std::size_t octets_max, bool required) {
  const toml::node* found = node(key);
  if (found) {
    checked_text(*found, key, value, octets_min, octets_max);
  } else if (required) {
    problem(key, "is missing");
  }
}

void TableReader::integers(std::string_view key, std::vector<std::int64_t>& value, std::size_t count_max,
                           std::int64_t min, std::int64_t max) {
  const toml::node* found = node(key);
  if (!found) return;
  const auto* list = found->as_array();
  if (!list) return problem(key, wrong_type("a list of whole numbers", *found));
  if (list->empty() || list->size() > count_max) {
    return problem(key, "must have 1.." + std::to_string(count_max) + " numbers, but has " +
                            std::to_string(list->size()));
  }
  std::vector<std::int64_t> numbers;
  for (const toml::node& element : *list) {
    const auto* number = element.as_integer();
    if (!number) return problem(key, wrong_type("a list of whole numbers", element));
    if (number->get() < min || number->get() > max)
      return problem(key, out_of_bounds(min, max, number->get()));
    numbers.push_back(number->get());
  }
  value = std::move(numbers);
}

void TableReader::texts(std::string_view key, std::vector<std::string>& value, std::size_t count_max,
                        std::size_t octets_max) {
  const toml::node* found = node(key);
  if (!found) return;
  const auto* list = found->as_array();
  if (!list) return problem(key, wrong_type("a list of texts", *found));
  if (list->size() > count_max) {
    return problem(key, "must have at most " + std::to_string(count_max) + " texts, but has " +
                            std::to_string(list->size()));
  }
  std::vector<std::string> read;
  for (const toml::node& element : *list) {
    std::string one;
    if (!checked_text(element, key, one, 1, octets_max)) return;
    read.push_back(std::move(one));
  }
  value = std::move(read);
}

std::optional<TableReader> TableReader::table(std::string_view key) {
  const toml::node* found = node(key);
  if (!found) return std::nullopt;
  const auto* below = found->as_table();
  if (!below) {
    problem(key, wrong_type("a table", *found));
    return std::nullopt;
  }
  return TableReader(*below, path_of(key), *problems_);
}

std::vector<TableReader> TableReader::tables(std::string_view key, std::size_t count_max) {
  std::vector<TableReader> readers;
  const toml::node* found = node(key);
  if (!found) return readers;
  const auto* list = found->as_array();
  if (!list) {
    problem(key, wrong_type("a list of tables, each under [[" + std::string(key) + "]]", *found));
    return readers;
  }
  if (list->size() > count_max) {
    problem(key, "there may be at most " + std::to_string(count_max) + ", but there are " +
                     std::to_string(list->size()));
    return readers;
  }
  for (const toml::node& element : *list) {
    const std::string path = path_of(key) + '[' + std::to_string(readers.size() + 1) + ']';
    const auto* below = element.as_table();
    if (!below) {
      problem(key, wrong_type("a list of tables", element));
      return readers;
    }
    readers.emplace_back(*below, path, *problems_);
  }
  return readers;
}

std::vector<std::string> TableReader::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, value] : *table_) all.emplace_back(key.str());
  return all;
}

void TableReader::finish() {
  for (const auto& [key, value] : *table_) {
    if (!known_.contains(key.str())) problem(key.str(), "there is no such key");
  }
}

void TableReader::problem(std::string_view key, std::string sentence) {
  if (problems_->size() >= problems_max) return;
  problems_->push_back({line_of(key), path_of(key), std::move(sentence)});
}

int TableReader::line_of(std::string_view key) const {
  const auto found = table_->find(key);
  return line_at(found == table_->end() ? table_->source() : found->first.source());
}

std::string TableReader::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? shown_key(key) : path_ + '.' + shown_key(key);
}

}  // namespace switchboard
