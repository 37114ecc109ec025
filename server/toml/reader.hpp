// Reads one TOML table strictly: what is asked for is checked for type and bounds, what nobody asked for is a
// problem. Wraps toml++ for shop files and the configuration; included by their .cpp files alone (a heavy
// header).
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/toml/problem.hpp"

namespace switchboard {

// The whole file as a table, or the one problem that the parser stops at. Longer than `octets_max`, deeper
// than toml++'s limit or not UTF-8 is a problem, never a crash.
Result<toml::table, Problem> parse_toml(std::string_view text, std::size_t octets_max);

class TableReader {
 public:
  // `table` and `problems` must outlive the reader; `path` is the name of the table in problems, "" for the
  // file.
  TableReader(const toml::table& table, std::string path, std::vector<Problem>& problems);

  bool has(std::string_view key) const;

  // A missing key leaves `value` as it is (its default); `required` makes it a problem.
  void integer(std::string_view key, std::int64_t& value, std::int64_t min, std::int64_t max);
  void boolean(std::string_view key, bool& value);
  // Text of min..max octets, without control characters but tab and line feed.
  void text(std::string_view key, std::string& value, std::size_t octets_min, std::size_t octets_max,
            bool required = false);
  void integers(std::string_view key, std::vector<std::int64_t>& value, std::size_t count_max,
                std::int64_t min, std::int64_t max);
  void texts(std::string_view key, std::vector<std::string>& value, std::size_t count_max,
             std::size_t octets_max);

  // A table below this one; nullopt if there is none. Call finish() on it too.
  std::optional<TableReader> table(std::string_view key);
  // The tables of a list ([[key]]), with paths key[1], key[2] ...
  std::vector<TableReader> tables(std::string_view key, std::size_t count_max);
  // The node itself, for what has several shapes; nullptr if there is none. Counts as asked for.
  const toml::node* node(std::string_view key);
  // All keys of this table; for tables whose keys are names of something.
  std::vector<std::string> keys() const;

  // Every key that nobody asked for is a problem.
  void finish();

  void problem(std::string_view key, std::string sentence);
  int line_of(std::string_view key) const;  // of the key, else of the table
  std::string path_of(std::string_view key) const;
  std::vector<Problem>& problems() { return *problems_; }

 private:
  bool checked_text(const toml::node& node, std::string_view key, std::string& value, std::size_t octets_min,
                    std::size_t octets_max);

  const toml::table* table_;
  std::string path_;
  std::vector<Problem>* problems_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace switchboard
