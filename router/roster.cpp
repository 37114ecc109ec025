#include "router/roster.hpp"

#include <algorithm>
#include <string>

namespace switchboard::router {

void Roster::reshape(const Policy& policy, Millis now) {
  skills_ = policy.target_ms.size();
  personas_ = policy.persona_count;
  taper_ms_ = policy.taper_ms;
  overflow_idle_pm_ = policy.overflow_idle_pm;
  groups_.clear();
  pools_.assign(skills_ * (personas_ + 1u), Pool{});
  free_places_.assign(personas_ + 1u, 0);
  touched_ = Bitset(pools_.size());
  totals_ = {};
  for (std::uint32_t i = 0; i < size(); ++i) {
    Agent& a = agents_[i];
    if (!a.configured) continue;
    std::erase_if(a.skills, [&](const SkillLevel& s) { return s.skill.value >= skills_; });
    if (a.persona && a.persona->value >= personas_) a.persona.reset();
    a.heap_at = kNone32;
    a.on_duty = false;
    a.counted_units = a.counted_places = a.counted_capacity = 0;
    a.counted_idle = false;
    join_group(i);
    refresh(i, now);
  }
}

std::uint32_t Roster::configure(const AgentConfigured& event, Millis now) {
  const std::uint32_t index = event.agent.value;
  make_room(index);
  Agent& a = agents_[index];
  std::vector<SkillLevel> skills = event.skills;
  std::sort(skills.begin(), skills.end());
  const bool regroup = !a.configured || skills != a.skills || event.persona != a.persona;
  if (regroup && a.configured) leave_group(index);
  a.configured = true;
  a.skills = std::move(skills);
  a.persona = event.persona;
  a.capacity_units = event.capacity * kUnitsPerChat;
  a.shift_end = event.shift_end.value_or(kNever);
  if (event.last_offer) a.last_offer = *event.last_offer;
  const bool new_group = regroup && join_group(index);
  refresh(index, now);
  return new_group ? a.group : kNone32;
}

// --- groups

// True if the group is new. A group all of whose members have left stays, for those who come back to it.
bool Roster::join_group(std::uint32_t index) {
  Agent& a = agents_[index];
  std::vector<std::uint8_t> levels(skills_, kNoSkill);
  static_assert(kSkillsMax <= 64, "Agent::skill_set");
  a.skill_set = 0;
  for (const SkillLevel& s : a.skills) {
    levels[s.skill.value] = s.level;
    a.skill_set |= std::uint64_t{1} << s.skill.value;
  }
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].persona == a.persona && groups_[g].levels == levels) {
      a.group = g;
      ++groups_[g].members;
      return false;
    }
  }
  a.group = static_cast<std::uint32_t>(groups_.size());
  groups_.emplace_back();
  Group& group = groups_[a.group];
  group.levels = std::move(levels);
  group.persona = a.persona;
  group.members = 1;
  return true;
}

// Takes him out of every counter first: they speak of the skills he had.
void Roster::leave_group(std::uint32_t index) {
  Agent& a = agents_[index];
  if (a.on_duty) totals_.capacity_units -= static_cast<std::uint64_t>(a.counted_capacity);
  totals_.used_units -= static_cast<std::uint64_t>(a.counted_units);
  count(a, -1);
  Group& group = groups_[a.group];
  if (a.open()) heap_erase(group, a.heap_at);
  if (a.counted_idle) --group.idle;
  a.heap_at = kNone32;
  a.on_duty = false;
  a.counted_units = a.counted_places = a.counted_capacity = 0;
  a.counted_idle = false;
  --group.members;
  a.group = kNone32;
}

// --- counters

