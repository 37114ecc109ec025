// Many visitors who sign in, a bounded number at a time.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bench/load/client.hpp"
#include "bench/load/gateway.hpp"
#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

class CrowdVisitor final : private load::Client::Owner {
 public:
  CrowdVisitor(load::Wire&, const load::Gateway&, const std::string& shop, int index, Faults&);

  load::Client& client() { return client_; }
  bool opened() const { return !conversation_.empty(); }
  void open();
  // Writes one message, whether the line is up or not.
  void write();
  std::size_t written() const { return written_; }
  std::size_t acknowledged() const { return acknowledged_.size(); }
  // When the last welcome came.
  load::Clock::time_point welcomed_at() const { return welcomed_at_; }

 private:
  void on_welcome(const proto::Welcome&) override { welcomed_at_ = load::Clock::now(); }
  void on_entry(const std::string&, std::uint32_t, const proto::Entry&) override;
  void on_ack(const load::Posted&, const proto::Ack&, bool) override;
  void on_refused(const load::Posted&, const proto::Error&) override { ++faults_.stuck; }

  Faults& faults_;
  load::Client client_;
  std::string conversation_;
  load::Clock::time_point welcomed_at_;
  std::set<std::uint32_t> seen_;      // seqs that came as entries
  std::set<std::string> seen_posts_;  // client ids that came as entries
  std::set<std::string> acknowledged_;
  std::set<std::uint32_t> acknowledged_seqs_;
  std::size_t written_ = 0;
};

using Crowd = std::vector<std::unique_ptr<CrowdVisitor>>;

// Starts them all, `at_once` unwelcomed at most; false if somebody is not welcomed `within`.
bool sign_in(boost::asio::io_context&, Crowd&, int at_once, std::chrono::seconds within);

}  // namespace switchboard::bench
