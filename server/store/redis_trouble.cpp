#include "server/store/redis_trouble.hpp"

#include <algorithm>
#include <utility>

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds look_again_max{200};

}  // namespace

Trouble::Trouble(const RedisOptions& options, const std::string& what, Report report)
    : preamble_(options.name + ": no " + what + " at " + options.url.shown() + ": "),
      report_(std::move(report)) {}

void Trouble::tell(const std::string& why) {
  if (why == told_) return;
  told_ = why;
  report_(Severity::warning, preamble_ + why);
}

milliseconds watch_every(const RedisOptions& options) {
  return std::clamp(options.command_timeout / 8, milliseconds(5), milliseconds(500));
}

milliseconds backoff(const RedisOptions& options, unsigned attempt, const Random& random) {
  const bool sentinel = options.url.kind == RedisUrl::Kind::sentinel;
  const auto longest = sentinel ? std::min(options.backoff_max, look_again_max) : options.backoff_max;
  const auto ceiling = std::min(longest, options.backoff_min * (1 << std::min(attempt, 16u)));
  const auto wait = static_cast<std::int64_t>(random() * static_cast<double>(ceiling.count()));
  return milliseconds(std::max<std::int64_t>(1, wait));
}

}  // namespace switchboard::store
