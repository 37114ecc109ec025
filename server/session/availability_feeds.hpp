// The desk's view of free places, as it reaches the visitors of this worker: the last one at sign-in, then
// every change.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/frames.hpp"
#include "server/conversation/participant.hpp"
#include "server/store/store.hpp"

namespace switchboard::session {

// Belongs to one worker's executor.
class AvailabilityFeeds {
 public:
  AvailabilityFeeds(boost::asio::any_io_executor executor, store::Store& store, store::Subscriber& subscriber)
      : executor_(std::move(executor)), store_(store), subscriber_(subscriber) {}
  ~AvailabilityFeeds();

  // Returns the present state (all zero while it is not known), and tells `watcher` every change that comes
  // after it, until unwatch.
  store::Task<proto::Availability> watch(std::string shop, conversation::Participant& watcher);
  void unwatch(const std::string& shop, conversation::Participant& watcher);

 private:
  struct Feed final : store::ChannelListener, std::enable_shared_from_this<Feed> {
    void on_hint(std::string_view message) override;
    void on_resubscribed() override;
    void take(std::string_view body);

    AvailabilityFeeds* feeds = nullptr;
    std::string shop;
    bool known = false;
    proto::Availability now;
    std::vector<conversation::Participant*> watchers;  // in the order in which they came
  };
  static store::Task<void> read(std::shared_ptr<Feed>, store::Store&);

  boost::asio::any_io_executor executor_;
  store::Store& store_;
  store::Subscriber& subscriber_;
  std::unordered_map<std::string, std::shared_ptr<Feed>> feeds_;
};

}  // namespace switchboard::session
