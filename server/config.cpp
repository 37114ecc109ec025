#include "server/config.hpp"

#include <algorithm>
#include <charconv>

#include "server/config_table.hpp"
#include "server/toml/reader.hpp"

namespace switchboard {
namespace {

constexpr std::size_t file_octets_max = 256 * 1024;
constexpr std::size_t node_id_octets_of_several = 28;

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

std::string_view table_of(const Setting& setting) {
  return setting.key.substr(0, setting.key.find('.'));
}
std::string_view name_of(const Setting& setting) {
  return setting.key.substr(setting.key.find('.') + 1);
}

bool is_choice(const Setting& setting, std::string_view value) {
  for (std::string_view rest = setting.choices; !rest.empty();) {
    const std::size_t bar = std::min(rest.find('|'), rest.size());
    if (rest.substr(0, bar) == value) return true;
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  return setting.choices.empty();
}

std::string choice_sentence(const Setting& setting) {
  std::string choices(setting.choices);
  for (std::size_t bar; (bar = choices.find('|')) != choices.npos;) choices.replace(bar, 1, ", ");
  return "must be one of " + choices;
}

std::string bounds_sentence(const Setting& setting, std::string_view value) {
  return "must be a whole number in " + std::to_string(setting.min) + ".." + std::to_string(setting.max) +
         ", but is \"" + std::string(value.substr(0, 64)) + '"';
}

// A config that only reads: accessors want a mutable one.
template <class Field>
auto get(const Config& config, Field field) {
  return field(const_cast<Config&>(config));
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return quoted + '"';
}

void read_setting(TableReader& table, const Setting& setting, Config& config) {
  const std::string_view name = name_of(setting);
  std::visit(Overloaded{[&](std::int64_t& (*field)(Config&)) {
                          table.integer(name, field(config), setting.min, setting.max);
                        },
                        [&](std::string& (*field)(Config&)) {
                          std::string value = field(config);
                          table.text(name, value, static_cast<std::size_t>(setting.min),
                                     static_cast<std::size_t>(setting.max));
                          if (!is_choice(setting, value))
                            return table.problem(name, choice_sentence(setting));
                          field(config) = value;
                        }},
             setting.field);
}

}  // namespace

Result<Config, std::vector<Problem>> parse_config(std::string_view text, Config base) {
  const auto file = parse_toml(text, file_octets_max);
  if (!file) return std::vector<Problem>{file.error()};
  std::vector<Problem> problems;
  TableReader root(*file, "", problems);
  const auto all = settings();
  for (std::size_t first = 0; first < all.size();) {
    const std::string_view name = table_of(all[first]);
    auto table = root.table(name);
    for (; first < all.size() && table_of(all[first]) == name; ++first) {
      if (table) read_setting(*table, all[first], base);
    }
    if (table) table->finish();
  }
  root.finish();
  if (!problems.empty()) return problems;
  return base;
}

std::optional<Problem> set_config(Config& config, const Setting& setting, std::string_view value) {
  const auto refuse = [&](std::string sentence) {
    return Problem{0, std::string(setting.key), std::move(sentence)};
  };
  return std::visit(Overloaded{[&](std::int64_t& (*field)(Config&)) -> std::optional<Problem> {
                                 std::int64_t number = 0;
                                 const char* const end = value.data() + value.size();
                                 const auto [rest, error] = std::from_chars(value.data(), end, number);
                                 const bool whole = error == std::errc() && rest == end && !value.empty();
                                 if (!whole || number < setting.min || number > setting.max) {
                                   return refuse(bounds_sentence(setting, value));
                                 }
                                 field(config) = number;
                                 return std::nullopt;
                               },
                               [&](std::string& (*field)(Config&)) -> std::optional<Problem> {
                                 if (!is_choice(setting, value)) return refuse(choice_sentence(setting));
                                 if (static_cast<std::int64_t>(value.size()) < setting.min ||
                                     static_cast<std::int64_t>(value.size()) > setting.max) {
                                   return refuse("must have " + std::to_string(setting.min) + ".." +
                                                 std::to_string(setting.max) + " octets");
                                 }
                                 field(config) = value;
                                 return std::nullopt;
                               }},
                    setting.field);
}

std::vector<Problem> check_config(const Config& config) {
  std::vector<Problem> problems;
  const auto want = [&](bool good, std::string_view key, std::string sentence) {
    if (!good) problems.push_back({0, std::string(key), std::move(sentence)});
  };
  const auto& url = config.redis.url;
  const std::string_view redis_schemes[] = {"unix://",           "redis://",         "rediss://",
                                            "redis+sentinel://", "redis+cluster://", "rediss+sentinel://",
                                            "rediss+cluster://"};
  want(url.empty() || std::ranges::any_of(redis_schemes, [&](auto one) { return url.starts_with(one); }),
       "redis.url",
       "must begin with redis://, unix://, redis+sentinel:// or redis+cluster://, with rediss for TLS, or be "
       "empty for a Redis of our own");
  want(config.tls.certificate.empty() == config.tls.key.empty(), "tls.key",
       "must be given together with tls.certificate, or neither");
  want(config.redis.reconnect_min_ms <= config.redis.reconnect_max_ms, "redis.reconnect_min_ms",
       "must not be longer than redis.reconnect_max_ms");
  want(config.redis.answer_timeout_ms <= config.redis.away_max_ms, "redis.away_max_ms",
       "must not be shorter than redis.answer_timeout_ms: an answer comes before the end");
  want(config.handshake.per_address_per_s <= config.handshake.per_address_burst,
       "handshake.per_address_burst", "must not be smaller than handshake.per_address_per_s");
  want(config.handshake.total_per_s <= config.handshake.total_burst, "handshake.total_burst",
       "must not be smaller than handshake.total_per_s");
  want(config.inbound.messages_per_s <= config.inbound.messages_burst, "inbound.messages_burst",
       "must not be smaller than inbound.messages_per_s");
  want(config.inbound.controls_per_s <= config.inbound.controls_burst, "inbound.controls_burst",
       "must not be smaller than inbound.controls_per_s");
  want(config.session.silence_max_ms > config.session.ping_interval_ms + config.session.ping_jitter_ms,
       "session.silence_max_ms", "must be longer than an interval with its jitter, or good lines are cut");
  want(config.outbound.queue_octets_max >= config.inbound.message_octets_max, "outbound.queue_octets_max",
       "must hold at least one message of inbound.message_octets_max");
  want(config.node.desk_takeover_ms >= 2 * config.node.desk_beat_interval_ms, "node.desk_takeover_ms",
       "must be at least two intervals: one beat may be late");
  want(config.drain.window_ms <= config.drain.limit_ms, "drain.window_ms",
       "must not be longer than drain.limit_ms");
  want(config.node.id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
           std::string::npos,
       "node.id", "must be of [A-Za-z0-9_-]");
  want(config.server.processes == 1 || config.node.id.size() <= node_id_octets_of_several, "node.id",
       "must have at most 28 octets with several processes, each of which adds its number");
  return problems;
}

std::string mask_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  // The last @ before the path: a password may hold one.
  const std::size_t from = scheme + 3, path = std::min(url.find('/', from), url.size());
  const std::size_t at = url.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < from) return std::string(url);
  const std::size_t colon = url.find(':', from);
  if (colon > at) return std::string(url);
  return std::string(url.substr(0, colon + 1)) + "***" + std::string(url.substr(at));
}

namespace {

std::string text_of(const Config& config, const Setting& setting, bool secrets) {
  return std::visit(
      Overloaded{[&](std::int64_t& (*field)(Config&)) { return std::to_string(get(config, field)); },
                 [&](std::string& (*field)(Config&)) {
                   const std::string value = get(config, field);
                   return quote(setting.secret && !secrets ? mask_url(value) : value);
                 }},
      setting.field);
}

std::string print(const Config& config, bool secrets) {
  std::string text;
  std::string_view table;
  for (const Setting& setting : settings()) {
    if (table_of(setting) != table) {
      table = table_of(setting);
      text += (text.empty() ? "[" : "\n[") + std::string(table) + "]\n";
    }
    text += "# " + std::string(setting.sentence) + '\n';
    text += std::string(name_of(setting)) + " = " + text_of(config, setting, secrets) + '\n';
  }
  return text;
}

}  // namespace

std::string value_text(const Config& config, const Setting& setting) {
  return text_of(config, setting, false);
}
std::string print_config(const Config& config) {
  return print(config, false);
}
std::string print_config_with_secrets(const Config& config) {
  return print(config, true);
}

std::span<const Setting> settings() {
  return config_table;
}

}  // namespace switchboard
