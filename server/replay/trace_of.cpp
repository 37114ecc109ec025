// Observed days as the simulator takes them.
#include <algorithm>

#include "server/replay/dry_run.hpp"

namespace switchboard::replay {

namespace {

constexpr Millis kHandlingUnknownMs = 300'000;  // as Policy::handling_start_ms

template <class T>
std::optional<T> index_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (name.empty() || found == names.end()) return std::nullopt;
  return static_cast<T>(found - names.begin());
}

// By skill; of chats whose end is known.
std::map<std::string, Millis> mean_handling(const std::vector<Guest>& guests) {
  std::map<std::string, std::pair<Millis, Millis>> sums;
  for (const Guest& g : guests) {
    if (!g.served || !g.ended) continue;
    sums[g.skill].first += *g.ended - *g.served;
    ++sums[g.skill].second;
  }
  std::map<std::string, Millis> means;
  for (const auto& [skill, sum] : sums) means[skill] = sum.first / sum.second;
  return means;
}

std::vector<Presence> changed_presences(const Observed& observed, const std::vector<Change::Agent>& agents) {
  std::vector<Presence> all;
  for (const Change::Agent& agent : agents) {
    Presence setting{agent.id, observed.from, observed.to, agent.capacity, agent.skills, agent.persona};
    bool seen = false;
    for (const Presence& p : observed.presences) {
      if (p.agent != agent.id) continue;
      seen = true;
      all.push_back(setting);
      all.back().from = p.from;
      all.back().to = p.to;
    }
    if (!seen && agent.capacity > 0) all.push_back(setting);  // a new one: there all the time
  }
  std::ranges::stable_sort(all, {}, &Presence::from);
  return all;
}

}  // namespace

simulate::Trace trace_of(const Observed& observed, const Change* change) {
  simulate::Trace trace;
  trace.name = observed.shop;
  trace.notes = "made from the record of " + observed.shop;
  trace.skills = change != nullptr ? change->skills : observed.skills;
  trace.personas = change != nullptr ? change->personas : observed.personas;
  trace.horizon_ms = observed.to - observed.from;
  const bool other_agents = change != nullptr && change->agents;
  for (const Presence& p : other_agents ? changed_presences(observed, *change->agents) : observed.presences) {
    simulate::Shift shift;
    auto agent = index_of<std::uint32_t>(trace.agents, p.agent);
    if (!agent) {
      agent = static_cast<std::uint32_t>(trace.agents.size());
      trace.agents.push_back(p.agent);
    }
    shift.agent = *agent;
    shift.start_ms = p.from - observed.from;
    shift.end_ms = p.to - observed.from;
    shift.capacity = p.capacity;
    for (const auto& [name, level] : p.skills)
      if (const auto skill = index_of<std::uint8_t>(trace.skills, name))
        shift.skills.push_back({router::SkillId(*skill), level});
    shift.persona = index_of<std::uint8_t>(trace.personas, p.persona);
    trace.shifts.push_back(std::move(shift));
  }
  const auto handling = mean_handling(observed.guests);
  std::int64_t id = 0;
  for (const Guest& g : observed.guests) {
    const auto skill = index_of<std::uint8_t>(trace.skills, g.skill);
    if (!skill) continue;
    simulate::Arrival a;
    a.id = ++id;
    a.t_ms = g.entered - observed.from;
    a.customer = g.conversation;
    a.skill = *skill;
    if (g.wish != router::WishKind::any) a.persona = index_of<std::uint8_t>(trace.personas, g.persona);
    a.strict = a.persona && g.wish == router::WishKind::strict;
    a.vip = g.tier;
    if (g.left) a.patience_ms = *g.left - g.entered;
    const auto mean = handling.find(g.skill);
    a.handle_ms = g.served && g.ended      ? *g.ended - *g.served
                  : mean != handling.end() ? mean->second
                                           : kHandlingUnknownMs;
    a.last_agent = index_of<std::uint32_t>(trace.agents, g.last_agent);
    trace.arrivals.push_back(std::move(a));
  }
  return trace;
}

}  // namespace switchboard::replay
