// Who serves whom, for one shop: the router's hands. On every gateway stands a desk for every shop; the one
// that holds the shop's lease leads, the others watch its beat and take over when it stands still. Safety
// does not rest on the lease: every commit carries the lease's epoch and is refused when a newer desk leads
// (R1).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "server/base/metrics.hpp"
#include "server/conversation/shop_directory.hpp"
#include "server/desk/node_watch.hpp"
#include "server/store/store.hpp"

namespace switchboard::desk {

struct DeskOptions {
  std::chrono::milliseconds beat{1'000};  // between renewals of the lease
  std::chrono::milliseconds takeover_after{
      5'000};  // another desk's beat stood still for so long, on our steady clock
  std::chrono::milliseconds announce{1'000};   // at most one queue update and one availability in this time
  std::chrono::milliseconds reconcile{5'000};  // between looks through all books of the shop
  std::chrono::milliseconds moving_grace{30'000};  // at least, for agents whose gateway drains
  store::Millis events_wait_ms = 1'000;  // one blocking read of the event stream; then its end is looked at
  std::uint64_t record_octets_max = 32u << 20;  // of the shop's record that is kept; 0: no record
  // Of it, not yet written; beyond it everything is dropped, and a new chapter begins when the store takes
  // pages again.
  std::size_t record_waiting_octets_max = 4u << 20;
  std::chrono::milliseconds record_every{250};  // the record is written down at this pace
};

struct DeskMetrics {
  explicit DeskMetrics(Metrics& metrics)
      : leading(metrics.gauge("switchboard_desks_leading", "Shops whose desk leads here")),
        offers(metrics.counter("switchboard_offers_total", "Offers committed")),
        void_offers(metrics.counter("switchboard_offers_void_total", "Offers that the store did not take")),
        missed(metrics.counter("switchboard_offers_missed_total", "Offers that nobody answered in time")),
        requeued(metrics.counter("switchboard_conversations_requeued_total",
                                 "Conversations taken from lost agents")),
        nodes_lost(metrics.counter("switchboard_agents_of_dead_gateways_total",
                                   "Agents found live on a gateway that is dead")),
        repairs(metrics.counter("switchboard_reconciler_repairs_total",
                                "Entries of the store's books that disagreed and were mended; should be 0")),
        looks(metrics.counter("switchboard_reconciler_passes_total", "Looks through all books of a shop")),
        fenced(metrics.counter("switchboard_desk_fenced_total",
                               "Commits refused because another desk leads by now")),
        rebuilds(metrics.counter("switchboard_desk_rebuilds_total", "Routers rebuilt from the store")),
        differences(
            metrics.counter("switchboard_desk_differences_total",
                            "Times the router and the store disagreed and the store's word was taken")),
        clock_steps(metrics.counter("switchboard_store_clock_steps_total",
                                    "Times a desk saw that the clock of Redis was set")) {}
  Gauge& leading;
  Counter& offers;
  Counter& void_offers;
  Counter& missed;
  Counter& requeued;
  Counter& nodes_lost;
  Counter& repairs;
  Counter& looks;
  Counter& fenced;
  Counter& rebuilds;
  Counter& differences;
  Counter& clock_steps;
};

// Lives on one worker's executor, with that worker's store. Stop it before the store goes.
class Desk : public std::enable_shared_from_this<Desk> {
 public:
  // `holder` is this gateway's incarnation, unlike that of any other. All references outlive the desk.
  Desk(boost::asio::any_io_executor, store::Store&, conversation::ShopDirectory&, NodeWatch&, DeskMetrics&,
       std::string shop, std::string holder, DeskOptions options = {});
  ~Desk();

  void start();
  // Gives the lease back (when the store answers) and decides nothing any more. `done` runs once, on the
  // executor.
  void stop(std::function<void()> done);

 private:
  class Reign;
  store::Task<void> run();
  store::Task<bool> win_lease();

  boost::asio::any_io_executor executor_;
  store::Store& store_;
  conversation::ShopDirectory& shops_;
  NodeWatch& nodes_;
  DeskMetrics& metrics_;
  const std::string shop_;
  const std::string holder_;
  const DeskOptions options_;
  std::shared_ptr<Reign> reign_;
  std::uint64_t epoch_ = 0;
  bool stopping_ = false;
  std::function<void()> stopped_;
};

}  // namespace switchboard::desk
