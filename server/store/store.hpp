// The contract of what survives a restart. Every change is one Redis Function: it checks everything, then
// writes, notes the transition in the shop's event stream and publishes, atomically; it is durable before it
// is answered (M1). Repeating any call with the same arguments is harmless: a repeat answers what the first
// call answered.
//
// A Store belongs to one worker; call it on that worker's executor only. Calls are pipelined in the order in
// which they are made, and Redis executes them in that order.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/result.hpp"
#include "server/store/values.hpp"

namespace switchboard::store {

template <class T>
using Answer = Result<T, Refusal>;
template <class T>
using Task = boost::asio::awaitable<T>;

struct Append {
  std::string_view shop, conversation;
  Role role = Role::visitor;
  std::string_view person;     // visitor or agent id; empty for the system
  std::string_view sender;     // device id, at most 40 octets; empty for the system
  std::uint32_t fence = 0;     // agents: the fence of the assignment they write under
  std::uint32_t number = 0;    // the sender's last number plus one; 0 for the system
  std::string_view client_id;  // at most 40 octets; the system may set one to be said once only
  std::string_view body;
};

struct Appended {
  std::uint32_t seq = 0;
  std::uint32_t epoch = 0;
  Millis time = 0;
  bool duplicate = false;  // it was there before; seq and time are the first ones (M2)
};

struct Open {
  std::string_view shop;
  std::string_view conversation;  // the id it gets if the visitor has none open
  std::string_view visitor, visitor_name, language, skill;
  Wish wish;
  std::uint32_t tier = 0;
  std::uint32_t queue_max = 10'000;      // waiting conversations of the shop
  std::span<const std::string> entries;  // bodies of system entries that open the log (greeting)
};

struct Opened {
  std::string conversation;
  bool existing = false;  // the visitor had one open: that one is returned, nothing was written
};

struct Offer {
  std::string_view shop;
  std::uint64_t desk_epoch = 0;
  std::string_view conversation, agent;
  std::uint32_t version = 0;     // of the conversation, as the desk saw it
  Millis accept_within = 0;      // milliseconds until the offer is missed
  char reason = 0;               // opaque: ConversationView::assign_reason
  std::string_view why;          // opaque, at most why_octets_max: the record of the decision; empty: none
  std::uint32_t park_units = 4;  // quarters of a place that each parked conversation of the agent takes, 0..4
};

struct Assigned {
  std::uint32_t fence = 0;
  std::uint32_t version = 0;
  Millis time = 0;
};

// What a desk needs to rebuild the router, read in one piece with the position of the event stream.
struct DeskState {
  std::string event_id;  // read events after this one
  Millis time = 0;
  std::vector<ConversationView> conversations;  // all that are waiting, offered or active
  std::vector<AgentView> agents;                // all that are not offline, or hold something
};

class Store {
 public:
  virtual ~Store() = default;

  // --- messages
  // Numbers, stores and publishes one entry. Refusals: not_found, not_yours, closed, number_gap,
  // duplicate_differs, full (log at its limit). `done` runs on the worker's executor, in the order of the
  // calls, exactly once; what is refused without asking Redis (invalid, busy, unavailable) may come earlier.
  virtual void append(const Append&, std::function<void(Answer<Appended>)> done) = 0;
  // Entries with seq > `after`, oldest first, at most `limit` (1..200).
  virtual Task<Answer<std::vector<LogEntry>>> read(std::string_view shop, std::string_view conversation,
                                                   std::uint32_t after, std::uint32_t limit) = 0;
  // The last number taken from this sender, 0 if none: where a client with a gap goes on.
  virtual Task<Answer<std::uint32_t>> last_number(std::string_view shop, std::string_view conversation, Role,
                                                  std::string_view person, std::string_view sender) = 0;
  // Moves the role's read mark forward, never back, and publishes it. Refusals: not_found, not_yours.
  virtual Task<Answer<Done>> mark_read(std::string_view shop, std::string_view conversation, Role,
                                       std::string_view person, std::uint32_t seq) = 0;

  // --- conversations
  virtual Task<Answer<ConversationView>> load(std::string_view shop, std::string_view conversation) = 0;
  virtual Task<Answer<Opened>> open(const Open&) = 0;
  // The visitor's open conversation, empty if none.
  virtual Task<Answer<std::string>> open_conversation_of(std::string_view shop, std::string_view visitor) = 0;
  // Refusals: not_found, not_yours, closed. While offered or active it only notes the wish for a later queue.
  virtual Task<Answer<Done>> change_wish(std::string_view shop, std::string_view conversation,
                                         std::string_view visitor, const Wish&) = 0;
  // By the visitor, by the agent who serves it, or by the system. Idempotent: closing a closed one is done.
  virtual Task<Answer<Done>> close(std::string_view shop, std::string_view conversation, Role,
                                   std::string_view person, std::string_view reason,
                                   std::span<const std::string> entries) = 0;

