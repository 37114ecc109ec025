#include "server/desk/node_watch.hpp"

#include <charconv>
#include <optional>

namespace switchboard::desk {

namespace {

struct Parts {
  std::string_view node;
  std::uint64_t start = 0;
};

// "<node>.<start>.<random>"
std::optional<Parts> parts_of(std::string_view incarnation) {
  const auto random = incarnation.rfind('.');
  if (random == incarnation.npos || random == 0) return std::nullopt;
  const auto number = incarnation.rfind('.', random - 1);
  if (number == incarnation.npos || number == 0) return std::nullopt;
  Parts parts{incarnation.substr(0, number)};
  const auto end = incarnation.data() + random;
  const auto [rest, error] = std::from_chars(incarnation.data() + number + 1, end, parts.start);
  if (error != std::errc() || rest != end) return std::nullopt;
  return parts;
}

}  // namespace

void NodeWatch::look(Instant now, const std::vector<store::NodeBeat>& beats) {
  const bool blind = now - last_look_ >= dead_after_ / 2;
  last_look_ = now;
  if (blind) missed_.clear();
  std::map<std::string, Seen, std::less<>> listed;
  for (const auto& one : beats) {
    const auto parts = parts_of(one.incarnation);
    if (!parts) continue;
    Seen seen{one.incarnation, parts->start, one.beat, now};
    const auto before = nodes_.find(parts->node);
    if (!blind && before != nodes_.end() && before->second.incarnation == one.incarnation &&
        before->second.beat == one.beat)
      seen.since = before->second.since;
    missed_.erase(one.incarnation);
    listed.emplace(parts->node, std::move(seen));
  }
  nodes_.swap(listed);
}

bool NodeWatch::dead(std::string_view incarnation, Instant now) {
  const auto parts = parts_of(incarnation);
  if (!parts) return true;  // nobody is called so
  if (now - last_look_ >= dead_after_ / 2) return false;  // we do not see: the store is away
  const auto found = nodes_.find(parts->node);
  if (found != nodes_.end()) {
    if (found->second.incarnation == incarnation) return still(found->second, now);
    if (found->second.start > parts->start) return true;
  }
  const auto since = missed_.try_emplace(std::string(incarnation), now).first->second;
  return now - since >= dead_after_;
}

std::vector<store::NodeBeat> NodeWatch::still_for(std::chrono::milliseconds time, Instant now) const {
  std::vector<store::NodeBeat> out;
  for (const auto& [node, seen] : nodes_)
    if (now - seen.since >= time) out.push_back({seen.incarnation, seen.beat});
  return out;
}

std::size_t NodeWatch::living(Instant now) const {
  std::size_t count = 0;
  for (const auto& [node, seen] : nodes_) count += !still(seen, now);
  return count;
}

}  // namespace switchboard::desk
