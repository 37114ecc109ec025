#include "server/replay/why.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "server/replay/verify.hpp"

namespace switchboard::replay {

namespace {

using record::Chapter;
using record::Names;
using router::Millis;

template <class... A>
std::string format(const char* pattern, A... values) {
  char line[512];
  const int n = std::snprintf(line, sizeof line, pattern, values...);
  return std::string(line, static_cast<std::size_t>(std::clamp(n, 0, static_cast<int>(sizeof line) - 1)));
}

std::string seconds(Millis ms) {
  return format("%.1f s", static_cast<double>(ms) / 1000);
}

std::string sentence(router::Rule rule) {
  switch (rule) {
    case router::Rule::last_agent:
      return "he had served her before (2.3.1)";
    case router::Rule::wanted_persona:
      return "of the persona that she wished (2.3.3)";
    case router::Rule::best_agent:
      return "the best of all who were free (2.3.3, 2.3.4)";
    case router::Rule::best_visitor:
      return "he had a free place, and of those who waited she came first (2.4)";
  }
  return {};
}

std::string row(const char* what, const Names& names, const router::AgentKey& key, Millis now) {
  std::string line =
      format("      %-10s %-20s level %d, load %.2f, demand %.2f", what, names.agent(key.agent).c_str(),
             int{key.level}, key.load_share / 27720.0, static_cast<double>(key.demand_pm) / 1000);
  line += key.last_offer == router::kNeverOffered
              ? ", no offer yet"
              : ", last offer " + seconds(now - key.last_offer) + " before";
  return line + (key.not_tapering ? "\n" : ", shift ends soon\n");
}

std::string row(const char* what, const Names& names, const router::VisitorKey& key, Millis now) {
  return format("      %-10s %-20s score %lld, waited ", what, names.conversation(key.conversation).c_str(),
                static_cast<long long>(key.score)) +
         seconds(now - key.entered_at) + '\n';
}

// The record of a decision (2.13).
std::string table(const Names& names, const router::DecisionRecord& r) {
  std::string text;
  if (const auto* c = std::get_if<router::AgentChoice>(&r.why)) {
    text = format(
        "      agents with the skill on duty %u: full or paused %u, level not open %u, other persona %u, "
        "excluded %u; "
        "candidates %u\n",
        c->on_duty, c->not_open, c->level_closed, c->other_persona, c->excluded, c->candidates);
    text += row("winner", names, c->winner, r.now);
    if (c->runner_up) text += row("runner-up", names, *c->runner_up, r.now);
  } else if (const auto* v = std::get_if<router::VisitorChoice>(&r.why)) {
    text = format(
        "      first of their kind waiting %u: level not open %u, strict about another %u, held for another "
        "%u, excluded "
        "%u; candidates %u\n",
        v->heads, v->level_closed, v->strict_other, v->held, v->excluded, v->candidates);
    text += row("winner", names, v->winner, r.now);
    if (v->runner_up) text += row("runner-up", names, *v->runner_up, r.now);
  }
  return text;
}

struct Telling {
  const Names& names;

  std::string operator()(const router::Offer& d) const {
    return "offered to " + names.agent(d.agent) + " after " + seconds(d.waited_ms) + ": " + sentence(d.rule) +
           '\n' + table(names, d.record);
  }
  std::string operator()(const router::Withdraw& d) const {
    return "offer to " + names.agent(d.agent) + " withdrawn: " + router::reason_name(d.reason) + '\n';
  }
  std::string operator()(const router::PutOnBreak&) const { return {}; }
  std::string operator()(const router::Requeue& d) const {
    return "back in the queue at her old place: " + names.agent(d.from) + " was lost\n";
  }
  std::string operator()(const router::OfferToLeaveMessage& d) const {
    return std::string("may leave a message: ") + router::reason_name(d.reason) + '\n';
  }
  std::string operator()(const router::Reject& d) const {
    return std::string("cannot be queued: ") + router::reason_name(d.reason) + '\n';
  }
};

template <class T>
router::ConversationId whose(const T& thing) {
  if constexpr (requires { thing.conversation; }) {
    return thing.conversation;
  } else {
    return router::ConversationId(UINT64_MAX);
  }
}

std::string told(const router::Visit& visit, const Names& names) {
  static constexpr const char* kWishes[] = {"anyone", "prefers ", "only "};
  std::string text = names.skill(visit.skill) + ", " + kWishes[static_cast<int>(visit.wish.kind)];
  if (visit.wish.kind != router::WishKind::any) text += names.persona(visit.wish.persona);
  text += ", tier " + std::to_string(visit.tier.value);
  if (visit.last_agent) text += ", last served by " + names.agent(*visit.last_agent);
  return text;
}

// What an event says beyond its name.
template <class T>
std::string details(const T& event, const Names& names) {
  std::string text;
  if constexpr (requires { event.visit; }) text += ": " + told(event.visit, names);
  if constexpr (requires { event.wish; }) {
    text += event.wish.kind == router::WishKind::any ? ": anyone" : ": " + names.persona(event.wish.persona);
  }
  if constexpr (requires { event.agent; }) text += " by " + names.agent(event.agent);
  return text;
}

std::optional<router::ConversationId> find(const Names& names, std::string_view conversation) {
  for (const auto& [number, name] : names.conversations) {
    if (name == conversation || std::to_string(number) == conversation) return router::ConversationId(number);
  }
  return std::nullopt;
}

}  // namespace

std::string shown_time(Millis time) {
  const std::time_t seconds = static_cast<std::time_t>(time / 1000);
  std::tm utc{};
  char text[32];
  if (gmtime_r(&seconds, &utc) == nullptr || std::strftime(text, sizeof text, "%F %T", &utc) == 0)
    return std::to_string(time);
  return text + format(".%03d", static_cast<int>((time % 1000 + 1000) % 1000));
}

std::string why(const record::Record& record, std::string_view conversation, Millis since) {
  std::string text;
  const auto tell = [&](const Chapter& chapter, const record::Step& step, const router::Router&,
                        std::span<const router::Decision> made) {
    const auto id = find(chapter.names, conversation);
    if (!id || step.now < since) return;
    std::visit(
        [&](const auto& event) {
          if (whose(event) != *id) return;
          text += shown_time(step.now) + "  " +
                  router::event_name(static_cast<router::EventKind>(step.event.index())) +
                  details(event, chapter.names) + '\n';
        },
        step.event);
    for (const router::Decision& decision : made) {
      std::visit(
          [&](const auto& d) {
            if (whose(d) == *id) text += shown_time(step.now) + "  " + Telling{chapter.names}(d);
          },
          decision);
    }
  };
  verify(record, tell, since);
  return text;
}

}  // namespace switchboard::replay
