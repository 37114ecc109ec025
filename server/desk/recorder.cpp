#include "server/desk/recorder.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "server/record/writer.hpp"
#include "server/store/store_limits.hpp"

namespace switchboard::desk {

using store::Refusal;
using store::Task;

Recorder::Recorder(store::Store& store, std::string shop, std::uint64_t epoch, const DeskOptions& options)
    : store_(store), shop_(std::move(shop)), epoch_(epoch), options_(options) {}

void Recorder::begin_chapter(const Names& names, const router::Policy& policy, store::Millis now,
                             std::string_view why) {
  if (options_.record_octets_max == 0 || refused_) return;
  if (recording_) record::add_end(open_);
  recording_ = true;
  lost_ = false;
  chapter_octets_ = 0;
  record::add_chapter(open_, now, why);
  names_added(names);
  record::add_event(open_, now, router::PolicyChanged{policy});
  added();
}

void Recorder::names_added(const Names& names) {
  if (!recording_) return;
  for (std::size_t i = 0; i < names.skills().size(); ++i)
    record::add_name(open_, "skill", i, names.skills()[i]);
  for (std::size_t i = 0; i < names.personas().size(); ++i)
    record::add_name(open_, "persona", i, names.personas()[i]);
  for (std::uint32_t i = 0; i < names.agents(); ++i)
    record::add_name(open_, "agent", i, names.agent(router::AgentId(i)));
  added();
}

void Recorder::conversation(std::uint64_t number, std::string_view id) {
  if (!recording_) return;
  record::add_name(open_, "conversation", number, id);
  added();
}

void Recorder::event(const router::Event& event, store::Millis now) {
  if (!recording_) return;
  record::add_event(open_, now, event);
  added();
}

void Recorder::decision(const router::Decision& decision) {
  if (!recording_) return;
  record::add_decision(open_, decision);
  added();
}

// Cuts whole pages off, and drops everything when the store has not taken any for too long.
void Recorder::added() {
  cut_page(store::page_octets_max);
  if (waiting_octets_ + open_.size() <= options_.record_waiting_octets_max) return;
  // A page under way may arrive: it keeps its number, and what follows it is another chapter.
  while (pages_.size() > (writing_ ? 1u : 0u)) pages_.pop_back();
  waiting_octets_ = pages_.empty() ? 0 : pages_.front().size();
  open_.clear();
  recording_ = false;
  lost_ = true;
  spdlog::warn("shop {}: the store takes no record; a part of it is lost", shop_);
}

// Lines become a page when there are enough of them.
void Recorder::cut_page(std::size_t at_least) {
  while (open_.size() >= at_least && !open_.empty()) {
    std::size_t end = open_.size();
    if (end > store::page_octets_max) end = open_.rfind('\n', store::page_octets_max - 1) + 1;
    if (end == 0) end = open_.find('\n') + 1;  // a line longer than a page: the store will refuse it
    pages_.push_back(open_.substr(0, end));
    open_.erase(0, end);
    waiting_octets_ += end;
    chapter_octets_ += end;
  }
}

std::string_view Recorder::wants_chapter() const {
  if (options_.record_octets_max == 0 || refused_) return {};
  if (lost_) return pages_.empty() ? "lost" : "";
  return chapter_octets_ > options_.record_octets_max / chapters_per_record ? "grown" : "";
}

Task<bool> Recorder::write() {
  if (writing_) co_return true;
  writing_ = true;
  cut_page(1);
  bool leads = true;
  while (!pages_.empty()) {
    const auto kept = std::exchange(kept_, {});
    const auto done = co_await store_.put_page({.shop = shop_,
                                                .desk_epoch = epoch_,
                                                .number = written_ + 1,
                                                .text = pages_.front(),
                                                .kept = kept,
                                                .octets_max = options_.record_octets_max});
    if (done) {
      ++written_;
      waiting_octets_ -= pages_.front().size();
      pages_.pop_front();
      continue;
    }
    if (kept_.empty()) kept_ = kept;
    leads = done.error() != Refusal::fenced;
    if (store::not_now(done.error()) || !leads) break;
    spdlog::error("shop {}: the store does not take the record's page {}; no record until another desk leads",
                  shop_, written_ + 1);
    refused_ = true;
    recording_ = false;
    open_.clear();
    pages_.clear();
    waiting_octets_ = 0;
  }
  writing_ = false;
  co_return leads;
}

Task<bool> Recorder::close() {
  if (recording_) record::add_end(open_);
  recording_ = false;
  co_return co_await write();
}

}  // namespace switchboard::desk
