// One conversation on one worker: follows its channel and its log for all participants connected here.
//
// The log in Redis is the truth and the channel a hint: an entry is delivered to a follower only if it is the
// next one after the follower's cursor; whatever else happens (joining, a gap, a lost subscription) is healed
// by reading the log from the cursor. So every follower gets 1, 2, 3 ... exactly once (M3, M4), and nothing
// is buffered per reader.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>

#include "server/conversation/participant.hpp"
#include "server/store/store.hpp"

namespace switchboard::conversation {

class Conversation;

// A participant's place in a conversation; leaving is letting go of it. Movable, empty when
// default-constructed.
class Following {
 public:
  Following() = default;
  Following(Following&&) noexcept = default;
  Following& operator=(Following&&) noexcept;
  ~Following();

  explicit operator bool() const { return follower_ != nullptr; }
  // Seq of the last entry delivered to this follower.
  std::uint32_t cursor() const;
  void leave();

 private:
  friend class Conversation;
  struct Follower;
  Following(std::shared_ptr<Conversation>, std::shared_ptr<Follower>);

  std::shared_ptr<Conversation> conversation_;
  std::shared_ptr<Follower> follower_;
};

// Lives on one worker's executor; every member is called there. Always owned by shared_ptr.
class Conversation final : public store::ChannelListener, public std::enable_shared_from_this<Conversation> {
 public:
  // Entries read from the log at once while catching up (redis.md measured 75 us for 50, 4 ms for 5,000).
  // One less than the store gives at once: the last one that was delivered is read again.
  static constexpr std::uint32_t page_entries = 199;
  // Octets of entries in one frame, unless a single one is larger.
  static constexpr std::size_t frame_octets = 16 * 1024;
  // Pause until a reader who is behind is looked at again.
  static constexpr std::chrono::milliseconds room_pause{20};
  // Pause before the log is read again after the store could not answer.
  static constexpr std::chrono::milliseconds retry_pause{200};

  Conversation(boost::asio::any_io_executor, store::Store&, store::Subscriber&, std::string shop,
               std::string id);
  ~Conversation() override;

  const std::string& id() const { return id_; }

  // Subscribes (once), then reads the present state. Call before follow(): subscribing first is what makes
  // the log complete. Refusals: not_found, unavailable, busy.
  store::Task<store::Answer<store::ConversationView>> look();

  // Delivers every entry with seq > `after`, then everything live, until the Following is let go.
  // `participant` must outlive it. `looked`: the state that look() returned; what changed since then is told,
  // too.
  Following follow(Participant& participant, const store::ConversationView& looked, std::uint32_t after);

 private:
  friend class Following;
  using Follower = Following::Follower;

  void on_hint(std::string_view message) override;
  void on_resubscribed() override;

  void on_entry(const store::LogEntry&);
  void on_state(std::string_view version);
  void reload();
  void on_read_mark(const store::ReadMark&);
  void on_live(std::string_view body);
  void remove(const std::shared_ptr<Follower>&);

  void start_catching_up(const std::shared_ptr<Follower>&);
  store::Task<void> catch_up(std::shared_ptr<Follower>);
  // Delivers from the beginning of `page` as long as the reader has room; returns how many entries it took.
  std::size_t deliver_some(Follower&, std::span<const store::LogEntry> page);
  store::Task<void> reload_state();
  store::Task<void> note_lost_tail(store::ConversationView);

  // Calls visit(participant) for each, tolerating that one leaves meanwhile.
  template <class Visit>
  void for_each(Visit visit);

  boost::asio::any_io_executor executor_;
  store::Store& store_;
  store::Subscriber& subscriber_;
  const std::string shop_;
  const std::string id_;
  const std::string channel_;

  enum class Subscription { none, asked, confirmed } subscription_ = Subscription::none;
  bool reloading_ = false;
  bool reload_again_ = false;
  // The latest version that the channel told of; the highest there is while something may have gone unheard.
  std::uint32_t version_ = 0;
  std::list<std::shared_ptr<Follower>> followers_;
};

}  // namespace switchboard::conversation
