// What every session of a worker is handed. One per worker; outlives its sessions.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/base/metrics.hpp"
#include "server/session/clocks.hpp"
#include "server/session/patience.hpp"

namespace switchboard::store {
class Store;
class Subscriber;
}  // namespace switchboard::store

namespace switchboard::conversation {
class Conversations;
class ShopDirectory;
}  // namespace switchboard::conversation

namespace switchboard::session {

class AvailabilityFeeds;
class Client;

struct SessionLimits {
  std::chrono::milliseconds hello_within{10'000};         // from the upgrade; then 4500
  std::chrono::milliseconds heartbeat{20'000};            // told to clients
  std::uint32_t posts_in_flight_max = 32;                 // per connection; its socket is not read meanwhile
  std::chrono::milliseconds store_answers_within{2'000};  // then a request is answered BUSY or TRY_AGAIN
  std::chrono::milliseconds store_away_max{10'000};       // then who asks is closed with 1013
  std::size_t positions_max = 16;                         // in one hello
  std::size_t connections_per_visitor_max = 8;  // on one worker; one more closes the oldest with 4004
  std::size_t connections_per_agent_max = 8;
  std::uint32_t bad_frames_per_minute_max = 5;   // over it: 4505
  std::uint32_t message_octets_max = 64 * 1024;  // told to clients; the frame codec enforces it
  std::uint32_t messages_per_second = 10;        // told to clients; the connection enforces it
  std::uint32_t messages_burst = 30;
};

// Counters of what sessions do.
struct SessionMetrics {
  explicit SessionMetrics(Metrics& metrics)
      : visitors(metrics.gauge("switchboard_visitors", "Visitors' connections, signed in")),
        agents(metrics.gauge("switchboard_agents", "Agents' connections, signed in")),
        posts(metrics.counter("switchboard_posts_total", "Messages acknowledged, repeats included")),
        duplicates(
            metrics.counter("switchboard_posts_duplicate_total", "Messages that had been stored before")),
        errors(metrics.counter("switchboard_errors_total", "Requests answered with an error")),
        sign_in_refused(metrics.counter("switchboard_sign_in_refused_total", "Hellos refused")) {}
  Gauge& visitors;
  Gauge& agents;
  Counter& posts;
  Counter& duplicates;
  Counter& errors;
  Counter& sign_in_refused;
};

struct Services {
  boost::asio::any_io_executor executor;
  store::Store& store;
  store::Subscriber& subscriber;
  conversation::Conversations& conversations;
  conversation::ShopDirectory& shops;
  AvailabilityFeeds& availability;
  std::function<std::string()> new_id;  // 128 random bits, 22 characters of base64url
  std::function<Clocks()> clocks;       // for tokens alone
  std::function<std::string()> node;    // this gateway's incarnation, as it is now
  SessionLimits limits;
  SessionMetrics metrics;
  Patience patience;
  // Signed in here, by shop and person, the oldest first; their sessions put them in and take them out.
  std::unordered_map<std::string, std::vector<Client*>> clients;
};

}  // namespace switchboard::session