  // --- assignment
  // Desk only. waiting -> offered; place reserved. Refusals: stale, fenced, full, not_available, not_found.
  virtual Task<Answer<Assigned>> offer(const Offer&) = 0;
  // offered -> active. `entries` are system bodies ("you are talking to ..."). Refusals: stale (no such offer
  // any more).
  virtual Task<Answer<Assigned>> accept(std::string_view shop, std::string_view conversation,
                                        std::string_view agent, std::uint32_t fence,
                                        std::span<const std::string> entries) = 0;
  // Desk only: parks those of these (at most park_max) conversations whose agent has answered and whose
  // visitor has left it so for `silence` ms; with 0 nobody is parked and who was is woken. Answers for each
  // when it is worth looking again, 0 if it is not. What the visitor writes wakes hers in append().
  virtual Task<Answer<std::vector<Millis>>> park(std::string_view shop, std::uint64_t desk_epoch,
                                                 Millis silence,
                                                 std::span<const std::string> conversations) = 0;
  // The `why` of the latest offer, kept for a week; empty if there is none.
  virtual Task<Answer<std::string>> why(std::string_view shop, std::string_view conversation) = 0;
  // The shop's latest offers, the newest first, at most `limit` (1..offers_read_max) of those before `before`
  // (an OfferMade::id; empty: from the end). About the last 500 are kept.
  virtual Task<Answer<std::vector<OfferMade>>> offers_made(std::string_view shop, std::string_view before,
                                                           std::uint32_t limit) = 0;
  // The agent's no: offered -> waiting, place freed, rank kept. Refusals: stale.
  virtual Task<Answer<Done>> decline(std::string_view shop, std::string_view conversation,
                                     std::string_view agent, std::uint32_t fence,
                                     std::string_view reason) = 0;
  // Desk only: offered or active -> waiting, place freed, rank kept; reason "missed", "lost", "withdrawn".
  virtual Task<Answer<Done>> requeue(std::string_view shop, std::uint64_t desk_epoch,
                                     std::string_view conversation, std::uint32_t version,
                                     std::string_view reason, std::span<const std::string> entries) = 0;

  // --- agents
  // A new session of the agent: it becomes the one that counts; line live. Keeps the status that is stored.
  virtual Task<Answer<AgentView>> agent_enter(std::string_view shop, std::string_view agent,
                                              std::string_view node, std::string_view session) = 0;
  // Refusals: stale (a newer session counts), not_found.
  virtual Task<Answer<Done>> agent_status(std::string_view shop, std::string_view agent,
                                          std::string_view session, AgentStatus, std::string_view reason) = 0;
  // The desk puts an agent on break (two misses) or ends a shift.
  virtual Task<Answer<Done>> agent_status_by_desk(std::string_view shop, std::uint64_t desk_epoch,
                                                  std::string_view agent, AgentStatus,
                                                  std::string_view reason) = 0;
  // The session's line: `suspect` when it broke; ignored (stale) if a newer session counts.
  // `moving`: because this gateway drains.
  virtual Task<Answer<Done>> agent_line(std::string_view shop, std::string_view agent,
                                        std::string_view session, Line, bool moving = false) = 0;
  virtual Task<Answer<AgentView>> agent(std::string_view shop, std::string_view agent) = 0;

  // --- desk
  // Takes or renews the shop's desk lease for `holder`. `seen` is the beat the caller last saw: the lease of
  // another holder is taken only if its beat is still `seen` (the caller watched it stand still on its own
  // steady clock), or if `holder` is a later start of the same node.
  struct Lease {
    std::uint64_t epoch = 0;  // fencing number; rises with every change of holder
    std::uint64_t beat = 0;
    bool mine = false;
  };
  virtual Task<Answer<Lease>> lease(std::string_view shop, std::string_view holder,
                                    std::optional<std::uint64_t> seen) = 0;
  virtual Task<Answer<Done>> release_lease(std::string_view shop, std::string_view holder) = 0;
  virtual Task<Answer<DeskState>> desk_state(std::string_view shop) = 0;
  // Events after `event_id`, waiting up to `wait` ms for the first; empty when none came. `gap` = the stream
  // was trimmed past `event_id`: rebuild from desk_state. Uses a connection of its own, so that the wait
  // holds up nobody.
  struct Events {
    std::vector<Event> events;
    bool gap = false;
    // The connection that they came by. Another one may lead to a Redis that has lost the end of the stream
    // and gives its numbers again: rebuild from a desk_state that was read after this connection was there.
    std::uint64_t connection = 0;
  };
  virtual Task<Answer<Events>> events(std::string_view shop, std::string_view event_id, Millis wait) = 0;

