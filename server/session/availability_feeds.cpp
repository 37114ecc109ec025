#include "server/session/availability_feeds.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proto/codec.hpp"

namespace switchboard::session {

namespace asio = boost::asio;
using store::Task;

AvailabilityFeeds::~AvailabilityFeeds() {
  for (auto& [shop, feed] : feeds_) subscriber_.unsubscribe(store::channel_availability(shop), *feed);
}

Task<proto::Availability> AvailabilityFeeds::watch(std::string shop, conversation::Participant& watcher) {
  auto& slot = feeds_[shop];
  const bool first = !slot;
  if (first) {
    slot = std::make_shared<Feed>();
    slot->feeds = this;
    slot->shop = shop;
  }
  const auto feed = slot;
  if (first) {
    // If Redis is away now, the subscription comes later and brings on_resubscribed.
    (void)co_await subscriber_.subscribe(store::channel_availability(shop), *feed);
  }
  if (!feed->known) co_await read(feed, store_);
  feed->watchers.push_back(&watcher);
  co_return feed->now;
}

void AvailabilityFeeds::unwatch(const std::string& shop, conversation::Participant& watcher) {
  if (const auto found = feeds_.find(shop); found != feeds_.end())
    std::erase(found->second->watchers, &watcher);
}

Task<void> AvailabilityFeeds::read(std::shared_ptr<Feed> feed, store::Store& store) {
  const auto body = co_await store.availability(feed->shop);
  if (body && !feed->known) feed->take(*body);
}

void AvailabilityFeeds::Feed::on_hint(std::string_view message) {
  if (!message.empty() && message.front() == static_cast<char>(store::Hint::live)) take(message.substr(1));
}

void AvailabilityFeeds::Feed::on_resubscribed() {
  known = false;
  asio::co_spawn(feeds->executor_, read(shared_from_this(), feeds->store_), asio::detached);
}

void AvailabilityFeeds::Feed::take(std::string_view body) {
  auto frame = proto::decode_hint(body);
  if (!frame) return;
  const auto* availability = std::get_if<proto::Availability>(&frame->body);
  if (!availability || (known && *availability == now)) return;
  now = *availability;
  known = true;
  const conversation::SharedFrame shared(std::move(*frame));
  for (auto* watcher : std::vector(watchers)) watcher->hint(shared);
}

}  // namespace switchboard::session
