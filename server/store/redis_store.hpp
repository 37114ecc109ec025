// The contract of store.hpp in keys and functions of Redis: one, one behind sentinels, or a cluster.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "server/store/redis_durability.hpp"
#include "server/store/redis_masters.hpp"
#include "server/store/store.hpp"

namespace switchboard::store {

// One per worker, on the worker's executor (one thread). It has one connection for commands to each master
// and, while a desk of this worker listens to a shop's events, one for that shop.
class RedisStore final : public Store {
 public:
  // `options.name` names the connections in CLIENT LIST. Nothing happens before `start`.
  RedisStore(boost::asio::any_io_executor executor, RedisOptions options, Random, Report);
  ~RedisStore() override;

  // Connects, loads the function library, reads the settings back; again after every loss, for ever.
  void start();
  // Ends it: everything under way is answered `unavailable`. Idempotent; also done by the destructor.
  void stop();

  // What was found at the last connect, of all masters together; `known` is false before the first.
  const Durability& durability() const noexcept { return durability_; }
  // How many connections for commands became ready so far; 1 after the first connect.
  std::uint64_t connections() const noexcept { return masters_.connections(); }
  RedisMasters::Presence presence() const noexcept { return masters_.presence(); }
  // Returns when all masters answer, or some do and have been waited for longer (the others may be away for
  // long). False: `limit` has passed, or durability() has a refusal.
  Task<bool> wait_ready(std::chrono::milliseconds limit);

  void append(const Append&, std::function<void(Answer<Appended>)> done) override;
  Task<Answer<std::vector<LogEntry>>> read(std::string_view shop, std::string_view conversation,
                                           std::uint32_t after, std::uint32_t limit) override;
  Task<Answer<std::uint32_t>> last_number(std::string_view shop, std::string_view conversation, Role,
                                          std::string_view person, std::string_view sender) override;
  Task<Answer<Done>> mark_read(std::string_view shop, std::string_view conversation, Role,
                               std::string_view person, std::uint32_t seq) override;

  Task<Answer<ConversationView>> load(std::string_view shop, std::string_view conversation) override;
  Task<Answer<Opened>> open(const Open&) override;
  Task<Answer<std::string>> open_conversation_of(std::string_view shop, std::string_view visitor) override;
  Task<Answer<Done>> change_wish(std::string_view shop, std::string_view conversation,
                                 std::string_view visitor, const Wish&) override;
  Task<Answer<Done>> close(std::string_view shop, std::string_view conversation, Role,
                           std::string_view person, std::string_view reason,
                           std::span<const std::string> entries) override;

  Task<Answer<Assigned>> offer(const Offer&) override;
  Task<Answer<std::vector<Millis>>> park(std::string_view shop, std::uint64_t desk_epoch, Millis silence,
                                         std::span<const std::string> conversations) override;
  Task<Answer<std::string>> why(std::string_view shop, std::string_view conversation) override;
  Task<Answer<std::vector<OfferMade>>> offers_made(std::string_view shop, std::string_view before,
                                                   std::uint32_t limit) override;
  Task<Answer<Assigned>> accept(std::string_view shop, std::string_view conversation, std::string_view agent,
                                std::uint32_t fence, std::span<const std::string> entries) override;
  Task<Answer<Done>> decline(std::string_view shop, std::string_view conversation, std::string_view agent,
                             std::uint32_t fence, std::string_view reason) override;
  Task<Answer<Done>> requeue(std::string_view shop, std::uint64_t desk_epoch, std::string_view conversation,
                             std::uint32_t version, std::string_view reason,
                             std::span<const std::string> entries) override;

  Task<Answer<AgentView>> agent_enter(std::string_view shop, std::string_view agent, std::string_view node,
                                      std::string_view session) override;
  Task<Answer<Done>> agent_status(std::string_view shop, std::string_view agent, std::string_view session,
                                  AgentStatus, std::string_view reason) override;
  Task<Answer<Done>> agent_status_by_desk(std::string_view shop, std::uint64_t desk_epoch,
                                          std::string_view agent, AgentStatus,
                                          std::string_view reason) override;
  Task<Answer<Done>> agent_line(std::string_view shop, std::string_view agent, std::string_view session, Line,
                                bool moving = false) override;
  Task<Answer<AgentView>> agent(std::string_view shop, std::string_view agent) override;

  Task<Answer<Lease>> lease(std::string_view shop, std::string_view holder,
                            std::optional<std::uint64_t> seen) override;
  Task<Answer<Done>> release_lease(std::string_view shop, std::string_view holder) override;
  Task<Answer<DeskState>> desk_state(std::string_view shop) override;
  Task<Answer<Events>> events(std::string_view shop, std::string_view event_id, Millis wait) override;