  // --- the shop's record: what went into the router and what came out, as text that server/record knows
  struct NewPage {
    std::string_view shop;
    std::uint64_t desk_epoch = 0;
    std::uint64_t number = 0;              // 1, 2, 3 ... of this epoch
    std::string_view text;                 // at most page_octets_max
    std::string_view kept;                 // what the next desk shall know; empty: as it was
    std::uint64_t octets_max = 32u << 20;  // of all pages that are kept; the oldest go first
  };
  struct Page {
    std::string id;
    std::uint64_t epoch = 0;
    std::uint64_t number = 0;
    std::string text;
  };
  // Desk only. Refusals: fenced, stale (not the page after the last one; its repeat is no refusal), busy (no
  // memory: the record goes before the conversations do).
  virtual Task<Answer<Done>> put_page(const NewPage&) = 0;
  // Pages after the one of this id ("0-0": from the oldest that is kept), at most `limit` (1..pages_max).
  virtual Task<Answer<std::vector<Page>>> pages(std::string_view shop, std::string_view after,
                                                std::uint32_t limit) = 0;
  // The latest `kept`; empty if there is none.
  virtual Task<Answer<std::string>> kept(std::string_view shop) = 0;
  // --- nodes: which gateways live
  // A new start of `node`; returns its number, higher than that of any start before. The gateway's
  // incarnation is then "<node>.<number>.<random>".
  virtual Task<Answer<std::uint64_t>> node_start(std::string_view node, std::string_view random) = 0;
  // Still alive. Refusals: stale (a later start of this node counts).
  virtual Task<Answer<Done>> node_beat(std::string_view incarnation) = 0;
  virtual Task<Answer<std::vector<NodeBeat>>> nodes() = 0;
  // Takes it off the list: it leaves, or it was seen to stand still at `beat` for very long.
  virtual Task<Answer<Done>> node_forget(std::string_view incarnation, std::optional<std::uint64_t> beat) = 0;

  // --- books: what is kept in two places agrees, or is mended and counted
  enum class Books : char { open = 'o', queue = 'q', agents = 'a' };
  struct Reconciled {
    std::uint64_t cursor = 0;  // for the next call; 0: that was all of this part
    std::uint32_t looked_at = 0;
    std::uint32_t mended = 0;  // 0 unless there is a bug, or somebody had a hand in the keys
  };
  // Desk only: looks over about `count` (1..reconcile_max) entries of a part, from `cursor` (0: from the
  // start) on.
  virtual Task<Answer<Reconciled>> reconcile(std::string_view shop, std::uint64_t desk_epoch, Books,
                                             std::uint64_t cursor, std::uint32_t count) = 0;
  // The store has lost the end of its log, noticed while the shop was in `epoch`: a new epoch begins, once,
  // however many notice it. All that is open goes on in it; clients are reset (W20). Returns the shop's
  // epoch.
  virtual Task<Answer<std::uint32_t>> new_timeline(std::string_view shop, std::uint32_t epoch) = 0;

