#include "server/simulate/generate.hpp"

#include <algorithm>
#include <cmath>

#include "server/simulate/dice.hpp"

namespace switchboard::simulate {

namespace {

constexpr Millis kHour = 3'600'000;

// Visitors an hour at scale 1, from 09:00.
constexpr double kHourly[kDayHours] = {58, 64, 60, 52, 56, 62, 66, 64, 58, 56, 66, 80, 84, 66, 42};

struct SkillPlan {
  const char* name;
  double share;
  double handle_s;  // mean
};
constexpr SkillPlan kSmall[] = {{"presale", 0.6, 380}, {"aftersale", 0.4, 560}};
constexpr SkillPlan kLarge[] = {
    {"presale", 0.47, 370}, {"aftersale", 0.25, 570}, {"logistics", 0.20, 280}, {"complaint", 0.08, 820}};
constexpr double kPersonaShare[] = {0.20, 0.10, 0.17, 0.08};  // the rest take anybody

std::string numbered(const char* prefix, std::size_t n, int width) {
  std::string digits = std::to_string(n);
  while (static_cast<int>(digits.size()) < width) digits.insert(digits.begin(), '0');
  return prefix + digits;
}

// Early shift and late shift, each staffed for its busiest hour by the square-root rule. Own skills are dealt
// by demand, with the next skill as a backup (the skills form one chain), personas evenly within a skill;
// every third agent of a small shop has both skills as his own.
class ShiftPlan {
 public:
  ShiftPlan(Trace& trace, Dice& dice, const std::vector<SkillPlan>& plan, double scale)
      : trace_(trace), dice_(dice), plan_(plan), scale_(scale), dealt_(plan.size()) {}

  void add(int first_hour, int last_hour, int busiest_from) {
    double busiest = 0;
    for (int h = busiest_from; h < last_hour; ++h) busiest = std::max(busiest, kHourly[h]);
    double handle_s = 0;
    for (const SkillPlan& skill : plan_) handle_s += skill.share * skill.handle_s;
    const double load = scale_ * busiest * handle_s / 3600;
    const auto agents =
        static_cast<std::size_t>(std::ceil((0.97 * load + 0.3 * std::sqrt(load)) / kPlacesEach));
    for (std::size_t i = 0; i < agents; ++i) add_agent(first_hour, last_hour);
  }

 private:
  static constexpr double kPlacesEach = 4;

  void add_agent(int first_hour, int last_hour) {
    const std::size_t i = trace_.agents.size();
    trace_.agents.push_back(numbered("a", i + 1, 3));
    Shift s;
    s.agent = static_cast<std::uint32_t>(i);
    s.start_ms = first_hour * kHour;
    s.end_ms = last_hour * kHour;
    s.capacity = scale_ < 3 ? 4 : 3 + static_cast<std::int32_t>(dice_.uniform() * 3);
    const std::size_t own = most_lacking_skill(i);
    const bool both = plan_.size() == 2 && i % 3 == 1;
    s.skills = {{router::SkillId(static_cast<std::uint8_t>(own)), 0},
                {router::SkillId(static_cast<std::uint8_t>((own + 1) % plan_.size())),
                 static_cast<std::uint8_t>(both ? 0 : 1)}};
    s.persona = static_cast<std::uint8_t>((dealt_[own]++ + own) % trace_.personas.size());
    trace_.shifts.push_back(std::move(s));
  }

  // By share of work, so that every skill gets its part of the first n agents for every n.
  std::size_t most_lacking_skill(std::size_t agents) const {
    double work = 0;
    for (const SkillPlan& skill : plan_) work += skill.share * skill.handle_s;
    std::size_t best = 0;
    double most = -1e9;
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      const double due = plan_[i].share * plan_[i].handle_s / work * static_cast<double>(agents + 1);
      if (due - static_cast<double>(dealt_[i]) > most) {
        most = due - static_cast<double>(dealt_[i]);
        best = i;
      }
    }
    return best;
  }

