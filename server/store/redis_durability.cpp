#include "server/store/redis_durability.hpp"

#include <charconv>

namespace switchboard::store {

namespace {

using Settings = std::map<std::string, std::string, std::less<>>;

// The value of a line "name:value\r\n" of INFO.
std::string_view info_field(std::string_view info, std::string_view name) {
  std::size_t at = 0;
  while (at < info.size()) {
    const std::size_t end = std::min(info.find('\n', at), info.size());
    std::string_view line = info.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return line.substr(name.size() + 1);
    at = end + 1;
  }
  return {};
}

int major_version(std::string_view version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

std::string_view setting(const Settings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string_view() : std::string_view(found->second);
}

void judge_persistence(Durability& out, std::string_view info, const Settings& settings) {
  const std::string_view aof = info_field(info, "aof_enabled"), fsync = setting(settings, "appendfsync");
  if (aof != "1") {
    out.warnings.push_back("appendonly is off: a restart of Redis loses messages that were acknowledged");
  } else if (fsync.empty()) {
    out.warnings.push_back(
        "appendfsync cannot be read (CONFIG GET is not allowed): nobody knows whether acknowledged "
        "messages survive a crash of Redis");
  } else if (fsync != "always") {
    out.warnings.push_back(
        "appendfsync is " + std::string(fsync) +
        ": a crash of Redis loses messages that were acknowledged; only `always` does not");
  }
  if (setting(settings, "no-appendfsync-on-rewrite") == "yes")
    out.warnings.push_back(
        "no-appendfsync-on-rewrite is on: while the AOF is rewritten a crash loses messages");
  out.promises_kept = out.warnings.empty();
}

void judge_replication(Durability& out, std::string_view info, const Settings& settings, Failover failover) {
  if (info_field(info, "role") == "slave") out.refusal = "this Redis is a replica; name its master";
  unsigned replicas = 0;
  const std::string_view connected = info_field(info, "connected_slaves");
  std::from_chars(connected.data(), connected.data() + connected.size(), replicas);
  if ((replicas > 0 || failover.possible) && setting(settings, "min-replicas-to-write") == "0")
    out.warnings.push_back(
        failover.confirm_replicas > 0
            ? "min-replicas-to-write is 0: a master that is cut off takes writes that nobody will keep (none "
              "is acknowledged)"
            : "min-replicas-to-write is 0: a failover can lose messages that were acknowledged");
  if (failover.possible && failover.confirm_replicas == 0) {
    out.warnings.push_back(
        "redis.confirm_replicas is 0: a write is acknowledged before a replica has it, and a failover loses "
        "it");
    out.promises_kept = false;
  }
  if (failover.confirm_replicas > replicas)
    out.warnings.push_back(std::to_string(failover.confirm_replicas) +
                           " replica(s) must confirm each write (redis.confirm_replicas) and " +
                           std::to_string(replicas) + " are connected: nothing can be acknowledged");
}

}  // namespace

Durability judge_durability(std::string_view info, const Settings& settings, Failover failover) {
  Durability out;
  out.known = true;
  out.version = info_field(info, "redis_version");
  judge_persistence(out, info, settings);
  judge_replication(out, info, settings, failover);
  std::string_view policy = setting(settings, "maxmemory-policy");
  if (policy.empty()) policy = info_field(info, "maxmemory_policy");
  const std::string_view limit = info_field(info, "maxmemory");
  if (!policy.empty() && policy != "noeviction")
    out.refusal =
        "maxmemory-policy is " + std::string(policy) + ": it would delete conversations; set noeviction";
  if (limit == "0" || limit.empty())
    out.warnings.push_back(
        "maxmemory is not set: when memory runs out the kernel kills Redis instead of Redis "
        "refusing new messages");
  if (major_version(out.version) < 7)
    out.refusal =
        "Redis " + (out.version.empty() ? "of unknown version" : out.version) + "; 7.0 or later is needed";
  if (!out.refusal.empty()) out.promises_kept = false;
  return out;
}

Task<Durability> ask_durability(RedisClient& client) {
  const Answer<Reply> info = co_await client.ask_early(Command("INFO").octets());
  if (!info || info->view().is_error()) co_return Durability{};
  const Answer<Reply> config = co_await client.ask_early(Command("CONFIG")
                                                             .arg("GET")
                                                             .arg("append*")
                                                             .arg("no-appendfsync-on-rewrite")
                                                             .arg("maxmemory-policy")
                                                             .arg("min-replicas-to-write")
                                                             .octets());
  if (!config) co_return Durability{};
  Settings settings;
  for (std::size_t i = 0; i + 1 < config->view().size(); i += 2)
    settings.emplace((*config)[i].text(), (*config)[i + 1].text());
  const RedisOptions& options = client.options();
  const Failover failover{options.must_be_master || options.url.kind == RedisUrl::Kind::sentinel,
                          options.confirm_replicas};
  co_return judge_durability(info->view().text(), settings, failover);
}

}  // namespace switchboard::store
