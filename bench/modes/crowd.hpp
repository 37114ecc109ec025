// Many visitors who sign in, a bounded number at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
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

struct CrowdOptions {
  CommonOptions common;
  int connections = 1'000;
  int connecting_at_once = 200;  // in hand while the crowd comes in
};

// The server and the crowd before it, on one thread.
class CrowdStage {
 public:
  // Starts the server and makes the crowd, which does not come in yet. `outcome`, which outlives the stage,
  // gets the faults, and as its failure why the stage is not ready.
  CrowdStage(const CrowdOptions&, Outcome&);

  bool ready() const { return gateway_ != nullptr; }
  load::Gateway& gateway() { return *gateway_; }
  Crowd& crowd() { return crowd_; }
  // One more visitor than the crowd has, by her number.
  std::unique_ptr<CrowdVisitor> make_visitor(int number);
  // They come in, options.connecting_at_once unwelcomed at most; false if somebody is not welcomed `within`.
  bool sign_in(Crowd&, std::chrono::seconds within);
  // Turns the loop until `holds`; false if it does not `within`.
  bool run_until(std::chrono::milliseconds within, const std::function<bool()>& holds);
  // The same until it holds for each of the crowd.
  bool run_until_each(std::chrono::milliseconds within, const std::function<bool(CrowdVisitor&)>& holds);
  void run_for(std::chrono::milliseconds);
  // Everybody goes, the server ends. Once.
  void end();

 private:
  const CrowdOptions options_;
  Outcome& outcome_;
  boost::asio::io_context io_;  // outlives the gateway, which has a timer in it
  std::unique_ptr<load::Gateway> gateway_;
  load::Wire wire_;
  Crowd crowd_;
};

double seconds_since(load::Clock::time_point);
std::string rounded(double);

}  // namespace switchboard::bench
