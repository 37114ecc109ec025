#include "bench/load/client_log.hpp"

#include <algorithm>
#include <utility>

namespace switchboard::load {

using proto::ErrorCode;

ClientLog::ClientLog(std::string conversation, bool offer_again)
    : conversation_(std::move(conversation)), offer_again_(offer_again) {}

// ---------------------------------------------------------------- held

void ClientLog::hold(std::uint32_t epoch, std::uint32_t seq) {
  followed_ = true;
  if (epoch != epoch_) begin(epoch);
  take(seq);
}

void ClientLog::begin(std::uint32_t epoch) {
  epoch_ = epoch;
  seq_ = 0;
  beyond_.clear();
}

// A message of an earlier connection may come back as an entry before it is acknowledged: both count once.
void ClientLog::take(std::uint32_t seq) {
  if (seq <= seq_) return;
  beyond_.insert(seq);
  while (!beyond_.empty() && *beyond_.begin() == seq_ + 1) {
    beyond_.erase(beyond_.begin());
    ++seq_;
  }
}

std::vector<std::uint32_t> ClientLog::forget_beyond() {
  std::vector<std::uint32_t> forgotten(beyond_.begin(), beyond_.end());
  beyond_.clear();
  return forgotten;
}

std::vector<Posted> ClientLog::reset(std::uint32_t epoch) {
  begin(epoch);
  last_acknowledged_.reset();
  auto offered = std::exchange(acknowledged_, {});
  for (Posted& post : offered) {
    post.again = true;
    post.in_flight = false;
    unacknowledged_.push_back(post);
  }
  // Acks need not come in the order in which it was written (W15).
  std::ranges::sort(unacknowledged_, {}, &Posted::number);
  if (!unacknowledged_.empty()) repeating_ = true;
  return offered;
}

// ---------------------------------------------------------------- said

const Posted& ClientLog::post(std::string client_id, std::uint32_t fence, std::string text,
                              std::chrono::steady_clock::time_point due) {
  return unacknowledged_.emplace_back(
      Posted{conversation_, std::move(client_id), ++last_number_, fence, std::move(text), due});
}

void ClientLog::know_last_number(std::uint32_t number) {
  if (unacknowledged_.empty()) last_number_ = std::max(last_number_, number);
}

const Posted* ClientLog::next_to_send() {
  if (repeating_) return nullptr;
  const auto next = std::ranges::find(unacknowledged_, false, &Posted::in_flight);
  if (next == unacknowledged_.end()) return nullptr;
  next->in_flight = true;
  return &*next;
}

void ClientLog::acknowledged(const Posted& post, const proto::Ack& ack, bool repeat) {
  // Epochs rise: an older one was said before a reset that has overtaken it.
  if (ack.epoch > epoch_) begin(ack.epoch);
  if (ack.epoch == epoch_) take(ack.seq);
  drop(post.client_id);
  if (!repeat) last_acknowledged_ = post;
  if (!repeat && offer_again_) acknowledged_.push_back(post);
}

bool ClientLog::refused(const Posted& post, const proto::Error& error) {
  const auto mine = std::ranges::find(unacknowledged_, post.client_id, &Posted::client_id);
  const bool known = mine != unacknowledged_.end();
  switch (error.code) {
    case ErrorCode::number_gap:
    case ErrorCode::busy:
    case ErrorCode::try_again:
    case ErrorCode::internal:
      if (!known) return false;
      mine->in_flight = false;
      repeating_ = true;
      pause_ = std::max(pause_, std::chrono::milliseconds(error.retry_after_ms));
      return false;
    default:
      break;
  }
  if (!known) return true;
  // Not the number under which it was sent: it has moved up if one before it was refused meanwhile.
  for (auto later = unacknowledged_.erase(mine); later != unacknowledged_.end(); ++later) --later->number;
  --last_number_;
  return true;
}

void ClientLog::drop(const std::string& client_id) {
  std::erase_if(unacknowledged_, [&](const Posted& mine) { return mine.client_id == client_id; });
}

std::optional<std::chrono::milliseconds> ClientLog::repeat_after() {
  if (!repeating_ || pausing_ || std::ranges::any_of(unacknowledged_, &Posted::in_flight))
    return std::nullopt;
  pausing_ = true;
  return pause_;
}

void ClientLog::repeat() {
  repeating_ = pausing_ = false;
  pause_ = {};
}

void ClientLog::line_lost() {
  repeat();
  for (Posted& post : unacknowledged_) post.in_flight = false;
}

// ---------------------------------------------------------------- all conversations

ClientLog& ClientLogs::of(const std::string& conversation) {
  return logs_.try_emplace(conversation, conversation, offer_again).first->second;
}

ClientLog* ClientLogs::find(const std::string& conversation) {
  const auto found = logs_.find(conversation);
  return found == logs_.end() ? nullptr : &found->second;
}

const ClientLog* ClientLogs::find(const std::string& conversation) const {
  const auto found = logs_.find(conversation);
  return found == logs_.end() ? nullptr : &found->second;
}

std::vector<proto::Position> ClientLogs::positions() const {
  std::vector<proto::Position> positions;
  for (const auto& [conversation, log] : logs_)
    if (log.followed() && positions.size() < positions_max) positions.push_back(log.position());
  return positions;
}

std::uint32_t ClientLogs::position(const std::string& conversation) const {
  const auto* log = find(conversation);
  return log ? log->position().seq : 0;
}

std::size_t ClientLogs::unacknowledged(const std::string& conversation) const {
  const auto* log = find(conversation);
  return log ? log->unacknowledged() : 0;
}

std::size_t ClientLogs::unacknowledged() const {
  std::size_t count = 0;
  for (const auto& [conversation, log] : logs_) count += log.unacknowledged();
  return count;
}

}  // namespace switchboard::load
