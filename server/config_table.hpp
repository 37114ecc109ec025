// The table behind config.hpp: one row per knob, the tables of the file one after the other. Included by
// config.cpp alone.
#pragma once

#include "server/config.hpp"

namespace switchboard {

template <auto Part, auto Member>
auto& part_of(Config& config) {
  return config.*Part.*Member;
}

// key, sentence, bounds, choices, short flag, secret, field: each row names the key as the struct does.
#define SWITCHBOARD_FIELD(part, type, name) &part_of<&Config::part, &type::name>
#define SWITCHBOARD_NUMBER(part, type, name, min, max, flag, sentence)                        \
  Setting {                                                                                   \
#part "." #name, sentence, min, max, "", flag, false, SWITCHBOARD_FIELD(part, type, name) \
  }
#define SWITCHBOARD_TEXT(part, type, name, max, choices, flag, sentence)                         \
  Setting {                                                                                      \
#part "." #name, sentence, 0, max, choices, flag, false, SWITCHBOARD_FIELD(part, type, name) \
  }
#define SWITCHBOARD_SECRET(part, type, name, max, flag, sentence)                          \
  Setting {                                                                                \
#part "." #name, sentence, 0, max, "", flag, true, SWITCHBOARD_FIELD(part, type, name) \
  }

inline constexpr std::int64_t minute_ms = 60'000, hour_ms = 3'600'000;
inline constexpr std::int64_t kib = 1'024, mib = kib * kib, gib = kib * mib;

inline const Setting config_table[] = {
    // ------------------------------------------------------------ server
    SWITCHBOARD_TEXT(server, ServerConfig, address, 255, "", "--address",
                     "Address to listen on; 0.0.0.0 or :: for all"),
    SWITCHBOARD_NUMBER(server, ServerConfig, port, 0, 65'535, "--port",
                       "TCP port of HTTP and WebSocket; 0 takes a free one"),
    SWITCHBOARD_NUMBER(server, ServerConfig, threads, 0, 256, "--threads",
                       "I/O threads of a gateway; 0 is one per core, shared among the processes"),
    SWITCHBOARD_NUMBER(
        server, ServerConfig, processes, 1, 64, "--processes",
        "Gateways side by side on the one port, each a process that is restarted when it falls"),
    SWITCHBOARD_NUMBER(
        server, ServerConfig, process_ports_from, 0, 65'000, "",
        "With several processes the K-th also listens on this port plus K - 1, to be asked for "
        "its own metrics; 0: it does not"),
    SWITCHBOARD_TEXT(server, ServerConfig, data_dir, 80, "", "--data",
                     "Directory of the embedded Redis: its socket, its log of all writes, its lock"),
    SWITCHBOARD_TEXT(server, ServerConfig, static_dir, 4'096, "", "--static",
                     "Directory of the built pages; empty finds them beside the binary"),
    SWITCHBOARD_TEXT(server, ServerConfig, shop_file, 4'096, "", "--shop",
                     "Shop file applied at every start; empty is the demo shop if no shop is there yet"),

    // ------------------------------------------------------------ tls
    SWITCHBOARD_TEXT(
        tls, TlsConfig, certificate, 4'096, "", "--tls-certificate",
        "PEM file: certificate and chain; with a key the port speaks HTTPS and WSS, and nothing else"),
    SWITCHBOARD_TEXT(tls, TlsConfig, key, 4'096, "", "--tls-key", "PEM file: its key, without a passphrase"),
    SWITCHBOARD_NUMBER(
        tls, TlsConfig, reload_check_ms, 100, hour_ms, "",
        "How often it is looked whether the files were replaced; new connections get the new one"),

    // ------------------------------------------------------------ log
    SWITCHBOARD_TEXT(log, LogConfig, level, 16, "trace|debug|info|warn|error", "--log-level",
                     "Least severity that is logged: trace, debug, info, warn or error"),
    SWITCHBOARD_TEXT(log, LogConfig, format, 16, "text|json", "", "Form of a log line: text or json"),

    // ------------------------------------------------------------ redis
    SWITCHBOARD_SECRET(
        redis, RedisConfig, url, 1'024, "--redis",
        "redis://[user:password@]host[:port][/db], unix:///path, redis+sentinel://host[:port],.../master or "
        "redis+cluster://host[:port],...; rediss for TLS (?ca=FILE&certificate=FILE&key=FILE&name=NAME); empty "
        "starts a Redis of our own"),
    SWITCHBOARD_TEXT(redis, RedisConfig, server_binary, 4'096, "", "",
                     "Program started for a Redis of our own"),
    SWITCHBOARD_TEXT(
        redis, RedisConfig, appendfsync, 16, "always|everysec", "",
        "Durability of our own Redis: always, or everysec, which may lose acknowledged messages"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, memory_octets_max, 0, 1'024 * gib, "",
                       "maxmemory of our own Redis, 0 is half of the machine's; at the limit writes are "
                       "refused, nothing is evicted"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, start_timeout_s, 1, 3'600, "",
                       "Time for our own Redis to load its data at start"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, connect_timeout_ms, 100, minute_ms, "",
                       "Time for a connection to be made"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, command_timeout_ms, 100, minute_ms, "",
                       "Age of the oldest unanswered command at which the connection is given up"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, ping_interval_ms, 100, minute_ms, "",
                       "Between pings when nothing else is sent"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, reconnect_min_ms, 1, minute_ms, "",
                       "Wait before the first reconnect; doubles, with jitter"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, reconnect_max_ms, 1, minute_ms, "",
                       "Longest wait between reconnects"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, topology_interval_ms, 100, hour_ms, "",
                       "Between looks whether the sentinels, or the cluster, name the same masters"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, confirm_replicas, -1, 16, "",
                       "Replicas that must have a write before it is acknowledged (WAIT); -1 is one with "
                       "sentinels or in a cluster, none else"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, confirm_timeout_ms, 1, minute_ms, "",
                       "Time for the replicas to have it; then the client is told to try again"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, in_flight_commands_max, 1, 1'000'000, "",
                       "Unanswered commands of this process; at seven eighths sockets are not read"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, in_flight_octets_max, 64 * kib, gib, "",
                       "Octets of unanswered commands; at seven eighths sockets are not read"),
    SWITCHBOARD_NUMBER(
        redis, RedisConfig, answer_timeout_ms, 50, minute_ms, "",
        "A client's request waits so long for Redis: then BUSY if it was not sent, else TRY_AGAIN"),
    SWITCHBOARD_NUMBER(redis, RedisConfig, away_max_ms, 100, 10 * minute_ms, "",
                       "No answer from Redis for so long: clients who ask are closed with 1013"),

    // ------------------------------------------------------------ handshake
    SWITCHBOARD_NUMBER(handshake, HandshakeConfig, header_octets_max, 1'024, mib, "",
                       "Octets of a request's head; over it 431"),
    SWITCHBOARD_NUMBER(handshake, HandshakeConfig, timeout_ms, 100, 10 * minute_ms, "",
                       "Time for a whole request or handshake; then the socket is cut"),
    SWITCHBOARD_NUMBER(handshake, HandshakeConfig, per_address_per_s, 0, 1'000'000, "",
                       "New sockets a second from one address; over it they are refused; 0 is no limit"),
    SWITCHBOARD_NUMBER(handshake, HandshakeConfig, per_address_burst, 1, 1'000'000, "",
                       "New sockets at once from one address after a pause"),
    SWITCHBOARD_NUMBER(handshake, HandshakeConfig, total_per_s, 0, 1'000'000, "",
                       "New sockets a second in all; over it they are refused; 0 is no limit"),
    SWITCHBOARD_NUMBER(handshake, HandshakeConfig, total_burst, 1, 1'000'000, "",
                       "New sockets at once in all after a pause"),

    // ------------------------------------------------------------ http
    SWITCHBOARD_NUMBER(http, HttpConfig, body_octets_max, 1'024, 64 * mib, "",
                       "Octets of a request's body; over it 413"),
    SWITCHBOARD_NUMBER(http, HttpConfig, response_timeout_ms, 100, 10 * minute_ms, "",
                       "Time for a client to take a response; then the socket is cut"),

    // ------------------------------------------------------------ connections
    SWITCHBOARD_NUMBER(connections, ConnectionsConfig, total_max, 1, 10'000'000, "",
                       "Connections of this gateway; over it 503 with Retry-After"),
    SWITCHBOARD_NUMBER(connections, ConnectionsConfig, per_address_max, 0, 10'000'000, "",
                       "Connections from one address; over it they are refused; 0 is no limit"),
    SWITCHBOARD_NUMBER(
        connections, ConnectionsConfig, per_visitor_max, 1, 1'000, "",
        "Connections of one visitor on one I/O thread; over it her oldest is closed with 4004"),
    SWITCHBOARD_NUMBER(connections, ConnectionsConfig, per_agent_max, 1, 1'000, "",
                       "Connections of one agent on one I/O thread; over it the oldest is closed with 4004"),

    // ------------------------------------------------------------ session
    SWITCHBOARD_NUMBER(session, SessionConfig, hello_timeout_ms, 100, 10 * minute_ms, "",
                       "Time from the upgrade to the first message; then 4500"),
    SWITCHBOARD_NUMBER(session, SessionConfig, ping_interval_ms, 1'000, 10 * minute_ms, "",
                       "Between heartbeats; told to clients"),
    SWITCHBOARD_NUMBER(session, SessionConfig, ping_jitter_ms, 0, minute_ms, "",
                       "Each interval is longer by a random part of this, so that they do not come in step"),
    SWITCHBOARD_NUMBER(session, SessionConfig, silence_max_ms, 1'000, hour_ms, "",
                       "Nothing heard from a client for so long: closed with 4001"),
    SWITCHBOARD_NUMBER(session, SessionConfig, positions_max, 1, 10'000, "",
                       "Conversations that one hello may resume; over it the hello is refused"),
    SWITCHBOARD_NUMBER(session, SessionConfig, posts_in_flight_max, 1, 10'000, "",
                       "Messages of one connection on their way to Redis; at the limit it is not read"),

    // ------------------------------------------------------------ inbound
    SWITCHBOARD_NUMBER(inbound, InboundConfig, message_octets_max, 1'024, 16 * mib, "",
                       "Octets of one message from a client; over it 1009"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, fragments_max, 1, 100'000, "",
                       "Fragments of one message; over it 1008"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, message_timeout_ms, 100, 10 * minute_ms, "",
                       "Time from a message's first octet to its last; then 1008"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, messages_per_s, 0, 1'000'000, "",
                       "Messages a second on one connection; over it they are answered busy; 0 is no limit"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, messages_burst, 1, 1'000'000, "",
                       "Messages at once after a pause"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, messages_over_rate_max, 1, 1'000'000, "",
                       "So many messages beyond the rate: closed with 4003"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, controls_per_s, 0, 1'000'000, "",
                       "Pings and pongs a second on one connection; over it 4003; 0 is no limit"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, controls_burst, 1, 1'000'000, "",
                       "Pings and pongs at once after a pause"),
    SWITCHBOARD_NUMBER(inbound, InboundConfig, wrong_messages_per_min, 1, 10'000, "",
                       "Messages that cannot be read, per minute and connection; over it 4505"),

    // ------------------------------------------------------------ outbound
    SWITCHBOARD_NUMBER(outbound, OutboundConfig, queue_octets_max, 4 * kib, 64 * mib, "",
                       "Octets that wait for one client; at the limit 4002, come back and resume"),
    SWITCHBOARD_NUMBER(outbound, OutboundConfig, stall_timeout_ms, 100, 10 * minute_ms, "",
                       "Octets wait and none is taken for so long: 4002"),
    SWITCHBOARD_NUMBER(outbound, OutboundConfig, close_timeout_ms, 100, minute_ms, "",
                       "Time for the closing handshake; then the socket is cut"),

    // ------------------------------------------------------------ login
    SWITCHBOARD_NUMBER(login, LoginConfig, hashing_at_once_max, 1, 64, "",
                       "Passwords checked at once; each takes 64 MiB and up to 0.1 s of a core"),
    SWITCHBOARD_NUMBER(login, LoginConfig, hashing_waiting_max, 0, 10'000, "",
                       "Logins that may wait for that; over it 503"),
    SWITCHBOARD_NUMBER(login, LoginConfig, per_address_per_min, 1, 100'000, "",
                       "Logins a minute from one address, at this gateway; over it 429"),
    SWITCHBOARD_NUMBER(login, LoginConfig, per_agent_per_min, 1, 100'000, "",
                       "Logins a minute for one agent, at this gateway; over it 429"),
    SWITCHBOARD_NUMBER(login, LoginConfig, wrong_in_a_row_max, 3, 1'000, "",
                       "Wrong passwords for one agent in a row, at all gateways together; then that name is locked out"),
    SWITCHBOARD_NUMBER(login, LoginConfig, lock_out_s, 1, 86'400, "",
                       "How long a name is locked out, also for the right password"),

    // ------------------------------------------------------------ node
    SWITCHBOARD_TEXT(node, NodeConfig, id, 32, "", "--node",
                     "Name of this gateway among several; empty makes one up"),
    SWITCHBOARD_NUMBER(node, NodeConfig, desk_beat_interval_ms, 100, minute_ms, "",
                       "Between the beats of a gateway and of each desk it leads"),
    SWITCHBOARD_NUMBER(node, NodeConfig, desk_takeover_ms, 200, 10 * minute_ms, "",
                       "A desk or gateway whose beat stands still for so long is dead: others take over"),
    SWITCHBOARD_NUMBER(node, NodeConfig, reconcile_interval_ms, 50, hour_ms, "",
                       "Between looks of a desk through all books of its shop, which must agree"),

    // ------------------------------------------------------------ record
    SWITCHBOARD_NUMBER(
        record, RecordConfig, octets_max, 0, 64 * gib, "",
        "Of a shop's decisions and what led to them, kept in Redis; the oldest go first; 0 keeps no record"),
    SWITCHBOARD_NUMBER(
        record, RecordConfig, write_interval_ms, 10, minute_ms, "",
        "The desk writes its record down at this pace; so much of its end may be lost with a gateway"),

    // ------------------------------------------------------------ drain
    SWITCHBOARD_NUMBER(drain, DrainConfig, window_ms, 0, 10 * minute_ms, "",
                       "On SIGTERM clients are sent away spread over this time"),
    SWITCHBOARD_NUMBER(drain, DrainConfig, limit_ms, 100, hour_ms, "",
                       "After this the process ends, whatever is open"),
};

#undef SWITCHBOARD_FIELD
#undef SWITCHBOARD_NUMBER
#undef SWITCHBOARD_TEXT
#undef SWITCHBOARD_SECRET

}  // namespace switchboard
