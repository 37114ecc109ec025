// The search for a rota.
#include "server/simulate/staff.hpp"

#include <algorithm>
#include <cmath>

#include "server/simulate/planner.hpp"

namespace switchboard::simulate {

namespace {

constexpr std::size_t kRotasMax = 600;   // played in one search; what it has by then is what it says
constexpr std::size_t kRankingDays = 4;  // on so many a candidate is judged; who wins plays all
constexpr std::size_t kSkillsTried = 3;
constexpr std::size_t kMovesTried = 4;
constexpr int kMendedOneByOne = 2;  // half hours
constexpr int kRoundsMax = 12;

double worst_of(const std::vector<double>& strain) {
  return strain.empty() ? 0 : *std::max_element(strain.begin(), strain.end());
}
double sum_over(const std::vector<double>& strain) {
  double sum = 0;
  for (double s : strain) sum += std::max(s, 0.0);
  return sum;
}

class Search {
 public:
  Search(const Trace& trace, const StaffOptions& o, const Need& need, Playground& ground, Progress& progress)
      : trace_(trace), o_(o), need_(need), ground_(ground), progress_(progress) {}

  Rota run() {
    cover_until_few_are_missed();
    while (worst_of(strain_) > 0 && ground_.played() < kRotasMax && improve()) look();
    if (worst_of(strain_) <= 0) prune();
    return rota_;
  }

 private:
  struct Candidate {
    Rota rota;
    double added = 0;  // half hours of work
    double worst = 0;  // strain there, afterwards
    double sum = 0;
  };

  // The rule asks for too little where skills and queues from before weigh in: it is asked for more there,
  // and the whole is covered anew, until only a few half hours are left to mend one by one.
  void cover_until_few_are_missed() {
    Need raised = need_;
    for (int round = 0;; ++round) {
      rota_ = first_rota(trace_, raised, o_.rules);
      look();
      const auto missed = std::count_if(strain_.begin(), strain_.end(), [](double s) { return s > 0; });
      if (missed <= kMendedOneByOne || round == kRoundsMax) return;
      for (std::size_t t = 0; t < strain_.size(); ++t) {
        if (strain_[t] <= 0) continue;
        const double more =
            std::max<double>(o_.rules.places, 0.03 * raised.places[t] * std::min(strain_[t], 2.0));
        raised.places[t] += more;
        if (t > 0 && strain_[t - 1] <= 0)
          raised.places[t - 1] += more / 2;  // a queue begins before it is long
      }
    }
  }

  void look() {
    strain_ = strain(ground_.play(rota_, Backups::chain, o_.seeds), o_.targets);
    progress_.tell("planning", static_cast<double>(ground_.played()) / kRotasMax);
  }

  // How many agents the worst half hour lacks by the rule: a big shop is mended by more than one at a time.
  std::size_t agents_lacking(std::size_t t) const {
    double places = 0;
    for (const PlannedShift& s : rota_) places += s.from <= t && t < s.to ? o_.rules.places : 0;
    const double lacks = (need_.places[t] - places) / o_.rules.places;
    const double some = 0.04 * places / o_.rules.places * std::min(strain_[t], 1.0);
    return static_cast<std::size_t>(std::max({1.0, std::floor(lacks / 2), std::floor(some)}));
  }

  // Skills with the most work per agent who has it at t, the most first.
  std::vector<std::uint8_t> short_skills(std::size_t t) const {
    std::vector<double> agents(trace_.skills.size(), 0.5);
    for (const PlannedShift& s : rota_) {
      if (s.from > t || s.to <= t) continue;
      agents[s.own] += 1;
      agents[(s.own + 1u) % agents.size()] += 0.4;
    }
    std::vector<std::uint8_t> skills(trace_.skills.size());
    for (std::size_t s = 0; s < skills.size(); ++s) skills[s] = static_cast<std::uint8_t>(s);
    std::stable_sort(skills.begin(), skills.end(), [&](std::uint8_t a, std::uint8_t b) {
      return need_.by_skill[t][a] / agents[a] > need_.by_skill[t][b] / agents[b];
    });
    skills.resize(std::min(skills.size(), kSkillsTried));
    return skills;
  }

  // Shifts over t: the short one and the long one that ease most of the day's strain.
  std::vector<PlannedShift> spans_over(std::size_t t) const {
    std::vector<PlannedShift> out;
    const std::size_t n = strain_.size();
    for (const std::size_t wanted : {o_.rules.shortest, o_.rules.longest}) {
      const std::size_t length = std::min(wanted, n);
      std::optional<PlannedShift> best;
      double most = 0;
      for (std::size_t from = t + 1 >= length ? t + 1 - length : 0; from <= t && from + length <= n; ++from) {
        double eased = 0;
        for (std::size_t i = from; i < from + length; ++i) eased += std::max(strain_[i], -0.5);
        if (!best || eased > most) best = PlannedShift{from, from + length, 0, std::nullopt}, most = eased;
      }
      if (best && (out.empty() || !(out.front() == *best))) out.push_back(*best);
    }
    return out;
  }

  void add_new_shifts(std::size_t t, std::vector<Candidate>& out) const {
    const std::size_t agents = agents_lacking(t);
    const std::vector<std::uint8_t> skills = short_skills(t);
    for (const PlannedShift& span : spans_over(t)) {
      for (std::size_t first = 0; first < skills.size(); ++first) {
        Candidate c{rota_, 0, 0, 0};
        for (std::size_t i = 0; i < agents; ++i) {
          PlannedShift s = span;
          s.own = skills[(first + i) % skills.size()];
          s.persona = lacking_persona(trace_, c.rota, s.own);
          c.rota.push_back(s);
          c.added += static_cast<double>(s.to - s.from);
        }
        out.push_back(std::move(c));
        if (agents >= skills.size()) break;  // all of them get some
      }
    }
  }

