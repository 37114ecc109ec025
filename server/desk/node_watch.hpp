// Which gateways live, as this one sees them: their beats in the store, compared on our own steady clock.
// Agents belong to the gateway that holds their line; when it is dead their lines are broken, though nobody
// could say so.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/values.hpp"

namespace switchboard::desk {

// One per gateway; pure, one thread. Fed by whoever reads the beats.
class NodeWatch {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // A beat that stands still for `dead_after` is that of a dead gateway.
  explicit NodeWatch(std::chrono::milliseconds dead_after) : dead_after_(dead_after) {}

  // All beats as the store has them now. After a while without a look (the store was away, or we were
  // stopped) everybody gets the whole time again: what we did not watch did not stand still.
  void look(Instant now, const std::vector<store::NodeBeat>& beats);

  // Dead: it stands still, it has not been listed for as long, or its node has started again since. Never
  // while there has been no look for some time.
  bool dead(std::string_view incarnation, Instant now);

  // Listed but standing still for so long; to be taken off the list.
  std::vector<store::NodeBeat> still_for(std::chrono::milliseconds time, Instant now) const;
  // Listed and not dead.
  std::size_t living(Instant now) const;

 private:
  struct Seen {
    std::string incarnation;
    std::uint64_t start = 0;
    std::uint64_t beat = 0;
    Instant since;  // it has this beat
  };
  bool still(const Seen& seen, Instant now) const { return now - seen.since >= dead_after_; }

  const std::chrono::milliseconds dead_after_;
  Instant last_look_{};
  std::map<std::string, Seen, std::less<>> nodes_;      // by node
  std::map<std::string, Instant, std::less<>> missed_;  // incarnations that were asked for and are not listed
};

}  // namespace switchboard::desk
