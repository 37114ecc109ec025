#include "tests/sim/stored.hpp"

#include <algorithm>

#include "bench/check/entry_digest.hpp"
#include "proto/codec.hpp"

namespace switchboard::sim {

namespace {

std::string field(const std::vector<std::string>& fields, const char* name) {
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    if (fields[i] == name) return fields[i + 1];
  return {};
}

std::string value(const Hash& hash, const char* name) {
  const auto found = hash.find(name);
  return found == hash.end() ? std::string() : found->second;
}

char kind_of(const proto::Entry& entry) {
  if (std::holds_alternative<proto::Content>(entry.body)) return 'm';
  if (std::holds_alternative<proto::AssignedNote>(entry.body)) return 'a';
  if (std::holds_alternative<proto::RequeuedNote>(entry.body)) return 'r';
  return std::holds_alternative<proto::ClosedNote>(entry.body) ? 'c' : 's';
}

void read_log(World& world, const std::string& id, const Stream& stream, check::Conversation& into) {
  into.log_read = true;
  std::string agent;  // whom the visitor talks to
  for (const auto& entry : stream.entries) {
    const auto body = proto::decode_entry_body(field(entry.fields, "m"));
    if (!body) {
      world.fail("log", id + " holds an entry that cannot be decoded");
      continue;
    }
    check::Stored stored;
    stored.seq = static_cast<std::uint32_t>(entry.id.seq);
    stored.sender = field(entry.fields, "s");
    stored.number = static_cast<std::uint32_t>(std::stoul("0" + field(entry.fields, "n")));
    // The system's ids say what it said once; they are no messages.
    if (!stored.sender.empty()) stored.client_id = field(entry.fields, "c");
    stored.digest = check::digest_of(*body);
    stored.kind = kind_of(*body);
    if (const auto* assigned = std::get_if<proto::AssignedNote>(&body->body))
      agent = stored.person = assigned->agent.id;
    if (stored.kind == 'r') agent.clear();
    const bool by_agent = stored.kind == 'm' && body->author.role == proto::Role::agent;
    if (by_agent) stored.person = body->author.id;
    into.log.push_back(std::move(stored));
    if (by_agent && body->author.id != agent)
      world.fail("owner-writes", id + ": " + body->author.id + " writes at " + std::to_string(entry.id.seq) +
                                     " while the visitor talks to '" + agent + "' (R1)");
  }
}

}  // namespace

void read_back(World& world, const std::string& shop, check::History& history) {
  const auto& data = world.redis.data();
  const std::string s = "{" + shop + "}:";
  for (const auto& key : data.keys_with_prefix(s + "m:"))
    read_log(world, key.substr(s.size() + 2), *data.find<Stream>(key),
             history.conversations[key.substr(s.size() + 2)]);
  for (auto& [id, conversation] : history.conversations) {
    const auto* kept = data.find<Hash>(s + "c:" + id);
    if (!kept) world.fail("lost", id + " is not there any more (M1)");
    if (kept && value(*kept, "st") == "z") conversation.closed = true;
  }
  const auto* events = data.find<Stream>(s + "ev");
  if (!events || events->entries.empty()) return;
  history.transitions_complete = events->entries.front().id.seq == 1;
  for (const auto& event : events->entries) {
    const auto kind = field(event.fields, "k");
    check::Transition step;
    step.kind = kind.empty() ? '\0' : kind.front();
    step.conversation = field(event.fields, "c");
    step.agent = field(event.fields, "a");
    history.transitions.push_back(std::move(step));
  }
}

bool anything_is_open(const World& world) {
  return std::ranges::any_of(world.histories, [&](const auto& one) {
    return world.redis.data().template find<Set>("{" + one.first + "}:o") != nullptr;
  });
}

std::set<std::string> who_waits_beside_a_free_agent(const World& world) {
  std::set<std::string> found;
  const auto& data = world.redis.data();
  for (const auto& [shop, history] : world.histories) {
    const std::string s = "{" + shop + "}:";
    const auto* queue = data.find<SortedSet>(s + "q");
    if (!queue) continue;
    for (const auto& [score, id] : queue->order) {
      const auto& c = *data.find<Hash>(s + "c:" + id);
      const bool strict = value(c, "wm") == "s";
      for (const auto& agent : world.staff) {
        if (agent.shop != shop || (strict && agent.persona != value(c, "wp"))) continue;
        if (std::ranges::count(agent.skills, value(c, "sk")) == 0) continue;
        const auto& a = *data.find<Hash>(s + "a:" + agent.id);
        const auto* held = data.find<Set>(s + "ac:" + agent.id);
        const auto* parked = data.find<Set>(s + "pc:" + agent.id);
        const std::size_t units = 4 * (held ? held->size() : 0) - 3 * (parked ? parked->size() : 0);
        const bool free = units + 4 <= 4 * agent.capacity;
        if (value(a, "st") == "a" && value(a, "li") == "l" && free) found.insert(s + id);
      }
    }
  }
  return found;
}

std::set<std::string> who_is_live(const World& world) {
  std::set<std::string> found;
  for (const auto& agent : world.staff) {
    const auto* kept = world.redis.data().template find<Hash>("{" + agent.shop + "}:a:" + agent.id);
    if (kept && value(*kept, "li") == "l") found.insert(agent.shop + "/" + agent.id);
  }
  return found;
}

}  // namespace switchboard::sim
