#include "server/desk/reign.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "server/base/pause.hpp"

namespace switchboard::desk {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using store::Millis;
using store::Task;

Desk::Reign::Reign(asio::any_io_executor executor, store::Store& store, conversation::ShopDirectory& shops,
                   conversation::ShopContextPtr context, NodeWatch& nodes, DeskMetrics& metrics,
                   std::string shop, std::string holder, std::uint64_t epoch, DeskOptions options)
    : executor_(executor),
      store_(store),
      shops_(shops),
      context_(std::move(context)),
      nodes_(nodes),
      metrics_(metrics),
      shop_(std::move(shop)),
      holder_(std::move(holder)),
      epoch_(epoch),
      options_(options),
      names_(context_->shop),
      router_(policy_of(context_->shop)),
      announcer_(store_, context_, names_, shop_),
      recorder_(store_, shop_, epoch_, options_),
      clock_(executor) {}

// ---------------------------------------------------------------- life

Task<void> Desk::Reign::serve() {
  const auto self = shared_from_this();
  if (!co_await rebuild()) co_return;
  spdlog::info("shop {}: this desk leads, epoch {}, {} conversations open", shop_, epoch_, known_.size());
  start(renew_lease());
  start(follow_events());
  start(keep_record());
  co_await keep_time();
  while (running_ > 0) co_await pause(std::chrono::milliseconds(5));
  (void)co_await recorder_.close();
}

void Desk::Reign::end() {
  if (std::exchange(ended_, true)) return;
  wake();
}

// A coroutine of this reign. An exception in it is a bug of ours: the reign ends and the next starts from the
// truth.
void Desk::Reign::start(Task<void> task) {
  ++running_;
  asio::co_spawn(
      executor_, [task = std::move(task)]() mutable { return std::move(task); },
      [self = shared_from_this()](std::exception_ptr failure) {
        --self->running_;
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          spdlog::error("shop {}: the desk starts afresh after an exception: {}", self->shop_, error.what());
        }
        self->end();
      });
}

Task<bool> Desk::Reign::rebuild() {
  // First: what is read now is true for as long as this connection stands (Store::Events::connection).
  const auto events = co_await store_.events(shop_, "0-0", 0);
  if (!events) co_return false;
  events_connection_ = events->connection;
  const auto state = co_await store_.desk_state(shop_);
  if (!state) co_return false;
  const auto kept = co_await store_.kept(shop_);
  if (!kept) co_return false;
  metrics_.rebuilds.add();
  time_.start(state->time, steady_clock::now());
  recorder_.begin_chapter(names_, router_.policy(), now(), "leads");
  restore_handling_times(*kept);
  last_event_ = state->event_id;
  roster_ = roster_of(context_->shop, names_);
  for (const auto& agent : roster_) feed(agent);

  auto conversations = state->conversations;
  std::ranges::sort(conversations, {}, &store::ConversationView::number);
  entrances_.restore(conversations, state->time);
  for (auto& view : conversations) settle(std::move(view), std::nullopt);

  for (const auto& agent : state->agents) {
    agent_versions_[agent.id] = agent.version;
    if (!names_.agent(agent.id)) continue;
    // Nobody knows whether the gateway that held her line still lives: she is asked. A living session answers
    // at once by entering again; until then she gets nothing new, and after the grace time her conversations
    // go to others.
    auto asked = agent;
    if (agent.line == store::Line::live) {
      asked.line = store::Line::suspect;
      asked.line_since = state->time;
      start(challenge(agent.id, agent.session));
    } else if (agent.line == store::Line::lost && !agent.conversations.empty()) {
      asked.line = store::Line::suspect;
      asked.line_since = 0;  // the grace time is over: lost again, and what she holds is taken back
    }
    settle_agent(asked);
  }
  feed(router::Started{});
  rebuilt_ = true;
  co_return true;
}

Task<void> Desk::Reign::challenge(std::string agent, std::string session) {
  (void)co_await store_.agent_line(shop_, agent, session, store::Line::suspect);
}

// Nobody else can say that the line broke. If the gateway lives after all, its session answers as it answers
// a new desk: by entering again.
void Desk::Reign::break_lines_of_dead_nodes() {
  const auto now = steady_clock::now();
  for (const auto& [agent, presence] : live_) {
    if (!nodes_.dead(presence.node, now)) continue;
    spdlog::warn("shop {}: the gateway of agent {} is dead", shop_, agent);
    metrics_.nodes_lost.add();
    start(challenge(agent, presence.session));
  }
}

Task<void> Desk::Reign::renew_lease() {
  while (!ended_) {
    co_await pause(options_.beat);
    if (ended_) co_return;
    const auto lease = co_await store_.lease(shop_, holder_, std::nullopt);
    if (lease && (!lease->mine || lease->epoch != epoch_)) {
      spdlog::warn("shop {}: another desk leads now", shop_);
      end();
    }
  }
}

Task<void> Desk::Reign::keep_time() {
  while (!ended_) {
    const auto now = this->now();
    fire_deadlines(now);
    if (const auto deadline = router_.next_deadline(); deadline && *deadline <= now) feed(router::Tick{});
    if (steady_clock::now() >= next_announcement_) {
      next_announcement_ = steady_clock::now() + options_.announce;
      follow_store_clock();
      break_lines_of_dead_nodes();
      if (steady_clock::now() >= next_reconcile_ && !reconciling_) start(reconcile());
      for (const auto& [number, known] : known_)
        if (known.view.state == store::State::waiting) announcer_.announce_place(router_, known.view, now);
      if (auto body = announcer_.announce_availability(router_, store_.now()))
        start(keep_availability(std::move(*body)));
    }
    clock_.expires_at(next_wake());
    boost::system::error_code woken_early;
    co_await clock_.async_wait(asio::redirect_error(asio::use_awaitable, woken_early));
  }
}