  // --- shops: settings are opaque text and fields here; server/shop knows their meaning
  virtual Task<Answer<std::vector<std::string>>> shops() = 0;
  struct ShopRecord {
    std::uint64_t revision = 0;
    std::string text;         // the shop file
    std::string signing_key;  // for tokens
    std::string former_key;   // before rotate_key, if it is still to be taken
    std::string born;         // another one: Redis had lost the shop and all that was in it
  };
  virtual Task<Answer<ShopRecord>> shop(std::string_view shop) = 0;
  // Replaces the settings: shop file, templates (field "trigger|persona|language" -> text), agents with
  // capacity. Makes the signing key if there is none (`new_key` is taken then). Publishes on channel_shop and
  // notes a `shop` event.
  struct ShopSettings {
    std::string_view shop, text, new_key;
    std::vector<std::pair<std::string, std::string>> templates;
    std::vector<std::pair<std::string, std::uint32_t>> agents;
    std::vector<std::pair<std::string, std::string>>
        passwords;  // agent, hash: those that the text itself holds
  };
  // An agent whose password in the text is another than before is signed out.
  virtual Task<Answer<Done>> apply_shop(const ShopSettings&) = 0;
  virtual Task<Answer<std::vector<std::pair<std::string, std::string>>>> templates(std::string_view shop) = 0;
  // Tokens. rotate_key: `new_key` signs from now on; the one before stays good if `keep_former`, and the one
  // before that never does. sign_out: what was issued to `identity` (shop::identity_of) before now, by the
  // Redis clock, is void; `full` after signed_out_max of the last 400 days, when a new key is the answer. All
  // publish on channel_shop.
  virtual Task<Answer<Done>> rotate_key(std::string_view shop, std::string_view new_key,
                                        bool keep_former) = 0;
  virtual Task<Answer<Done>> sign_out(std::string_view shop, std::string_view identity) = 0;
  virtual Task<Answer<std::vector<std::pair<std::string, std::string>>>> signed_out(
      std::string_view shop) = 0;  // identity -> Unix seconds
  // Guessing, counted for all gateways together. login_try: zero, and the try counts as one wrong password;
  // or how long the name is locked out after `wrong_max` of them in a row, none more than `lock_out` after
  // the one before. login_right: the password was right. `agent` need not exist.
  virtual Task<Answer<Millis>> login_try(std::string_view shop, std::string_view agent,
                                         std::uint64_t wrong_max, Millis lock_out) = 0;
  virtual Task<Answer<Done>> login_right(std::string_view shop, std::string_view agent) = 0;
  // argon2id strings by agent. set_password writes only if `only_if_absent` is false or none is there; says
  // if it wrote. An agent whose password is replaced is signed out.
  virtual Task<Answer<std::optional<std::string>>> password(std::string_view shop,
                                                            std::string_view agent) = 0;
  virtual Task<Answer<bool>> set_password(std::string_view shop, std::string_view agent,
                                          std::string_view hash, bool only_if_absent) = 0;

  // --- live state that need not survive, kept for whoever comes next: the desk's view of free places
  virtual Task<Answer<Done>> put_availability(std::string_view shop, std::string_view body) = 0;
  virtual Task<Answer<std::string>> availability(std::string_view shop) = 0;

  // --- hints: what is published but not stored (typing, queue positions). Never waits, may be lost.
  virtual void publish(std::string_view channel, std::string_view message) = 0;

  // The Redis clock, estimated from the last answer that carried it and the steady clock. It is a wall clock:
  // it steps when that one was set. The latter asks for it now, so that the estimate is right again.
  virtual Millis now() const = 0;
  virtual Task<Answer<Millis>> time() = 0;
  // True when commands can be answered: connected, not loading, functions loaded.
  virtual bool ready() const = 0;
  // How many more calls may be made now for people on the line; 0: let them wait. Those who must not wait may
  // go on. While it is not ready there is room: the calls are refused at once.
  virtual std::size_t room() const = 0;
  // For how long it has answered nothing although it was asked, or has not been ready; 0 while it serves.
  virtual std::chrono::milliseconds away_for() const = 0;
};

// Channel names (shard channels under the shop's hash tag) and the first octet of what travels on them.
std::string channel_conversation(std::string_view shop, std::string_view conversation);
std::string channel_agent(std::string_view shop, std::string_view agent);
std::string channel_shop(std::string_view shop);          // settings changed: Hint::state, revision
std::string channel_availability(std::string_view shop);  // free places: Hint::live, the body as put

enum class Hint : char {
  entry = 'E',      // a log entry, whole: parse_entry
  state = 'S',      // the conversation's state changed: load it (wish, offer, requeue, close)
  read_mark = 'R',  // parse_read_mark
  live = 'L',       // opaque to the store: typing, queue update; proto/ knows
  agent = 'A',  // on an agent's channel: something about the agent or what it holds changed; conversation id
                // follows
};

struct ReadMark {
  Role role = Role::visitor;
  std::uint32_t seq = 0;
};
// Each takes the message behind its first octet and returns nullopt if it is not well formed.
std::optional<LogEntry> parse_entry(std::string_view);
std::optional<ReadMark> parse_read_mark(std::string_view);

// --- subscriptions: one Subscriber per worker, on a connection of its own.
class ChannelListener {
 public:
  virtual ~ChannelListener() = default;
  // On the worker's executor. The view dies with the call.
  virtual void on_hint(std::string_view message) = 0;
  // The connection was lost and the channel is subscribed again: anything may have been missed (heal from the
  // log).
  virtual void on_resubscribed() = 0;
};

class Subscriber {
 public:
  virtual ~Subscriber() = default;
  // Completes when Redis has confirmed the subscription (subscribe first, then read the log), or with
  // `unavailable` (it will still be subscribed as soon as Redis is back). Several listeners may share a
  // channel. `listener` must stay alive until unsubscribe, which never waits.
  virtual Task<Answer<Done>> subscribe(std::string channel, ChannelListener& listener) = 0;
  virtual void unsubscribe(std::string_view channel, ChannelListener& listener) = 0;
};

}  // namespace switchboard::store
