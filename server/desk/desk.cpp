#include "server/desk/desk.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "server/base/pause.hpp"
#include "server/desk/reign.hpp"

namespace switchboard::desk {

namespace asio = boost::asio;
using store::Task;

Desk::Desk(asio::any_io_executor executor, store::Store& store, conversation::ShopDirectory& shops,
           NodeWatch& nodes, DeskMetrics& metrics, std::string shop, std::string holder, DeskOptions options)
    : executor_(std::move(executor)),
      store_(store),
      shops_(shops),
      nodes_(nodes),
      metrics_(metrics),
      shop_(std::move(shop)),
      holder_(std::move(holder)),
      options_(options) {}

Desk::~Desk() = default;

void Desk::start() {
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void Desk::stop(std::function<void()> done) {
  stopping_ = true;
  stopped_ = std::move(done);
  if (reign_) reign_->end();
}

Task<void> Desk::run() {
  bool reigned = false;
  while (!stopping_) {
    // Each reign has an epoch of its own, so that what the one before left under way is refused, and pages of
    // the record are counted from 1: it is given back before it is taken again.
    if (reigned && co_await store_.release_lease(shop_, holder_)) reigned = false;
    // Settings first: a desk that cannot read them must not hold the lease against one that can.
    const auto context = co_await shops_.get(shop_);
    if (!reigned && context && co_await win_lease() && !stopping_) {
      reigned = true;
      reign_ = std::make_shared<Reign>(executor_, store_, shops_, *context, nodes_, metrics_, shop_, holder_,
                                       epoch_, options_);
      metrics_.leading.add(1);
      co_await reign_->serve();
      metrics_.leading.add(-1);
      reign_.reset();
    }
    if (stopping_) break;
    co_await pause(std::chrono::milliseconds(200));
  }
  (void)co_await store_.release_lease(shop_, holder_);
  if (stopped_) stopped_();
}

// Returns true when this desk leads; false after a while of watching, or when the store does not answer.
Task<bool> Desk::win_lease() {
  std::optional<std::uint64_t> seen;
  auto seen_since = std::chrono::steady_clock::now();
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    const bool stood_still = seen && now - seen_since >= options_.takeover_after;
    const auto lease = co_await store_.lease(shop_, holder_, stood_still ? seen : std::nullopt);
    if (!lease) co_return false;
    if (lease->mine) {
      epoch_ = lease->epoch;
      co_return true;
    }
    if (seen != lease->beat) {
      seen = lease->beat;
      seen_since = now;
    }
    co_await pause(options_.beat);
  }
  co_return false;
}

}  // namespace switchboard::desk
