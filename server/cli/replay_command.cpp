// switchboard replay: a shop's record through the same router.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "server/cli/commands.hpp"
#include "server/cli/store_session.hpp"
#include "server/desk/names.hpp"
#include "server/record/reader.hpp"
#include "server/record/writer.hpp"
#include "server/replay/dry_run.hpp"
#include "server/replay/verify.hpp"
#include "server/replay/why.hpp"
#include "server/store/store_limits.hpp"

namespace switchboard::cli {
namespace {

namespace json = boost::json;

struct ReplayArguments {
  StoreTarget target;
  std::string shop, events, export_to, conversation;
  std::string policy, trace;
  std::vector<std::string> settings;
  std::string since;
  std::uint64_t last = 0;
  bool as_json = false;
};

int fail(const std::string& what) {
  std::cerr << "replay: " << what << '\n';
  return 1;
}

std::optional<std::string> read_file(const std::string& name) {
  std::ostringstream text;
  std::ifstream file(name, std::ios::binary);
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

// All pages that are kept, as the text of a file.
store::Task<int> fetch(store::RedisStore& store, std::string shop, std::string& text) {
  text = record::head_line(shop);
  std::string last = "0-0";
  for (;;) {
    const auto pages = co_await store.pages(shop, last, store::pages_max);
    if (!pages) {
      std::cerr << "replay: " << sentence(pages.error()) << '\n';
      co_return 1;
    }
    if (pages->empty()) co_return 0;
    for (const auto& page : *pages) text += record::page_line(page.epoch, page.number) + page.text;
    last = pages->back().id;
  }
}

void print(const record::Record& record, const replay::Verdict& verdict, router::Millis since) {
  for (const auto& gap : record.gaps) std::cout << "gap: " << gap << '\n';
  for (const auto& chapter : record.chapters) {
    if (replay::is_before(chapter, since)) continue;
    std::cout << "chapter of " << replay::shown_time(chapter.time) << " (" << chapter.why << ", epoch "
              << chapter.epoch << "): " << chapter.steps.size() << " events";
    if (!chapter.ended) std::cout << (chapter.last ? ", goes on or was cut off" : ", its end may be missing");
    std::cout << '\n';
  }
  if (since != replay::kFromTheBeginning)
    std::cout << "since " << replay::shown_time(since) << ", led to by " << verdict.lead_in << " events: ";
  std::cout << verdict.events << " events, " << verdict.decisions << " decisions: ";
  if (!verdict.difference) {
    std::cout << "the same, bit for bit\n";
    return;
  }
  const auto& d = *verdict.difference;
  std::cout << "DIFFERENT at line " << d.line << "\n  event     " << d.event << "\n  recorded  "
            << (d.recorded.empty() ? "(nothing)" : d.recorded) << "\n  replayed  "
            << (d.replayed.empty() ? "(nothing)" : d.replayed) << '\n';
}

void print_json(const record::Record& record, const replay::Verdict& verdict) {
  json::object out{{"shop", record.shop},
                   {"equal", !verdict.difference.has_value()},
                   {"chapters", record.chapters.size()},
                   {"gaps", record.gaps.size()},
                   {"events", verdict.events},
                   {"lead_in_events", verdict.lead_in},
                   {"decisions", verdict.decisions},
                   {"refused_events", verdict.refused}};
  if (verdict.difference) {
    out["line"] = verdict.difference->line;
    out["recorded"] = verdict.difference->recorded;
    out["replayed"] = verdict.difference->replayed;
  }
  std::cout << json::serialize(out) << '\n';
}

// A shop file's routing and agents, as a dry run takes them.
replay::Change change_of(const shop::Shop& shop) {
  const desk::Names names(shop);
  replay::Change change{desk::policy_of(shop), names.skills(), names.personas(),
                        std::vector<replay::Change::Agent>()};
  for (const auto& agent : shop.agents) {
    replay::Change::Agent one{
        agent.id, agent.enabled ? static_cast<std::int32_t>(agent.capacity) : 0, {}, agent.persona};
    for (const auto& skill : agent.skills)
      one.skills.emplace_back(skill.skill, static_cast<std::uint8_t>(skill.level));
    change.agents->push_back(std::move(one));
  }
  return change;
}

// NAME=INTEGER, as `simulate --set`.
bool set(router::Policy& policy, const std::string& setting) {
  const auto sign = setting.find('=');
  if (sign == setting.npos) return false;
  std::int64_t value = 0;
  const char* end = setting.data() + setting.size();
  const auto [stop, error] = std::from_chars(setting.data() + sign + 1, end, value);
  return error == std::errc() && stop == end && router::set_parameter(policy, setting.substr(0, sign), value);
}

int dry_run(const ReplayArguments& a, const replay::Observed& observed) {
  replay::Change change{observed.policy, observed.skills, observed.personas, std::nullopt};
  if (!a.policy.empty()) {
    const auto text = read_file(a.policy);
    if (!text) return fail(a.policy + ": cannot be read, or is empty");
    const auto shop = shop::parse_shop(*text);
    if (!shop) {
      std::cerr << to_text(shop.error(), a.policy);
      return 1;
    }
    change = change_of(*shop);
  }
  for (const auto& setting : a.settings) {
    if (set(change.policy, setting)) continue;
    fail("--set " + setting + ": no such parameter, or not NAME=INTEGER");
    return 2;
  }
  const auto run = replay::dry_run(observed, change);
  if (!run) return fail(run.error());
  std::cout << (a.as_json ? replay::to_json(*run) + '\n' : replay::to_text(*run));
  return 0;
}

int run(const ReplayArguments& a) {
  std::string text;
  if (!a.events.empty()) {
    auto read = read_file(a.events);
    if (!read) return fail(a.events + ": cannot be read, or is empty");
    text = std::move(*read);
  } else {
    const int fetched =
        with_store(a.target, [&](store::RedisStore& store) { return fetch(store, a.shop, text); });
    if (fetched != 0) return fetched;
  }
  if (!a.export_to.empty()) {
    std::ofstream file(a.export_to, std::ios::binary);
    if (!(file << text).flush()) return fail(a.export_to + ": cannot be written");
  }
  const auto record = record::read_record(text);
  if (!record) return fail((a.events.empty() ? a.shop : a.events) + ": " + record.error());
  if (record->chapters.empty()) return fail("there is no record of shop " + record->shop);
  auto since = replay::kFromTheBeginning;
  if (a.last > 0) since = replay::since_last(*record, a.last);
  if (!a.since.empty()) {
    const auto time = replay::since_time(*record, a.since);
    if (!time) {
      fail("--since " + a.since + ": not a time such as \"2026-11-21 09:00\" (UTC), and not \"2h\"");
      return 2;
    }
    since = *time;
  }
  if (!a.conversation.empty()) {
    const std::string told = replay::why(*record, a.conversation, since);
    if (told.empty()) return fail("the record does not know conversation " + a.conversation);
    std::cout << told;
    return 0;
  }
  const auto verdict = replay::verify(*record, {}, since);
  const bool what_if = !a.policy.empty() || !a.settings.empty() || !a.trace.empty();
  if (what_if && verdict.difference)
    return fail("the record is not what the router decides; see `replay` without options");
  if (!a.trace.empty()) {
    const auto wrong = simulate::write_trace(replay::trace_of(replay::observe(*record, since)), a.trace);
    if (!wrong.empty()) return fail(wrong);
  }
  if (!a.policy.empty() || !a.settings.empty()) return dry_run(a, replay::observe(*record, since));
  if (a.as_json)
    print_json(*record, verdict);
  else
    print(*record, verdict, since);
  return verdict.difference ? 1 : 0;
}

}  // namespace

void add_replay_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "replay", "Put a shop's recorded events through the router again: are the decisions the same?");
  const auto a = std::make_shared<ReplayArguments>();
  CLI::Option* shop = command->add_option("--shop", a->shop, "Shop whose record is read from Redis");
  CLI::Option* events = command->add_option("--events", a->events, "Read the record from this file instead");
  shop->excludes(events);
  command->add_option("--export", a->export_to, "Also write the record to this file");
  command->add_option("--conversation", a->conversation,
                      "Tell what happened to this conversation, and why (id or number)");
  CLI::Option* last =
      command->add_option("--last", a->last, "Only the last so many events, and what was decided")
          ->check(CLI::PositiveNumber);
  command
      ->add_option(
          "--since", a->since,
          "Only from this time on: \"2026-11-21 09:00\" (UTC), milliseconds since 1970, or 90s, 30m, 2h, "
          "1d before the record's end")
      ->excludes(last);
  command->add_option("--policy", a->policy,
                      "Dry run: what if the shop's settings were those of this shop file?");
  command->add_option("--set", a->settings,
                      "Dry run: what if this parameter were another? NAME=INTEGER, repeatable");
  command->add_option("--write-trace", a->trace,
                      "Also write the recorded days as a trace for `simulate` to this folder");
  command->add_flag("--json", a->as_json, "One JSON object, last line of stdout");
  add_store_options(*command, a->target);
  command->callback([a, &exit_code] {
    if (a->shop.empty() && a->events.empty()) throw CLI::RequiredError("--shop or --events");
    exit_code = run(*a);
  });
}

}  // namespace switchboard::cli