void Roster::count(const Agent& a, int sign) {
  const auto by = static_cast<std::uint32_t>(sign);
  if (!a.on_duty) return;
  totals_.on_duty += by;
  totals_.open += a.open() ? by : 0;
  free_places_[a.persona ? a.persona->value : personas_] += by * static_cast<std::uint32_t>(a.counted_places);
  for (const SkillLevel& s : a.skills) {
    const std::size_t row = s.skill.value * (personas_ + 1u);
    const std::size_t all = row + personas_;
    const std::size_t own = a.persona ? row + a.persona->value : all;
    for (std::size_t at = own;; at = all) {
      Pool& pool = pools_[at];
      pool.on_duty += by;
      pool.open += a.open() ? by : 0;
      pool.places += by * static_cast<std::uint32_t>(a.counted_places);
      pool.busy_units += sign * a.counted_units;
      if (s.level == 0) pool.busy_own_units += sign * a.counted_units;
      touched_.set(at);
      if (at == all) break;
    }
  }
  any_touched_ = true;
}

bool Roster::refresh(std::uint32_t index, Millis now) {
  Agent& a = agents_[index];
  const bool was_on_duty = a.on_duty;
  if (a.on_duty) totals_.capacity_units -= static_cast<std::uint64_t>(a.counted_capacity);
  count(a, -1);
  Group& group = groups_[a.group];
  if (a.counted_idle) --group.idle;

  a.on_duty = a.status == AgentStatus::available && a.line == AgentLine::live && now < a.shift_end;
  const bool open = a.on_duty && !a.full() && a.pause_until <= now;
  const Group::Open key = open_key(index, now);
  if (open && a.open()) {
    heap_put(group, a.heap_at, key);
    sift_up(group, a.heap_at);
    sift_down(group, a.heap_at);
  } else if (open) {
    heap_insert(group, key);
  } else if (a.open()) {
    heap_erase(group, a.heap_at);
    a.heap_at = kNone32;
  }
  totals_.used_units += static_cast<std::uint64_t>(a.used_units - a.counted_units);
  a.counted_units = a.used_units;
  a.counted_capacity = a.capacity_units;
  a.counted_places = open ? (a.capacity_units - a.used_units) / kUnitsPerChat : 0;
  a.counted_idle = open && free_share_pm(a) >= overflow_idle_pm_;
  if (a.counted_idle) ++group.idle;
  if (a.on_duty) totals_.capacity_units += static_cast<std::uint64_t>(a.counted_capacity);
  count(a, +1);
  return was_on_duty != a.on_duty;
}

void Roster::touch(SkillId skill) {
  for (std::size_t p = 0; p <= personas_; ++p) touched_.set(skill.value * (personas_ + 1u) + p);
  any_touched_ = true;
}

void Roster::touch(SkillId skill, PersonaId persona) {
  touched_.set(pool_index(skill, persona));
  any_touched_ = true;
}

void Roster::clear_touched() {
  if (any_touched_) touched_.clear();
  any_touched_ = false;
}

std::uint8_t Roster::level(const Agent& a, SkillId skill) const {
  return a.group == kNone32 ? kNoSkill : groups_[a.group].levels[skill.value];
}

bool Roster::tapering(const Agent& a, Millis now) const {
  return taper_ms_ > 0 && a.shift_end != kNever && a.shift_end - now <= taper_ms_;
}

std::int32_t Roster::free_share_pm(const Agent& a) const {
  return a.capacity_units == 0 ? 0 : (a.capacity_units - a.used_units) * 1000 / a.capacity_units;
}

// --- the open agents of a group, a binary heap whose members know their places

Group::Open Roster::open_key(std::uint32_t index, Millis now) const {
  const Agent& a = agents_[index];
  const std::int64_t share =
      a.capacity_units == 0 ? 0 : std::int64_t{a.used_units} * kShareScale / a.capacity_units;
  const std::uint64_t not_tapering = tapering(a, now) ? 0 : 1;
  return {(not_tapering << 32) | static_cast<std::uint64_t>(share), a.last_offer, index};
}

void Roster::heap_put(Group& group, std::uint32_t at, const Group::Open& key) {
  group.open[at] = key;
  agents_[key.agent].heap_at = at;
}

void Roster::heap_insert(Group& group, const Group::Open& key) {
  group.open.push_back(key);
  const auto at = static_cast<std::uint32_t>(group.open.size() - 1);
  heap_put(group, at, key);
  sift_up(group, at);
}

