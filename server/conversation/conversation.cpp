#include "server/conversation/conversation.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <charconv>

#include "server/base/pause.hpp"
#include "server/conversation/translate.hpp"

namespace switchboard::conversation {

namespace asio = boost::asio;
using store::Answer;
using store::ConversationView;
using store::LogEntry;
using store::Task;

struct Following::Follower {
  Participant* participant;  // null once it left; a catch-up may still be waiting for the store
  std::uint32_t epoch = 0;
  std::uint32_t cursor = 0;    // last seq delivered
  std::size_t delivered = 0;   // which entry that was (mark_of); 0: it was delivered before she came
  std::uint32_t heard_of = 0;  // highest seq that the channel spoke of
  bool heard = false;          // it spoke since the log was last asked
  bool catching_up = false;
};

namespace {

// Tells an entry from another one that has got its seq on another timeline; never 0.
std::size_t mark_of(const LogEntry& entry) {
  std::size_t mark = std::hash<store::Millis>()(entry.time);
  for (const auto next : {std::hash<std::string>()(entry.sender), std::size_t{entry.number},
                          std::hash<std::string>()(entry.client_id), entry.body.size()})
    mark = mark * 31 + next;
  return mark == 0 ? 1 : mark;
}

}  // namespace

Following::Following(std::shared_ptr<Conversation> conversation, std::shared_ptr<Follower> follower)
    : conversation_(std::move(conversation)), follower_(std::move(follower)) {}

Following& Following::operator=(Following&& other) noexcept {
  if (this != &other) {
    leave();
    conversation_ = std::move(other.conversation_);
    follower_ = std::move(other.follower_);
  }
  return *this;
}

Following::~Following() {
  leave();
}

std::uint32_t Following::cursor() const {
  return follower_ ? follower_->cursor : 0;
}

void Following::leave() {
  if (!follower_) return;
  auto conversation = std::move(conversation_);
  auto follower = std::move(follower_);
  follower->participant = nullptr;
  conversation->remove(follower);
}

Conversation::Conversation(asio::any_io_executor executor, store::Store& store, store::Subscriber& subscriber,
                           std::string shop, std::string id)
    : executor_(std::move(executor)),
      store_(store),
      subscriber_(subscriber),
      shop_(std::move(shop)),
      id_(std::move(id)),
      channel_(store::channel_conversation(shop_, id_)) {}

Conversation::~Conversation() {
  if (subscription_ != Subscription::none) subscriber_.unsubscribe(channel_, *this);
}

Task<Answer<ConversationView>> Conversation::look() {
  auto self = shared_from_this();  // the caller may be gone when the store answers
  if (subscription_ != Subscription::confirmed) {
    // Several callers may ask at once; the subscriber answers each when Redis has confirmed.
    const bool first = subscription_ == Subscription::none;
    subscription_ = Subscription::asked;
    if (first) {
      const auto subscribed = co_await subscriber_.subscribe(channel_, *this);
      if (!subscribed) {
        subscriber_.unsubscribe(channel_, *this);
        subscription_ = Subscription::none;
        co_return subscribed.error();
      }
      subscription_ = Subscription::confirmed;
    } else {
      while (subscription_ == Subscription::asked) co_await pause(retry_pause);
      if (subscription_ == Subscription::none) co_return store::Refusal::unavailable;
    }
  }
  co_return co_await store_.load(shop_, id_);
}

Following Conversation::follow(Participant& participant, const ConversationView& looked,
                               std::uint32_t after) {
  auto follower = std::make_shared<Follower>();
  follower->participant = &participant;
  follower->epoch = looked.epoch;
  follower->cursor = after;
  followers_.push_back(follower);
  start_catching_up(follower);
  if (looked.version < version_) reload();  // it changed between looking and following
  return Following(shared_from_this(), std::move(follower));
}

void Conversation::remove(const std::shared_ptr<Follower>& follower) {
  followers_.remove(follower);
}

template <class Visit>
void Conversation::for_each(Visit visit) {
  const auto self = shared_from_this();
  const auto present = followers_;  // a visit may leave or join
  for (const auto& follower : present)
    if (follower->participant) visit(*follower);
}

// ---------------------------------------------------------------- what the channel says

void Conversation::on_hint(std::string_view message) {
  if (message.empty()) return;
  const auto body = message.substr(1);
  switch (static_cast<store::Hint>(message.front())) {
    case store::Hint::entry:
      if (const auto entry = store::parse_entry(body)) on_entry(*entry);
      break;
    case store::Hint::state:
      on_state(body);
      break;
    case store::Hint::read_mark:
      if (const auto mark = store::parse_read_mark(body)) on_read_mark(*mark);
      break;
    case store::Hint::live:
      on_live(body);
      break;
    case store::Hint::agent:
      break;  // travels on agents' channels only
  }
}

void Conversation::on_resubscribed() {
  for_each([this](Follower& follower) {
    follower.heard = true;
    follower.heard_of = std::max(follower.heard_of, follower.cursor + 1);  // something may be there: look
    for (const auto& shared : followers_)
      if (shared.get() == &follower) start_catching_up(shared);
  });
  version_ = UINT32_MAX;
  reload();
}

void Conversation::on_entry(const LogEntry& entry) {
  std::shared_ptr<SharedFrame> frame;  // made for the first who needs it
  const auto self = shared_from_this();
  const auto present = followers_;
  for (const auto& follower : present) {
    if (!follower->participant || entry.seq <= follower->cursor) continue;
    follower->heard_of = std::max(follower->heard_of, entry.seq);
    follower->heard = true;
    if (follower->catching_up) continue;
    if (entry.seq != follower->cursor + 1 || !follower->participant->has_room()) {
      start_catching_up(follower);
      continue;
    }
    follower->cursor = entry.seq;
    follower->delivered = mark_of(entry);
    if (follower->participant->posted(id_, entry)) continue;
    if (!frame) frame = std::make_shared<SharedFrame>(entries_frame(id_, follower->epoch, {&entry, 1}));
    follower->participant->deliver(*frame);
  }
}

void Conversation::on_read_mark(const store::ReadMark& mark) {
  const proto::Role reader = to_proto(mark.role);
  const SharedFrame frame({0, proto::ReadMark{id_, reader, mark.seq}});
  for_each([&](Follower& follower) { follower.participant->hint(frame); });
}

void Conversation::on_live(std::string_view body) {
  auto decoded = proto::decode_hint(body);
  if (!decoded) return;
  const SharedFrame frame(std::move(*decoded));
  const auto* typing = std::get_if<proto::Typing>(&frame.frame().body);
  const bool queue = std::holds_alternative<proto::QueueUpdate>(frame.frame().body);
  for_each([&](Follower& follower) {
    const auto role = follower.participant->role();
    if (typing && typing->role == role) return;
    if (queue && role != proto::Role::visitor) return;
    follower.participant->hint(frame);
  });
}

void Conversation::on_state(std::string_view version) {
  std::uint32_t told = 0;
  std::from_chars(version.data(), version.data() + version.size(), told);
  version_ = std::max(version_, told);
  reload();
}

void Conversation::reload() {
  if (reloading_) {
    reload_again_ = true;
    return;
  }
  reloading_ = true;
  asio::co_spawn(executor_, reload_state(), asio::detached);
}

Task<void> Conversation::reload_state() {
  const auto self = shared_from_this();
  do {
    reload_again_ = false;
    // What was delivered before the question must be in the answer.
    std::uint32_t delivered = 0;
    for (const auto& follower : followers_) delivered = std::max(delivered, follower->cursor);
    const auto view = co_await store_.load(shop_, id_);
    if (view) {
      version_ = version_ == UINT32_MAX ? view->version : std::max(version_, view->version);
      if (view->head < delivered) co_await note_lost_tail(*view);
      for_each([&](Follower& follower) {
        if (follower.epoch != view->epoch) follower.participant->timeline_changed(*view);
      });
      for_each([&](Follower& follower) { follower.participant->state_changed(*view); });
    } else if (view.error() == store::Refusal::not_found) {
      for_each([&](Follower& follower) { follower.participant->vanished(id_); });
    } else if (store::not_now(view.error())) {
      co_await pause(retry_pause);
      reload_again_ = true;
    }
  } while (reload_again_ && !followers_.empty());
  reloading_ = false;
}

// Entries that were delivered are gone. The desk brings what is open into the new epoch, and tells it by
// another change of state.
Task<void> Conversation::note_lost_tail(store::ConversationView view) {
  const bool same = std::ranges::any_of(followers_, [&](const auto& f) { return f->epoch == view.epoch; });
  if (same) (void)co_await store_.new_timeline(shop_, view.epoch);
}

// ---------------------------------------------------------------- reading the log

void Conversation::start_catching_up(const std::shared_ptr<Follower>& follower) {
  if (follower->catching_up) return;
  follower->catching_up = true;
  asio::co_spawn(executor_, catch_up(follower), asio::detached);
}

Task<void> Conversation::catch_up(std::shared_ptr<Follower> follower) {
  const auto self = shared_from_this();
  auto wanted = page_entries;
  while (follower->participant) {
    if (!follower->participant->has_room()) {
      co_await pause(room_pause);
      continue;
    }
    // An entry may be heard of before the answer to a question that was asked before it was written.
    follower->heard = false;
    // The one that was delivered last is read once more: it must still be there.
    const std::uint32_t again = follower->delivered != 0 ? 1 : 0;
    const auto page = co_await store_.read(shop_, id_, follower->cursor - again, wanted + again);
    if (!follower->participant) break;
    if (!page) {
      if (page.error() == store::Refusal::not_found) break;
      co_await pause(retry_pause);
      continue;
    }
    std::span<const LogEntry> news(*page);
    if (again != 0) {
      if (news.empty() || mark_of(news.front()) != follower->delivered) {
        const auto begun = co_await store_.new_timeline(shop_, follower->epoch);
        // She is told by the change of state that follows.
        if (begun || begun.error() == store::Refusal::not_found) break;
        co_await pause(retry_pause);
        continue;
      }
      news = news.subspan(1);
    }
    const auto taken = deliver_some(*follower, news);
    if (taken < news.size()) {
      wanted = static_cast<std::uint32_t>(std::max<std::size_t>(taken, 1));  // no more than she can take
      continue;
    }
    const bool more = follower->heard && follower->heard_of > follower->cursor;
    if (news.size() < wanted && !more) break;
  }
  follower->catching_up = false;
}

std::size_t Conversation::deliver_some(Follower& follower, std::span<const LogEntry> page) {
  std::size_t taken = 0;
  while (taken < page.size() && follower.participant && follower.participant->has_room()) {
    std::size_t count = 0, octets = 0;
    std::vector<LogEntry> news;  // what the client does not know by an acknowledgement
    for (const auto& entry : page.subspan(taken)) {
      octets += entry.body.size();
      if (count > 0 && octets > frame_octets) break;
      ++count;
      if (!follower.participant->posted(id_, entry)) news.push_back(entry);
    }
    taken += count;
    follower.cursor = page[taken - 1].seq;
    follower.delivered = mark_of(page[taken - 1]);
    if (!news.empty()) follower.participant->deliver(SharedFrame(entries_frame(id_, follower.epoch, news)));
  }
  return taken;
}

}  // namespace switchboard::conversation
