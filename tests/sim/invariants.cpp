#include "tests/sim/invariants.hpp"

#include "tests/sim/world.hpp"

namespace switchboard::sim {

namespace {

class Look {
 public:
  Look(World& world, std::string prefix) : world_(world), data_(world.redis.data()), s_(std::move(prefix)) {}

  void conversation(const std::string& id) {
    const auto* h = data_.find<Hash>(s_ + "c:" + id);
    if (!h) return;
    const auto& state = field(*h, "st");
    const auto& agent = field(*h, "ag");
    const auto* queue = data_.find<SortedSet>(s_ + "q");
    const bool queued = queue && queue->scores.contains(id);
    if (queued != (state == "w"))
      fail("one-place", id + " is " + state + (queued ? ", and" : ", and not") + " in the queue");
    if (queued &&
        std::to_string(static_cast<std::int64_t>(queue->scores.find(id)->second)) != field(*h, "en"))
      fail("rank", id + " has another rank than its time of entering (R3)");
    const bool with_agent = state == "o" || state == "a";
    if (with_agent && !holds(agent, id)) fail("one-place", id + " is " + state + ", and not with " + agent);
    for (const auto& employee : world_.staff)
      if (s_ == "{" + employee.shop + "}:" && holds(employee.id, id) && (!with_agent || employee.id != agent))
        fail("one-owner", id + " is " + state + " of '" + agent + "', and also with " + employee.id);
    log(id, field(*h, "hd"));
    const auto* visitor = data_.find<Hash>(s_ + "v:" + field(*h, "vi"));
    const bool hers = visitor && visitor->contains("oc") && visitor->at("oc") == id;
    if (hers != (state != "z"))
      fail("one-open", id + " is " + state + ", and its visitor's open one is another");
  }

  void agent(const std::string& id) {
    const auto* held = data_.find<Set>(s_ + "ac:" + id);
    const auto* h = data_.find<Hash>(s_ + "a:" + id);
    if (!held || !h) return;
    std::size_t units = 0;
    for (const auto& conversation : *held) units += units_of(conversation);
    if (units > 4 * std::stoul(field(*h, "cp")))
      fail("capacity",
           id + " holds " + std::to_string(units) + " quarters of " + field(*h, "cp") + " places");
  }

 private:
  // The least that it can have taken at the last offer to its agent: one that has been parked since may have
  // woken, and then she holds more than her places without a fault.
  std::size_t units_of(const std::string& id) const {
    const auto* h = data_.find<Hash>(s_ + "c:" + id);
    return h && !field(*h, "pk").empty() ? 1 : 4;
  }

  void log(const std::string& id, const std::string& head) {
    const auto* stream = data_.find<Stream>(s_ + "m:" + id);
    const auto count = stream ? stream->entries.size() : 0;
    const bool whole =
        !stream || (stream->entries.front().id.seq == 1 && stream->entries.back().id.seq == count);
    if (!whole || std::to_string(count) != head)
      fail("log-gap", id + " has " + std::to_string(count) + " entries and head " + head);
  }

  bool holds(const std::string& agent, const std::string& id) const {
    const auto* held = data_.find<Set>(s_ + "ac:" + agent);
    return held && held->contains(id);
  }

  static const std::string& field(const Hash& hash, const char* name) {
    static const std::string empty;
    const auto found = hash.find(name);
    return found == hash.end() ? empty : found->second;
  }

  void fail(const char* rule, const std::string& what) { world_.fail(rule, s_ + what); }

  World& world_;
  const Data& data_;
  const std::string s_;
};

}  // namespace

void check_changes(World& world) {
  for (const auto& key : world.redis.take_changed()) {
    const auto tag = key.find("}:");
    if (tag == std::string::npos) continue;
    Look look(world, key.substr(0, tag + 2));
    const auto rest = key.substr(tag + 2);
    if (rest.starts_with("c:") || rest.starts_with("m:")) look.conversation(rest.substr(2));
    if (rest.starts_with("ac:")) look.agent(rest.substr(3));
  }
}

}  // namespace switchboard::sim
