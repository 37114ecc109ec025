// Every knob and limit of a gateway: one struct per subject, units in the names. The table `settings()` says
// the same once more with bounds and a sentence each; the file, the flags, `serve --help` and the printed
// configuration all come from it. A default stands here, and only here.
//
// Pure; any thread. Read once at start, handed on as values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/toml/problem.hpp"

namespace switchboard {

struct ServerConfig {
  std::string address = "127.0.0.1";
  std::int64_t port = 8080;
  std::int64_t threads = 0;
  std::int64_t processes = 1;
  std::int64_t process_ports_from = 0;
  std::string data_dir = "data";
  std::string static_dir;
  std::string shop_file;
};

struct TlsConfig {
  std::string certificate;
  std::string key;
  std::int64_t reload_check_ms = 10'000;
};

struct LogConfig {
  std::string level = "info";
  std::string format = "text";
};

struct RedisConfig {
  std::string url;
  std::string server_binary = "redis-server";
  std::string appendfsync = "always";
  std::int64_t memory_octets_max = 0;
  std::int64_t start_timeout_s = 120;
  std::int64_t connect_timeout_ms = 3'000;
  std::int64_t command_timeout_ms = 5'000;
  std::int64_t ping_interval_ms = 5'000;
  std::int64_t reconnect_min_ms = 50;
  std::int64_t reconnect_max_ms = 2'000;
  std::int64_t topology_interval_ms = 10'000;
  std::int64_t confirm_replicas = -1;
  std::int64_t confirm_timeout_ms = 1'000;
  std::int64_t in_flight_commands_max = 4'096;
  std::int64_t in_flight_octets_max = 8 * 1024 * 1024;
  std::int64_t answer_timeout_ms = 2'000;
  std::int64_t away_max_ms = 10'000;
};

struct HandshakeConfig {
  std::int64_t header_octets_max = 8 * 1024;
  std::int64_t timeout_ms = 10'000;
  std::int64_t per_address_per_s = 20;
  std::int64_t per_address_burst = 60;
  std::int64_t total_per_s = 500;
  std::int64_t total_burst = 1'000;
};

struct HttpConfig {
  std::int64_t body_octets_max = 64 * 1024;
  std::int64_t response_timeout_ms = 30'000;
};

struct ConnectionsConfig {
  std::int64_t total_max = 100'000;
  std::int64_t per_address_max = 200;
  std::int64_t per_visitor_max = 8;
  std::int64_t per_agent_max = 8;
};

struct SessionConfig {
  std::int64_t hello_timeout_ms = 10'000;
  std::int64_t ping_interval_ms = 20'000;
  std::int64_t ping_jitter_ms = 2'000;
  std::int64_t silence_max_ms = 45'000;
  std::int64_t positions_max = 16;
  std::int64_t posts_in_flight_max = 32;
};

struct InboundConfig {
  std::int64_t message_octets_max = 64 * 1024;
  std::int64_t fragments_max = 64;
  std::int64_t message_timeout_ms = 30'000;
  std::int64_t messages_per_s = 10;
  std::int64_t messages_burst = 30;
  std::int64_t messages_over_rate_max = 30;
  std::int64_t controls_per_s = 2;
  std::int64_t controls_burst = 20;
  std::int64_t wrong_messages_per_min = 5;
};

struct OutboundConfig {
  std::int64_t queue_octets_max = 256 * 1024;
  std::int64_t stall_timeout_ms = 15'000;
  std::int64_t close_timeout_ms = 5'000;
};

struct LoginConfig {
  std::int64_t hashing_at_once_max = 2;
  std::int64_t hashing_waiting_max = 32;
  std::int64_t per_address_per_min = 20;
  std::int64_t per_agent_per_min = 10;
  std::int64_t wrong_in_a_row_max = 10;
  std::int64_t lock_out_s = 300;
};

struct NodeConfig {
  std::string id;
  std::int64_t desk_beat_interval_ms = 1'000;
  std::int64_t desk_takeover_ms = 5'000;
  std::int64_t reconcile_interval_ms = 5'000;
};

struct RecordConfig {
  std::int64_t octets_max = 32 * 1024 * 1024;
  std::int64_t write_interval_ms = 250;
};

struct DrainConfig {
  std::int64_t window_ms = 10'000;
  std::int64_t limit_ms = 25'000;
};

struct Config {
  ServerConfig server;
  TlsConfig tls;
  LogConfig log;
  RedisConfig redis;
  HandshakeConfig handshake;
  HttpConfig http;
  ConnectionsConfig connections;
  SessionConfig session;
  InboundConfig inbound;
  OutboundConfig outbound;
  LoginConfig login;
  NodeConfig node;
  RecordConfig record;
  DrainConfig drain;
};

// One knob.
struct Setting {
  std::string_view
      key;  // "inbound.message_octets_max": table and name in the file; --inbound.message_octets_max
  std::string_view sentence;      // what it is, and what happens at the limit
  std::int64_t min = 0, max = 0;  // of integers; of texts: octets
  std::string_view choices;       // texts: "text|json", empty = any
  std::string_view flag;          // a second, short flag, "--port"; mostly empty
  bool secret = false;            // printed without its password
  // Which field it is.
  std::variant<std::int64_t& (*)(Config&), std::string& (*)(Config&)> field;
};

std::span<const Setting> settings();

// A file's text, read on top of `base`. Every unknown key, wrong type and value out of bounds is a problem
// with its line.
Result<Config, std::vector<Problem>> parse_config(std::string_view text, Config base = {});

// Sets one knob from a flag's text ("8080", "redis://..."). nullopt if it is set.
std::optional<Problem> set_config(Config&, const Setting&, std::string_view value);

// What must hold between knobs (a burst is not smaller than its rate ...). Call once, when file and flags are
// read.
std::vector<Problem> check_config(const Config&);

// The value of one knob as it stands in a file; secrets masked.
std::string value_text(const Config&, const Setting&);

// The whole configuration as a file that parse_config reads (but for masked secrets), each knob with its
// sentence.
std::string print_config(const Config&);

// The same with its secrets, for a process of our own that is started with it. Never shown to anybody.
std::string print_config_with_secrets(const Config&);

// "redis://user:secret@host/0" -> "redis://user:***@host/0"; everything else as it is.
std::string mask_url(std::string_view url);

}  // namespace switchboard