  // Shifts that would be over t if they began or ended otherwise: moved as a whole out of half hours that can
  // spare them, or made longer.
  void add_moves(std::size_t t, std::vector<Candidate>& out) const {
    struct Move {
      std::size_t index;
      PlannedShift to;
      double spared;
    };
    std::vector<Move> moves, longer;
    for (std::size_t i = 0; i < rota_.size(); ++i) {
      const PlannedShift& s = rota_[i];
      if (s.from <= t && t < s.to) continue;
      const bool later = s.to <= t;
      const std::size_t by = later ? t + 1 - s.to : s.from - t;
      PlannedShift moved = s, stretched = s;
      if (later) {
        moved.from += by, moved.to += by, stretched.to += by;
      } else {
        moved.from -= by, moved.to -= by, stretched.from -= by;
      }
      double worst_left = -1e9;
      for (std::size_t h = s.from; h < s.to; ++h) {
        if (h < moved.from || h >= moved.to) worst_left = std::max(worst_left, strain_[h]);
      }
      if (worst_left < -0.3) moves.push_back({i, moved, worst_left});
      if (stretched.to - stretched.from <= o_.rules.longest)
        longer.push_back({i, stretched, static_cast<double>(by)});
    }
    for (std::vector<Move>* list : {&moves, &longer}) {
      std::stable_sort(list->begin(), list->end(),
                       [](const Move& a, const Move& b) { return a.spared < b.spared; });
      if (list->size() > kMovesTried) list->resize(kMovesTried);
      for (const Move& move : *list) {
        Candidate c{rota_, list == &longer ? move.spared : 0, 0, 0};
        c.rota[move.index] = move.to;
        out.push_back(std::move(c));
      }
    }
  }

  // Takes the cheapest of the candidates that ease the worst half hour nearly as much as the best of them.
  bool improve() {
    const auto t =
        static_cast<std::size_t>(std::max_element(strain_.begin(), strain_.end()) - strain_.begin());
    std::vector<Candidate> candidates;
    add_new_shifts(t, candidates);
    add_moves(t, candidates);
    const auto judge = [&](const Rota& rota) {
      return strain(ground_.play(rota, Backups::chain, std::min(o_.seeds, kRankingDays)), o_.targets);
    };
    const std::vector<double> before = judge(rota_);
    double most = 0;
    for (Candidate& c : candidates) {
      const std::vector<double> after = judge(c.rota);
      c.worst = before[t] - after[t];
      c.sum = sum_over(before) - sum_over(after);
      most = std::max(most, c.worst);
      progress_.tell("planning", static_cast<double>(ground_.played()) / kRotasMax);
    }
    const Candidate* best = nullptr;
    for (const Candidate& c : candidates) {
      if (c.worst < 0.6 * most || c.sum <= 0) continue;
      if (best == nullptr || c.added < best->added || (c.added == best->added && c.sum > best->sum))
        best = &c;
    }
    if (best == nullptr && !candidates.empty()) best = &candidates.front();  // a new shift cannot harm
    if (best == nullptr) return false;
    Rota next = best->rota;
    rota_ = std::move(next);
    return true;
  }

  // Shifts that are not needed, and ends of shifts; those first whose half hours have most to spare.
  void prune() {
    std::vector<std::pair<double, PlannedShift>> order;
    for (const PlannedShift& s : rota_) {
      double least = -1e9;
      for (std::size_t t = s.from; t < s.to; ++t) least = std::max(least, strain_[t]);
      order.emplace_back(least, s);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const std::size_t limit = std::min(ground_.played() + 80, kRotasMax);
    for (const auto& [least, shift] : order) {
      if (ground_.played() >= limit) return;
      const auto at = std::find(rota_.begin(), rota_.end(), shift);
      if (at == rota_.end()) continue;
      Rota without = rota_;
      without.erase(without.begin() + (at - rota_.begin()));
      if (keep_if_good(without) || shift.to - shift.from <= o_.rules.shortest) continue;
      for (const bool at_end : {true, false}) {
        Rota shorter = rota_;
        PlannedShift& s = shorter[static_cast<std::size_t>(at - rota_.begin())];
        const std::size_t by = std::min<std::size_t>(2, s.to - s.from - o_.rules.shortest);
        (at_end ? s.to : s.from) += at_end ? -by : by;
        if (keep_if_good(shorter)) break;
      }
    }
  }
  bool keep_if_good(const Rota& rota) {
    std::vector<double> after = strain(ground_.play(rota, Backups::chain, o_.seeds), o_.targets);
    progress_.tell("planning", static_cast<double>(ground_.played()) / kRotasMax);
    if (worst_of(after) > 0) return false;
    rota_ = rota;
    strain_ = std::move(after);
    return true;
  }

  const Trace& trace_;
  const StaffOptions& o_;
  const Need& need_;
  Playground& ground_;
  Progress& progress_;
  Rota rota_;
  std::vector<double> strain_;
};

}  // namespace

Plan plan_staff(const Trace& trace, const StaffOptions& options, Progress& progress) {
  const Targets& targets = options.targets;
  const RuleTarget rule{1 - targets.answered_pct / 100, static_cast<double>(targets.answer_within_ms) / 1000,
                        targets.abandon_max_pct / 100};
  const Need need = need_of(trace, rule, options.rules, options.gamma);
  Playground ground(trace, options);
  Plan plan;
  plan.rota = Search(trace, options, need, ground, progress).run();
  std::sort(plan.rota.begin(), plan.rota.end());
  plan.tried = ground.played();
  add_outlook(ground, trace, options, need, plan, progress);
  return plan;
}

}  // namespace switchboard::simulate
