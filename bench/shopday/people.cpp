#include "bench/shopday/people.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include "bench/check/redis_reader.hpp"
#include "bench/load/pairs.hpp"
#include "bench/shopday/read_back.hpp"

namespace switchboard::shopday {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t holds_max_ms = 30'000 + 20'000 + 30'000;  // trace time: last agent, persona, overflow

// How long after the trace's end chats may still run.
std::chrono::milliseconds left_of(const Day& day) {
  std::int64_t last_ms = day.trace.horizon_ms, longest_ms = 0;
  for (const auto& arrival : day.trace.arrivals) {
    last_ms = std::max(last_ms, arrival.t_ms);
    longest_ms = std::max(longest_ms, arrival.handle_ms);
  }
  const auto left = day.at(last_ms) + day.scaled(longest_ms) + 15s - Clock::now();
  return std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(left));
}

}  // namespace

bool People::all_gone() const {
  return std::ranges::all_of(visitors, [](auto& visitor) { return visitor->gone(); });
}

bool People::agents_at_rest() const {
  return std::ranges::all_of(
      agents, [](auto& agent) { return agent->ready() && agent->client().unacknowledged() == 0; });
}

People make_people(Day& day) {
  People people;
  for (const auto& arrival : day.trace.arrivals)
    people.visitors.push_back(std::make_unique<Visitor>(day, arrival));
  std::map<std::string, std::vector<const Shift*>> shifts;
  for (const auto& shift : day.trace.roster) shifts[shift.agent].push_back(&shift);
  for (auto& [id, own] : shifts) people.agents.push_back(std::make_unique<Agent>(day, id, std::move(own)));
  for (auto& agent : people.agents) agent->live();
  for (auto& visitor : people.visitors) visitor->live();
  return people;
}

bool send_home(boost::asio::io_context& io, People& people, std::chrono::milliseconds within) {
  for (auto& visitor : people.visitors) {
    if (!visitor->gone()) visitor->send_home();
  }
  if (load::run_until(io, within, [&] { return people.all_gone(); })) return true;
  for (const auto& visitor : people.visitors) {
    if (visitor->gone()) continue;
    std::fprintf(stderr, "still here: %s\n", visitor->describe().c_str());
    visitor->note_stranded();
  }
  return false;
}

bool play(boost::asio::io_context& io, Day& day, People& people) {
  // Chats that run at the horizon come to their own end; whoever still waits then would wait for ever.
  if (load::run_until(io, left_of(day), [&] { return people.all_gone(); })) return true;
  return send_home(io, people, 30s);
}

void note_stuck(Day& day, const People& people, std::chrono::milliseconds longer_than) {
  const auto now = Clock::now();
  for (const auto& visitor : people.visitors) {
    if (!visitor->waiting() || now - visitor->waiting_since() < day.scaled(holds_max_ms) + longer_than)
      continue;
    const bool room = std::ranges::any_of(people.agents, [&](const auto& agent) {
      return agent->free_for(visitor->arrival(), now - longer_than);
    });
    if (room) day.record.overdue(visitor->conversation());
  }
}

ReadBack read_final_logs(Day& day, boost::asio::io_context& io, const People& people, std::size_t shown_max) {
  ReadBack read;
  const bool has_redis = !day.server.redis_socket.empty();
  if (has_redis) {
    std::vector<std::string> ids;
    for (const auto& [id, conversation] : day.history.conversations) ids.push_back(id);
    const auto redis = check::RedisReader::open(day.server.redis_socket, day.setting.shop);
    for (const auto& id : ids) {
      auto log = redis ? redis->log(id) : std::nullopt;
      const auto head = redis ? redis->head(id) : std::nullopt;
      if (!log || !head) continue;
      day.record.logged(id, std::move(*log), head->entered_ms, head->epoch);
      ++read.from_redis;
    }
  }
  std::vector<const Visitor*> some;
  for (const auto& visitor : people.visitors) {
    if (visitor->gone() && !visitor->conversation().empty()) some.push_back(visitor.get());
  }
  if (has_redis) std::shuffle(some.begin(), some.end(), day.random);
  if (has_redis && some.size() > shown_max) some.resize(shown_max);
  read.asked_of_server = some.size();
  read.from_server = read_back(day, io, some);
  return read;
}

}  // namespace switchboard::shopday
