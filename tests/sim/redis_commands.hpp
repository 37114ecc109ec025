// The commands of Redis that Switchboard uses, on simulated data. One that is missing here is named by an
// exception that ends the run: the simulation must learn it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/redis_data.hpp"

namespace switchboard::sim {

using Words = std::vector<std::string>;

struct Value {
  enum class Kind { nil, integer, text, status, error, array, nil_array } kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Value> items;

  static Value nil() { return {}; }
  static Value number(std::int64_t n) { return {Kind::integer, n, {}, {}}; }
  static Value bulk(std::string text) { return {Kind::text, 0, std::move(text), {}}; }
  static Value status(std::string text) { return {Kind::status, 0, std::move(text), {}}; }
  static Value error(std::string text) { return {Kind::error, 0, std::move(text), {}}; }
  static Value array(std::vector<Value> items = {}) { return {Kind::array, 0, {}, std::move(items)}; }
  static Value array_of(std::span<const std::string> texts);
  // As RESP2 has it on the wire.
  void append_to(std::string& octets) const;
};

struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A command on keys. `wall_ms` is the time of day of this Redis in milliseconds; `publish` is called for
// SPUBLISH. Error replies are values. Throws Unsupported.
Value run_command(
    Data& data, const Words& words, std::int64_t wall_us,
    const std::function<std::int64_t(const std::string& channel, const std::string& message)>& publish);
bool is_write(std::string_view command);

// XREAD of one stream: entries behind `after` ("$" is not known here), as the reply has them; nil if there
// are none.
Value read_stream(const Data& data, const std::string& key, const std::string& after, std::size_t count);

}  // namespace switchboard::sim
