#include "server/replay/verify.hpp"

#include <algorithm>

#include "router/event_line.hpp"

namespace switchboard::replay {

namespace {

std::optional<Difference> compare(const record::Step& step, std::span<const router::Decision> made,
                                  bool may_be_cut, Verdict& verdict) {
  const std::size_t n = std::max(step.decisions.size(), made.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (i >= step.decisions.size() && may_be_cut) return std::nullopt;
    const std::string recorded = i < step.decisions.size() ? step.decisions[i] : std::string();
    std::string replayed = i < made.size() ? router::to_line(made[i]) : std::string();
    if (recorded != replayed)
      return Difference{step.line, router::to_line(step.event), recorded, std::move(replayed)};
    ++verdict.decisions;
  }
  return std::nullopt;
}

}  // namespace

Verdict verify(const record::Record& record, const Watch& watch, router::Millis since) {
  Verdict verdict;
  for (const record::Chapter& chapter : record.chapters) {
    if (is_before(chapter, since)) continue;
    router::Router router(chapter.policy);
    for (const record::Step& step : chapter.steps) {
      const auto made = router.handle(step.event, step.now);
      if (step.now < since) {
        ++verdict.lead_in;
      } else {
        ++verdict.events;
        const bool may_be_cut = !chapter.ended && &step == &chapter.steps.back();
        verdict.difference = compare(step, made, may_be_cut, verdict);
        if (verdict.difference) return verdict;
      }
      if (watch) watch(chapter, step, router, made);
    }
    verdict.refused += router.refused_events();
  }
  return verdict;
}

}  // namespace switchboard::replay
