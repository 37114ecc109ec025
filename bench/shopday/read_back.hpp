// At the end of a day: fresh devices of the visitors ask the server for their whole logs once more.
#pragma once

#include <string>
#include <vector>

#include "bench/shopday/day.hpp"
#include "bench/shopday/visitor.hpp"

namespace switchboard::shopday {

// One device that asks for one log.
class LogReader final : private load::Client::Owner {
 public:
  // Nothing is asked before its client is started.
  LogReader(load::Wire&, load::Target, load::Identity, std::string conversation);
  load::Client& client() { return client_; }

  // It has come up to the head that was told last, or is refused.
  bool done() const { return refused_ || complete(); }
  bool complete() const { return !refused_ && head_ > 0 && shown_.size() >= head_; }
  // Entries in the order in which they came, of one timeline.
  const std::vector<check::Stored>& shown() const { return shown_; }

 private:
  void on_welcome(const proto::Welcome&) override;
  void on_entry(const std::string& conversation, std::uint32_t epoch, const proto::Entry&) override;
  void on_reset(const proto::Reset&, const std::vector<load::Posted>& offered) override;
  void on_push(const proto::ServerFrame&) override;
  bool take(const proto::Conversation&);

  const std::string conversation_;
  std::vector<check::Stored> shown_;
  std::uint32_t head_ = 0;
  bool refused_ = false;
  load::Client client_;
};

// Puts what was shown into the history. How many were read.
std::size_t read_back(Day&, boost::asio::io_context&, const std::vector<const Visitor*>&);

}  // namespace switchboard::shopday
