#include "server/app/limits.hpp"

#include <algorithm>

namespace switchboard::app {

using std::chrono::milliseconds;

session::SessionLimits session_limits(const Config& config) {
  session::SessionLimits limits;
  limits.hello_within = milliseconds(config.session.hello_timeout_ms);
  limits.heartbeat = milliseconds(config.session.ping_interval_ms);
  limits.positions_max = static_cast<std::size_t>(config.session.positions_max);
  limits.store_answers_within = milliseconds(config.redis.answer_timeout_ms);
  limits.store_away_max = milliseconds(config.redis.away_max_ms);
  limits.posts_in_flight_max = static_cast<std::uint32_t>(config.session.posts_in_flight_max);
  limits.connections_per_visitor_max = static_cast<std::size_t>(config.connections.per_visitor_max);
  limits.connections_per_agent_max = static_cast<std::size_t>(config.connections.per_agent_max);
  limits.bad_frames_per_minute_max = static_cast<std::uint32_t>(config.inbound.wrong_messages_per_min);
  limits.message_octets_max = static_cast<std::uint32_t>(config.inbound.message_octets_max);
  limits.messages_per_second = static_cast<std::uint32_t>(config.inbound.messages_per_s);
  limits.messages_burst = static_cast<std::uint32_t>(config.inbound.messages_burst);
  return limits;
}

net::ConnectionLimits connection_limits(const Config& config) {
  net::ConnectionLimits limits;
  limits.frame.message_octets_max = static_cast<std::size_t>(config.inbound.message_octets_max);
  limits.frame.message_fragments_max = static_cast<std::size_t>(config.inbound.fragments_max);
  limits.outbox_octets_max = static_cast<std::size_t>(config.outbound.queue_octets_max);
  limits.outbox_stall_max = milliseconds(config.outbound.stall_timeout_ms);
  limits.ping_interval = milliseconds(config.session.ping_interval_ms);
  limits.ping_jitter = milliseconds(config.session.ping_jitter_ms);
  limits.silence_max = milliseconds(config.session.silence_max_ms);
  limits.message_time_max = milliseconds(config.inbound.message_timeout_ms);
  limits.close_timeout = milliseconds(config.outbound.close_timeout_ms);
  limits.messages = {static_cast<double>(config.inbound.messages_per_s),
                     static_cast<double>(config.inbound.messages_burst)};
  limits.messages_over_rate_max = static_cast<double>(config.inbound.messages_over_rate_max);
  limits.controls = {static_cast<double>(config.inbound.controls_per_s),
                     static_cast<double>(config.inbound.controls_burst)};
  return limits;
}

net::HttpLimits http_limits(const Config& config) {
  net::HttpLimits limits;
  limits.header_octets_max = static_cast<std::size_t>(config.handshake.header_octets_max);
  limits.body_octets_max = static_cast<std::size_t>(config.http.body_octets_max);
  limits.request_deadline = milliseconds(config.handshake.timeout_ms);
  limits.response_deadline = milliseconds(config.http.response_timeout_ms);
  return limits;
}

net::AdmissionLimits admission_limits(const Config& config) {
  net::AdmissionLimits limits;
  limits.connections_max = static_cast<std::size_t>(config.connections.total_max);
  limits.connections_per_address_max = static_cast<std::size_t>(config.connections.per_address_max);
  limits.accepts = {static_cast<double>(config.handshake.total_per_s),
                    static_cast<double>(config.handshake.total_burst)};
  limits.accepts_per_address = {static_cast<double>(config.handshake.per_address_per_s),
                                static_cast<double>(config.handshake.per_address_burst)};
  return limits;
}

desk::DeskOptions desk_options(const Config& config) {
  desk::DeskOptions options;
  options.beat = milliseconds(config.node.desk_beat_interval_ms);
  options.reconcile = milliseconds(config.node.reconcile_interval_ms);
  options.takeover_after = milliseconds(config.node.desk_takeover_ms);
  options.events_wait_ms = std::max(options.events_wait_ms, config.node.desk_beat_interval_ms);
  options.record_octets_max = static_cast<std::uint64_t>(config.record.octets_max);
  options.record_every = milliseconds(config.record.write_interval_ms);
  return options;
}

store::RedisOptions redis_options(const Config& config, store::RedisUrl url) {
  store::RedisOptions options;
  const bool failover = url.kind != store::RedisUrl::Kind::single;
  const auto replicas = config.redis.confirm_replicas;
  options.url = std::move(url);
  options.topology_every = milliseconds(config.redis.topology_interval_ms);
  options.confirm_replicas = replicas < 0 ? (failover ? 1u : 0u) : static_cast<unsigned>(replicas);
  options.confirm_timeout = milliseconds(config.redis.confirm_timeout_ms);
  options.connect_timeout = milliseconds(config.redis.connect_timeout_ms);
  options.command_timeout = milliseconds(config.redis.command_timeout_ms);
  options.ping_every = milliseconds(config.redis.ping_interval_ms);
  options.backoff_min = milliseconds(config.redis.reconnect_min_ms);
  options.backoff_max = milliseconds(config.redis.reconnect_max_ms);
  options.in_flight_max = static_cast<std::size_t>(config.redis.in_flight_commands_max);
  options.in_flight_octets_max = static_cast<std::size_t>(config.redis.in_flight_octets_max);
  return options;
}

}  // namespace switchboard::app