  Task<Answer<Done>> put_page(const NewPage&) override;
  Task<Answer<std::vector<Page>>> pages(std::string_view shop, std::string_view after,
                                        std::uint32_t limit) override;
  Task<Answer<std::string>> kept(std::string_view shop) override;
  Task<Answer<std::uint64_t>> node_start(std::string_view node, std::string_view random) override;
  Task<Answer<Done>> node_beat(std::string_view incarnation) override;
  Task<Answer<std::vector<NodeBeat>>> nodes() override;
  Task<Answer<Done>> node_forget(std::string_view incarnation, std::optional<std::uint64_t> beat) override;

  Task<Answer<Reconciled>> reconcile(std::string_view shop, std::uint64_t desk_epoch, Books,
                                     std::uint64_t cursor, std::uint32_t count) override;
  Task<Answer<std::uint32_t>> new_timeline(std::string_view shop, std::uint32_t epoch) override;
  // Called when a shop begins a new epoch because we noticed that the end of its log is lost. Set before
  // start().
  void on_lost_tail(std::function<void(std::string_view shop)> tell) { tell_lost_tail_ = std::move(tell); }

  Task<Answer<std::vector<std::string>>> shops() override;
  Task<Answer<ShopRecord>> shop(std::string_view shop) override;
  Task<Answer<Done>> rotate_key(std::string_view shop, std::string_view new_key, bool keep_former) override;
  Task<Answer<Done>> sign_out(std::string_view shop, std::string_view identity) override;
  Task<Answer<std::vector<std::pair<std::string, std::string>>>> signed_out(std::string_view shop) override;
  Task<Answer<Done>> apply_shop(const ShopSettings&) override;
  Task<Answer<std::vector<std::pair<std::string, std::string>>>> templates(std::string_view shop) override;
  Task<Answer<std::optional<std::string>>> password(std::string_view shop, std::string_view agent) override;
  Task<Answer<bool>> set_password(std::string_view shop, std::string_view agent, std::string_view hash,
                                  bool only_if_absent) override;

  Task<Answer<Millis>> login_try(std::string_view shop, std::string_view agent, std::uint64_t wrong_max,
                                 Millis lock_out) override;
  Task<Answer<Done>> login_right(std::string_view shop, std::string_view agent) override;
  Task<Answer<Done>> put_availability(std::string_view shop, std::string_view body) override;
  Task<Answer<std::string>> availability(std::string_view shop) override;

  void publish(std::string_view channel, std::string_view message) override;
  Millis now() const override;
  Task<Answer<Millis>> time() override;
  bool ready() const override { return presence() != RedisMasters::Presence::away; }
  std::size_t room() const override { return masters_.room(); }
  std::chrono::milliseconds away_for() const override { return masters_.away_for(); }

 private:
  // A shop's connection for blocking reads of its events.
  struct EventLine {
    std::unique_ptr<RedisClient> client;
    std::chrono::steady_clock::time_point used;
    std::uint64_t made = 0;  // the how-manieth of this store's

    // Names its present connection among all that this store had for events.
    std::uint64_t connection() const { return made << 32 | client->connections(); }
  };

  // The last message that this store acknowledged of a shop. Redis executes in order, so what it lost is an
  // end of all that it did: if this message is there, none of the shop's is lost.
  struct LastAck {
    std::string conversation, client_id;
    std::uint32_t seq = 0, epoch = 0;
    std::chrono::steady_clock::time_point at;
  };

  boost::asio::awaitable<std::string> prepare(RedisClient&);
  boost::asio::awaitable<std::string> check_last_acks(RedisClient&);
  boost::asio::awaitable<std::string> check_last_ack(RedisClient&, std::string shop, LastAck);
  void note_durability(const RedisClient&, Durability found);
  EventLine& event_line(const std::string& shop);
  Task<Answer<Events>> next_events(std::string shop, std::string event_id, Millis wait);
  void note_time(Millis redis_time) noexcept;

  // Sends a function call, then a refusal or what `parse` makes of the reply. Views in the arguments of the
  // functions above are used up when this returns; only octets travel on.
  template <class T>
  Task<Answer<T>> ask(std::string octets, std::optional<T> (*parse)(ReplyView));
  // The same for a command of Redis itself.
  template <class T>
  Task<Answer<T>> ask_plain(std::string octets, std::optional<T> (*parse)(ReplyView));

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  Random random_;
  Report report_;
  RedisMasters masters_;
  std::map<std::string, EventLine> event_lines_;
  std::uint64_t event_lines_made_ = 0;
  std::shared_ptr<bool> stopped_;  // outlives us in coroutines that wait for a timer
  Durability durability_;
  std::map<std::string, Durability> found_;                // by the master's address
  std::map<std::string, LastAck, std::less<>> last_acks_;  // by shop
  std::function<void(std::string_view)> tell_lost_tail_;
  Millis redis_minus_steady_ = 0;  // of the last answer that carried Redis' time
};

}  // namespace switchboard::store
