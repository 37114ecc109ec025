#include "server/replay/dry_run.hpp"

#include <algorithm>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/world.hpp"

namespace switchboard::replay {

namespace {

// How one visitor fared, recorded or modelled.
struct Lot {
  Millis waited = 0;
  bool served = false, left = false;
  std::string agent, persona;  // of who served her
};

double pct(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double quantile_s(const std::vector<Millis>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return static_cast<double>(sorted[std::min(rank, sorted.size() - 1)]) / 1000;
}

using Members = std::vector<std::size_t>;  // indices of visitors

Waits waits_of(const std::vector<const Guest*>& guests, const std::vector<Lot>& lots,
               const Members& members) {
  Waits w;
  std::vector<Millis> waited;
  std::size_t wished = 0, matched = 0, returning = 0, same = 0;
  double sum = 0;
  for (const std::size_t i : members) {
    const Guest& guest = *guests[i];
    const Lot& lot = lots[i];
    waited.push_back(lot.waited);
    sum += static_cast<double>(lot.waited);
    w.left += lot.left;
    w.waiting += !lot.left && !lot.served;
    if (!lot.served) continue;
    wished += !guest.persona.empty();
    matched += !guest.persona.empty() && guest.persona == lot.persona;
    returning += !guest.last_agent.empty();
    same += !guest.last_agent.empty() && guest.last_agent == lot.agent;
  }
  std::ranges::sort(waited);
  if (!waited.empty()) w.mean_s = sum / static_cast<double>(waited.size()) / 1000;
  w.p50_s = quantile_s(waited, 0.50);
  w.p95_s = quantile_s(waited, 0.95);
  w.persona_match_pct = pct(matched, wished);
  w.same_agent_pct = pct(same, returning);
  return w;
}

std::vector<Lot> recorded_lots(const Observed& observed, const std::vector<const Guest*>& guests) {
  std::vector<Lot> lots;
  for (const Guest* g : guests) {
    Lot lot{g->served.value_or(g->left.value_or(observed.to)) - g->entered,
            g->served.has_value(),
            g->left.has_value(),
            g->agent,
            {}};
    for (const Presence& p : observed.presences)
      if (p.agent == g->agent && (lot.persona.empty() || p.from <= g->served.value_or(0)))
        lot.persona = p.persona;
    lots.push_back(std::move(lot));
  }
  return lots;
}

std::vector<Lot> modelled_lots(const simulate::Trace& trace, const simulate::Run& run) {
  std::vector<Lot> lots;
  for (std::size_t i = 0; i < run.fates.size(); ++i) {
    const simulate::Fate& fate = run.fates[i];
    const Millis entered = trace.arrivals[i].t_ms;
    Lot lot;
    lot.served = fate.outcome == simulate::Outcome::served;
    lot.left = fate.outcome == simulate::Outcome::abandoned;
    lot.waited = (lot.served ? fate.start_ms
                  : lot.left ? fate.end_ms
                             : std::max(trace.horizon_ms, entered)) -
                 entered;
    if (lot.served) {
      lot.agent = trace.agents[fate.agent];
      if (fate.shift->persona) lot.persona = trace.personas[*fate.shift->persona];
    }
    lots.push_back(std::move(lot));
  }
  return lots;
}

// "all" first, then skills, wished personas and tiers in the order of their names.
std::vector<std::pair<std::string, Members>> groups_of(const std::vector<const Guest*>& guests) {
  Members all;
  std::map<std::string, Members> skills, personas, tiers;
  for (std::size_t i = 0; i < guests.size(); ++i) {
    all.push_back(i);
    skills["skill " + guests[i]->skill].push_back(i);
    if (!guests[i]->persona.empty()) personas["persona " + guests[i]->persona].push_back(i);
    tiers["tier " + std::to_string(guests[i]->tier)].push_back(i);
  }
  std::vector<std::pair<std::string, Members>> groups = {{"all", all}};
  for (const auto* some : {&skills, &personas, &tiers})
    groups.insert(groups.end(), some->begin(), some->end());
  return groups;
}

void compare(Group& group, const std::vector<Lot>& before, const std::vector<Lot>& after,
             const Members& members) {
  constexpr Millis kFelt = 1'000;
  for (const std::size_t i : members) {
    const Millis more = after[i].waited - before[i].waited;
    group.other_agent += before[i].served && after[i].served && before[i].agent != after[i].agent;
    if (more > kFelt) {
      ++group.longer;
      group.longer_mean_s += static_cast<double>(more) / 1000;
    } else if (more < -kFelt) {
      ++group.shorter;
      group.shorter_mean_s -= static_cast<double>(more) / 1000;
    }
  }
  if (group.longer > 0) group.longer_mean_s /= static_cast<double>(group.longer);
  if (group.shorter > 0) group.shorter_mean_s /= static_cast<double>(group.shorter);
}

std::vector<Lot> model(const simulate::Trace& trace, const router::Policy& policy) {
  const auto dispatcher = simulate::router_dispatcher(trace, policy);
  return modelled_lots(trace, simulate::play(trace, *dispatcher, 0));
}

}  // namespace

Result<DryRun, std::string> dry_run(const Observed& observed, const Change& change) {
  Observed kept = observed;
  std::erase_if(kept.guests, [&](const Guest& g) {
    return std::ranges::find(change.skills, g.skill) == change.skills.end() ||
           std::ranges::find(observed.skills, g.skill) == observed.skills.end();
  });
  DryRun out;
  out.dropped = observed.guests.size() - kept.guests.size();
  if (kept.guests.empty()) return std::string("the record has no visitor to try this on");
  if (kept.presences.empty()) return std::string("the record has no agent who was there");
  if (observed.interrupted > 0)
    out.notes.push_back(std::to_string(observed.interrupted) +
                        " chats went back to the queue; each counts as one, by who served it first");

  std::vector<const Guest*> guests;
  for (const Guest& g : kept.guests) guests.push_back(&g);
  const auto recorded = recorded_lots(kept, guests);
  const auto before = model(trace_of(kept), observed.policy);
  const auto after = model(trace_of(kept, &change), change.policy);
  for (auto& [name, members] : groups_of(guests)) {
    Group group;
    group.name = name;
    group.chats = members.size();
    group.recorded = waits_of(guests, recorded, members);
    group.as_it_was = waits_of(guests, before, members);
    group.changed = waits_of(guests, after, members);
    compare(group, before, after, members);
    out.groups.push_back(std::move(group));
  }
  return out;
}

}  // namespace switchboard::replay
