#include "bench/shopday/lawful.hpp"

#include <algorithm>
#include <map>

namespace switchboard::shopday {

namespace {

class Rota {
 public:
  Rota(const Trace& trace, const Clockwork& clock) : clock_(clock) {
    for (const Shift& shift : trace.roster) shifts_[shift.agent].push_back(&shift);
  }

  // Null if he is not on shift.
  const Shift* shift_of(const std::string& agent, std::int64_t t_ms) const {
    const auto own = shifts_.find(agent);
    if (own == shifts_.end()) return nullptr;
    const auto at = static_cast<std::int64_t>(static_cast<double>(t_ms - clock_.began_ms) * clock_.speed);
    for (const Shift* shift : own->second) {
      if (at >= shift->start_ms - clock_.shift_slack_ms && at < shift->end_ms + clock_.shift_slack_ms)
        return shift;
    }
    return nullptr;
  }

 private:
  const Clockwork& clock_;
  std::map<std::string, std::vector<const Shift*>> shifts_;
};

std::string wrong_with(const Shift* shift, const Arrival& visit, std::size_t load) {
  if (shift == nullptr) return "he is not on shift";
  const bool able =
      std::ranges::any_of(shift->skills, [&](const auto& skill) { return skill.first == visit.skill; });
  if (!able) return "he has not the skill " + visit.skill;
  if (visit.strict && shift->persona != visit.persona) return "she is strict about " + visit.persona;
  if (load > static_cast<std::size_t>(shift->capacity)) return "he holds " + std::to_string(load);
  return {};
}

}  // namespace

std::vector<std::string> unlawful_offers(const std::vector<check::Transition>& stream, const Trace& trace,
                                         const std::unordered_map<std::string, const Arrival*>& visits,
                                         const Clockwork& clock) {
  const Rota rota(trace, clock);
  std::unordered_map<std::string, std::string> holder;  // of a conversation
  std::map<std::string, std::size_t> load;
  std::vector<std::string> findings;
  for (const check::Transition& step : stream) {
    if (step.kind != 'F' && step.kind != 'D' && step.kind != 'R' && step.kind != 'Z') continue;
    std::string& agent = holder[step.conversation];
    if (step.kind == 'F' && !agent.empty())
      findings.push_back(step.conversation + " to " + step.agent + ": " + agent + " has her");
    if (!agent.empty()) --load[agent];
    agent = step.kind == 'F' ? step.agent : "";
    if (step.kind != 'F') continue;
    const std::size_t holds = ++load[agent];
    const auto visit = visits.find(step.conversation);
    if (visit == visits.end()) continue;  // nobody of the trace
    if (const auto wrong = wrong_with(rota.shift_of(agent, step.t_ms), *visit->second, holds); !wrong.empty())
      findings.push_back(step.conversation + " to " + agent + ": " + wrong);
  }
  return findings;
}

}  // namespace switchboard::shopday
