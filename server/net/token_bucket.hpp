// A rate limit in eight octets: the generic cell rate algorithm (ITU-T I.371), a token bucket that stores
// only the time at which it will be full again.
#pragma once

#include <algorithm>
#include <chrono>

namespace switchboard::net {

struct RateLimit {
  double per_s = 0;  // sustained rate; 0: no limit
  double burst = 1;  // how many may come at once after a pause, at least 1
};

class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Counts one event at `now` and tells how far the events are over what the limit allows: 0 is within it, 1
  // is one event too many, and so on; grows while the events keep coming too fast, falls back with time.
  double take(const RateLimit& limit, TimePoint now) noexcept {
    if (limit.per_s <= 0) return 0;
    const auto seconds = [](double s) {
      return std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(s));
    };
    full_at_ = std::max(full_at_, now) + seconds(1 / limit.per_s);
    const double used = std::chrono::duration<double>(full_at_ - now).count() * limit.per_s;
    return std::max(0.0, used - std::max(limit.burst, 1.0));
  }

  // Whether nothing of the past counts any more.
  bool full(TimePoint now) const noexcept { return full_at_ <= now; }

 private:
  TimePoint full_at_{};
};

}  // namespace switchboard::net