void Roster::heap_erase(Group& group, std::uint32_t at) {
  const Group::Open last = group.open.back();
  group.open.pop_back();
  if (at == group.open.size()) return;
  heap_put(group, at, last);
  sift_up(group, at);
  sift_down(group, agents_[last.agent].heap_at);
}

void Roster::sift_up(Group& group, std::uint32_t at) {
  const Group::Open key = group.open[at];
  while (at > 0 && key < group.open[(at - 1) / 2]) {
    heap_put(group, at, group.open[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  heap_put(group, at, key);
}

void Roster::sift_down(Group& group, std::uint32_t at) {
  const Group::Open key = group.open[at];
  for (std::uint32_t child = 2 * at + 1; child < group.open.size(); child = 2 * at + 1) {
    if (child + 1 < group.open.size() && group.open[child + 1] < group.open[child]) ++child;
    if (!(group.open[child] < key)) break;
    heap_put(group, at, group.open[child]);
    at = child;
  }
  heap_put(group, at, key);
}

// --- recount

std::string Roster::self_check(Millis now) const {
  std::vector<Pool> pools(pools_.size());
  std::vector<std::uint32_t> places(free_places_.size());
  std::vector<std::uint32_t> idle(groups_.size()), members(groups_.size()), open_members(groups_.size());
  Totals totals;
  for (std::uint32_t i = 0; i < size(); ++i) {
    const Agent& a = agents_[i];
    if (!a.configured) continue;
    const std::string who = "agent " + std::to_string(i) + ": ";
    const bool on_duty = a.status == AgentStatus::available && a.line == AgentLine::live && now < a.shift_end;
    if (on_duty != a.on_duty) return who + "on_duty";
    for (std::size_t s = 0; s < skills_; ++s) {
      const SkillId skill(static_cast<std::uint8_t>(s));
      if (a.has(skill) != (level(a, skill) != kNoSkill)) return who + "skill set";
    }
    // A pause that ends now is lifted by its deadline, which a Tick fires.
    const bool open = on_duty && !a.full() && a.pause_until <= now;
    if (open != a.open() && a.pause_until != now) return who + "open";
    if (a.open() && groups_[a.group].open[a.heap_at] != open_key(i, now) && taper_ms_ == 0)
      return who + "key";
    ++members[a.group];
    open_members[a.group] += a.open();
    idle[a.group] += a.counted_idle;
    totals.used_units += static_cast<std::uint64_t>(a.used_units);
    if (!on_duty) continue;
    ++totals.on_duty;
    totals.open += a.open();
    totals.capacity_units += static_cast<std::uint64_t>(a.capacity_units);
    const std::uint32_t free =
        a.open() ? static_cast<std::uint32_t>((a.capacity_units - a.used_units) / kUnitsPerChat) : 0;
    places[a.persona ? a.persona->value : personas_] += free;
    for (const SkillLevel& s : a.skills) {
      const std::size_t row = s.skill.value * (personas_ + 1u);
      for (std::size_t p = 0; p <= personas_; ++p) {
        if (p != personas_ && (!a.persona || a.persona->value != p)) continue;
        Pool& pool = pools[row + p];
        ++pool.on_duty;
        pool.open += a.open();
        pool.places += free;
        pool.busy_units += a.used_units;
        if (s.level == 0) pool.busy_own_units += a.used_units;
      }
    }
  }
  if (pools != pools_) return "counters per skill and persona";
  if (places != free_places_) return "free places per persona";
  if (totals != totals_) return "totals of the roster";
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const Group& group = groups_[g];
    if (group.members != members[g] || group.idle != idle[g] || group.open.size() != open_members[g]) {
      return "group " + std::to_string(g) + ": members";
    }
    for (std::size_t i = 1; i < group.open.size(); ++i) {
      if (group.open[i] < group.open[(i - 1) / 2]) return "group " + std::to_string(g) + ": heap";
    }
  }
  return {};
}

}  // namespace switchboard::router
