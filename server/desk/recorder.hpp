// Writes down what the desk's router is told and what it decides: the shop's record, page by page, for a
// replay and for whoever asks why. Never in the way: a desk that cannot write its record goes on deciding,
// and the gap is named.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "router/router.hpp"
#include "server/desk/desk.hpp"
#include "server/desk/names.hpp"
#include "server/store/store.hpp"

namespace switchboard::desk {

// A chapter is at most this part of the record, so that a record that is full still holds whole chapters.
inline constexpr std::uint64_t chapters_per_record = 8;

// Belongs to one reign, on its executor. With options.record_octets_max = 0 it does nothing.
class Recorder {
 public:
  Recorder(store::Store&, std::string shop, std::uint64_t epoch, const DeskOptions&);

  // A router of this policy is about to be told its facts. `why`: "leads", "grown", "lost", "settings".
  void begin_chapter(const Names&, const router::Policy&, store::Millis now, std::string_view why);
  // More agents than the chapter began with.
  void names_added(const Names&);
  void conversation(std::uint64_t number, std::string_view id);
  void event(const router::Event&, store::Millis now);
  void decision(const router::Decision&);
  // Rides with the next page: Store::kept.
  void keep(std::string text) { kept_ = std::move(text); }

  // The chapter should end here and another begin: it has grown too long, or a part of it was lost; why, or
  // empty.
  std::string_view wants_chapter() const;

  // Writes down what waits. False: a newer desk leads.
  store::Task<bool> write();
  // The same, with the chapter's end.
  store::Task<bool> close();

 private:
  void cut_page(std::size_t at_least);
  void added();

  store::Store& store_;
  const std::string shop_;
  const std::uint64_t epoch_;
  const DeskOptions options_;
  std::string open_;               // lines that are not yet a page
  std::deque<std::string> pages_;  // full ones that wait for the store; the first may be under way
  std::size_t waiting_octets_ = 0;
  std::uint64_t written_ = 0;  // pages that the store has confirmed
  std::uint64_t chapter_octets_ = 0;
  std::string kept_;
  bool recording_ = false;  // a chapter is open
  bool lost_ = false;       // lines were dropped
  bool writing_ = false;
  bool refused_ = false;  // our numbers are not the store's: no more in this reign
};

}  // namespace switchboard::desk
