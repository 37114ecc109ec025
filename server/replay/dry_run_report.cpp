// A dry run as a table for people, and as JSON.
#include <boost/json.hpp>
#include <cstdio>

#include "server/replay/dry_run.hpp"

namespace switchboard::replay {

namespace {

namespace json = boost::json;

std::string row(const char* what, const Waits& w) {
  char line[200];
  std::snprintf(line, sizeof line, "  %-22s %9.1f %9.1f %9.1f %7zu %8zu %9.1f %11.1f\n", what, w.mean_s,
                w.p50_s, w.p95_s, w.left, w.waiting, w.persona_match_pct, w.same_agent_pct);
  return line;
}

json::object object_of(const Waits& w) {
  return {{"wait_mean_s", w.mean_s},
          {"wait_p50_s", w.p50_s},
          {"wait_p95_s", w.p95_s},
          {"left", w.left},
          {"waiting", w.waiting},
          {"persona_match_pct", w.persona_match_pct},
          {"same_agent_pct", w.same_agent_pct}};
}

}  // namespace

std::string to_text(const DryRun& run) {
  std::string text =
      "                         mean s    half s     95% s    left  waiting  persona %  same agent %\n";
  for (const Group& g : run.groups) {
    text += g.name + ", " + std::to_string(g.chats) + " chats\n";
    text += row("recorded", g.recorded) + row("modelled, as it was", g.as_it_was) +
            row("modelled, changed", g.changed);
    char line[200];
    std::snprintf(
        line, sizeof line,
        "  by the change: %zu another agent; %zu wait longer (by %.1f s), %zu shorter (by %.1f s)\n",
        g.other_agent, g.longer, g.longer_mean_s, g.shorter, g.shorter_mean_s);
    text += line;
  }
  if (run.dropped > 0)
    text +=
        "left out: " + std::to_string(run.dropped) + " visitors for skills that are not in both settings\n";
  for (const auto& note : run.notes) text += "note: " + note + '\n';
  return text;
}

std::string to_json(const DryRun& run) {
  json::array groups;
  for (const Group& g : run.groups) {
    groups.push_back(json::object{{"group", g.name},
                                  {"chats", g.chats},
                                  {"recorded", object_of(g.recorded)},
                                  {"as_it_was", object_of(g.as_it_was)},
                                  {"changed", object_of(g.changed)},
                                  {"other_agent", g.other_agent},
                                  {"longer", g.longer},
                                  {"longer_mean_s", g.longer_mean_s},
                                  {"shorter", g.shorter},
                                  {"shorter_mean_s", g.shorter_mean_s}});
  }
  return json::serialize(json::object{{"dropped", run.dropped}, {"groups", groups}});
}

}  // namespace switchboard::replay