  Trace& trace_;
  Dice& dice_;
  const std::vector<SkillPlan>& plan_;
  double scale_;
  std::vector<std::size_t> dealt_;
};

bool somebody_on(const Trace& trace, Millis at, std::uint8_t skill, std::uint8_t persona) {
  return std::any_of(trace.shifts.begin(), trace.shifts.end(), [&](const Shift& s) {
    return s.start_ms <= at && at < s.end_ms && s.persona == persona && s.has(skill);
  });
}

Arrival draw_visitor(const Trace& trace, Dice& dice, double mean_handle_s, std::uint8_t skill, Millis t) {
  Arrival a;
  a.t_ms = t;
  a.skill = skill;
  const std::size_t persona = dice.pick(kPersonaShare, [](double share) { return share; });
  if (persona < trace.personas.size()) {
    a.persona = static_cast<std::uint8_t>(persona);
    a.strict = dice.chance(0.1) && somebody_on(trace, t, skill, *a.persona);  // else strict is not offered
  }
  const double tier = dice.uniform();
  a.vip = tier < 0.03 ? 2 : tier < 0.12 ? 1 : 0;
  a.patience_ms = static_cast<Millis>(
      1000 * (dice.chance(0.85) ? 15 + dice.exponential(165) : 300 + dice.exponential(300)));
  a.handle_ms = std::max<Millis>(static_cast<Millis>(1000 * dice.log_normal(mean_handle_s, 0.85)), 5'000);
  if (dice.chance(0.23)) {
    std::vector<std::uint32_t> able;
    for (const Shift& s : trace.shifts) {
      if (s.has(skill)) able.push_back(s.agent);
    }
    if (!able.empty())
      a.last_agent = able[static_cast<std::size_t>(dice.uniform() * static_cast<double>(able.size()))];
  }
  return a;
}

}  // namespace

Trace generate_trace(std::uint64_t seed, double scale, int hours) {
  Trace trace;
  Dice dice(seed);
  trace.name = "generated";
  trace.seed = static_cast<std::int64_t>(seed);
  trace.horizon_ms = hours * kHour;
  trace.notes = "made up from a seed; times since 09:00";
  trace.starts_at_min = 9 * 60;
  trace.personas = {"ladylike", "bold", "fresh", "crazy"};
  std::vector<SkillPlan> plan(std::begin(kSmall), std::end(kSmall));
  if (scale >= 3) plan.assign(std::begin(kLarge), std::end(kLarge));
  for (const SkillPlan& skill : plan) trace.skills.emplace_back(skill.name);
  ShiftPlan shifts(trace, dice, plan, scale);
  shifts.add(0, std::min(9, hours), 0);
  if (hours > 6) shifts.add(6, hours, std::min(9, hours - 1));

  const double highest = scale * *std::max_element(std::begin(kHourly), std::end(kHourly));
  double t = 0;  // thinning: a stream of the highest rate, of which each moment keeps its share
  for (;;) {
    t += dice.exponential(static_cast<double>(kHour) / highest);
    if (t >= static_cast<double>(trace.horizon_ms)) break;
    const auto hour = static_cast<std::size_t>(t / static_cast<double>(kHour));
    if (!dice.chance(scale * kHourly[hour] / highest)) continue;
    const std::size_t skill =
        std::min(dice.pick(plan, [](const SkillPlan& s) { return s.share; }), plan.size() - 1);
    Arrival a = draw_visitor(trace, dice, plan[skill].handle_s, static_cast<std::uint8_t>(skill),
                             static_cast<Millis>(t));
    a.id = static_cast<std::int64_t>(trace.arrivals.size());
    a.customer = numbered("c", trace.arrivals.size(), 6);
    trace.arrivals.push_back(std::move(a));
  }
  return trace;
}

}  // namespace switchboard::simulate