// ---------------------------------------------------------------- the record

Task<void> Desk::Reign::keep_record() {
  std::string kept;
  while (!ended_) {
    co_await pause(options_.record_every);
    if (ended_) co_return;
    if (const auto why = recorder_.wants_chapter(); !why.empty()) begin_chapter(why);
    if (auto now = handling_times(); now != kept) recorder_.keep(kept = std::move(now));
    if (!co_await recorder_.write()) end();
  }
}

// The router is replaced by one that is told the facts of the old one, as a replay of the new chapter will
// be.
void Desk::Reign::begin_chapter(std::string_view why) {
  const auto facts = router_.facts();
  recorder_.begin_chapter(names_, router_.policy(), now(), why);
  for (const auto& [number, known] : known_) recorder_.conversation(number, known.view.id);
  router_ = router::Router(router_.policy());
  for (const auto& fact : facts) feed(fact);
  feed(router::Started{});
}

// "presale=312000,aftersale=280000": by name, for the next desk may number skills in another way.
std::string Desk::Reign::handling_times() const {
  std::string text;
  for (std::size_t i = 0; i < names_.skills().size(); ++i) {
    if (i > 0) text += ',';
    const auto mean = router_.mean_handling_ms(router::SkillId(static_cast<std::uint8_t>(i)));
    text.append(names_.skills()[i]).append("=").append(std::to_string(mean));
  }
  return text;
}

void Desk::Reign::restore_handling_times(std::string_view kept) {
  while (!kept.empty()) {
    const auto one = kept.substr(0, kept.find(','));
    kept.remove_prefix(std::min(one.size() + 1, kept.size()));
    const auto sign = one.find('=');
    if (sign == one.npos) continue;
    const auto value = one.substr(sign + 1);
    Millis mean = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mean);
    const auto skill = names_.skill(one.substr(0, sign));
    if (skill && error == std::errc() && mean > 0) feed(router::HandlingTimeRestored{*skill, mean});
  }
}

steady_clock::time_point Desk::Reign::next_wake() {
  auto next = router_.next_deadline().value_or(INT64_MAX);
  if (!offer_deadlines_.empty()) next = std::min(next, std::get<0>(*offer_deadlines_.begin()));
  for (const auto& [agent, suspicion] : suspects_)
    if (!suspicion.told) next = std::min(next, suspicion.until);
  if (const auto silence = silences_.next(); silence && !looking_at_silences_)
    next = std::min(next, *silence);
  next_deadline_ = next;
  if (next == INT64_MAX) return next_announcement_;
  const auto left = std::chrono::milliseconds(std::clamp<Millis>(next - now(), 1, 60'000));
  return std::min(next_announcement_, steady_clock::now() + left);
}

Task<void> Desk::Reign::keep_availability(std::string body) {
  (void)co_await store_.put_availability(shop_, body);
}

// Looks through the shop's books in small steps, between which others get their turn. What was mended the
// router did not know of: the next reign starts from what is true now.
Task<void> Desk::Reign::reconcile() {
  constexpr std::uint32_t step = 100;
  using Books = store::Store::Books;
  reconciling_ = true;
  std::uint32_t mended = 0;
  for (const auto part : {Books::open, Books::queue, Books::agents}) {
    std::uint64_t cursor = 0;
    do {
      const auto done = co_await store_.reconcile(shop_, epoch_, part, cursor, step);
      if (ended_) co_return;
      if (!done) {
        (void)definite(done.error());
        break;
      }
      cursor = done->cursor;
      mended += done->mended;
    } while (cursor != 0);
    if (ended_) co_return;
  }
  reconciling_ = false;
  next_reconcile_ = steady_clock::now() + options_.reconcile;
  metrics_.looks.add();
  if (mended == 0) co_return;
  metrics_.repairs.add(mended);
  spdlog::error("shop {}: the books disagreed in {} places; they are mended, and the desk starts afresh",
                shop_, mended);
  end();
}

void Desk::Reign::follow_store_clock() {
  const auto by = time_.follow(store_.now(), steady_clock::now());
  if (by == 0) return;
  metrics_.clock_steps.add();
  spdlog::warn("shop {}: the clock of Redis was set {} by {} ms; waits and deadlines go on as they were",
               shop_, by > 0 ? "forward" : "back", std::abs(by));
}

void Desk::Reign::wake() {
  clock_.cancel();
}

void Desk::Reign::fire_deadlines(Millis now) {
  while (!offer_deadlines_.empty() && std::get<0>(*offer_deadlines_.begin()) <= now) {
    const auto [due, number, fence] = *offer_deadlines_.begin();
    offer_deadlines_.erase(offer_deadlines_.begin());
    const auto found = known_.find(number);
    if (found == known_.end()) continue;
    const auto& view = found->second.view;
    if (view.state == store::State::offered && view.fence == fence)
      start(commit_requeue(number, Return::missed, fence));
  }
  if (const auto silence = silences_.next(); silence && *silence <= now && !looking_at_silences_)
    start(look_at_silences());
  for (auto& [agent, suspicion] : suspects_) {
    if (suspicion.told || suspicion.until > now) continue;
    suspicion.told = true;
    start(lose(agent, suspicion.session));
  }
}

}  // namespace switchboard::desk
